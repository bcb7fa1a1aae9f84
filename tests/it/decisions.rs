use proptest::{collection::vec, prelude::*};
use serde_json::json;
use tagdrop::{
    Error, ErrorCode,
    model::Manifest,
    tags::{
        Decision, DecisionLog, Entry, Mode, Rule, Run, SelectOptions, Selector, Source, State, Tag,
        act::perform,
        decisions::{SCHEMA, own_id},
        tag::{Named, Why},
    },
    vocabulary::{Concepts, Names},
};

use crate::photos;

const PHOTO: &str = "sha256-of-a-photo";

/// A tag as the network gives it.
fn tag(id: &str, state: State) -> Tag {
    let why = Why { rule: Rule::Class, threshold: 0.15, classes: vec![] };
    Tag { id: id.into(), name: id.to_uppercase(), confidence: 0.5, source: Source::Local, state, parents: vec![], why }
}

fn sure(ids: &[&str]) -> Vec<Tag> {
    ids.iter().map(|id| tag(id, State::Accepted)).collect()
}

fn run(id: &str, time: u64) -> Run {
    Run { id: id.into(), model: "lite0@1".into(), time, mode: Mode::Update }
}

fn ids(tags: &[Tag]) -> Vec<&str> {
    tags.iter().map(|tag| tag.id.as_str()).collect()
}

/// A person decides about a tag of the photo.
fn decide(log: &mut DecisionLog, tag: &str, decision: Decision, time: u64) {
    log.record(Entry::new(PHOTO, tag, decision, time)).unwrap();
}

fn shown(log: &DecisionLog) -> Vec<(String, State)> {
    log.apply(PHOTO, vec![]).into_iter().map(|tag| (tag.id, tag.state)).collect()
}

fn assert_invalid(error: Result<impl std::fmt::Debug, Error>, part: &str) {
    let error = error.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidOptions);
    assert!(error.message.contains(part), "{error}");
}

/// A model of these classes, with a dog above the first two.
fn selector(version: &str, classes: &[&str]) -> Selector {
    let mut manifest = photos::json("models/efficientnet-lite0/manifest.json");
    manifest["version"] = json!(version);
    manifest["labels"] = classes.iter().map(|id| json!({ "id": id, "name": id })).collect();
    manifest["calibration"] = json!({ "temperature": 1.0 });
    let mut concepts = "dog\t\tanimal\t2\t1\t\n".to_owned();
    let mut names = "dog\tDog\t\n".to_owned();
    for (at, class) in classes.iter().enumerate() {
        concepts += &format!("{class}\t{}\tanimal\t1\t1\t\n", if at < 2 { "dog" } else { "" });
        names += &format!("{class}\t{class}\t\n");
    }
    let concepts = Concepts::parse(&concepts).unwrap();
    let names = Names::parse("en", names, &concepts).unwrap();
    Selector::new(&Manifest::parse(manifest.to_string()).unwrap(), concepts, names).unwrap()
}

fn logits(shares: &[f32]) -> Vec<f32> {
    shares.iter().map(|share| share.ln()).collect()
}

#[test]
fn story_reject_then_retag() {
    let selector = selector("1", &["pug", "boxer", "cat"]);
    let scores = logits(&[0.90, 0.06, 0.04]);
    let options = SelectOptions { max_tags: 1, ..SelectOptions::default() };
    let mut log = DecisionLog::default();
    let first = log.remember(PHOTO, selector.select(&scores, &options).tags, &run("monday", 1)).unwrap();
    assert_eq!(ids(&first), ["pug"]);
    decide(&mut log, "pug", Decision::Rejected, 2);
    assert_eq!(log.state(PHOTO, "pug"), Some(State::Rejected));

    // What is rejected leaves room for the next best, and is said to be.
    let options = SelectOptions { rejected: log.rejected(PHOTO), ..options };
    let again = selector.select(&scores, &options);
    assert_eq!(ids(&again.tags), ["dog"]);
    assert!(again.dropped.iter().any(|dropped| dropped.id == "pug" && dropped.why.rule == Rule::Rejected));
    for time in 3..6 {
        let tags = log.remember(PHOTO, again.tags.clone(), &run("tuesday", time)).unwrap();
        assert_eq!(ids(&tags), ["dog"]);
    }
    // Nor does it return where nobody thought of the option, or in a log read again.
    let log = DecisionLog::from_json(&log.to_json()).unwrap();
    assert_eq!(ids(&log.apply(PHOTO, sure(&["pug", "dog"]))), ["dog"]);
    // On another picture it may.
    assert_eq!(ids(&log.apply("another photo", sure(&["pug"]))), ["pug"]);
}

#[test]
fn a_rejected_tag_is_nobodys_parent() {
    let selector = selector("1", &["pug", "boxer", "cat"]);
    let mut log = DecisionLog::default();
    decide(&mut log, "dog", Decision::Rejected, 1);
    let options = SelectOptions { rejected: log.rejected(PHOTO), ..SelectOptions::default() };
    let tags = selector.select(&logits(&[0.9, 0.06, 0.04]), &options).tags;
    assert_eq!((ids(&tags), tags[0].parents.len()), (vec!["pug"], 0));
    let mut pug = tag("pug", State::Accepted);
    pug.parents = ["dog", "pet"].map(|id| Named { id: id.into(), name: id.into() }).into();
    assert_eq!(log.apply(PHOTO, vec![pug])[0].parents, [Named { id: "pet".into(), name: "pet".into() }]);
}

#[test]
fn story_change_of_model() {
    let mut log = DecisionLog::default();
    let old = selector("1", &["pug", "boxer", "cat"]);
    let tags = old.select(&logits(&[0.40, 0.35, 0.25]), &SelectOptions::default()).tags;
    log.remember(PHOTO, tags, &run("old", 1)).unwrap();
    decide(&mut log, "pug", Decision::Rejected, 2);
    decide(&mut log, "cat", Decision::Accepted, 3);
    decide(&mut log, &own_id(" Grandma "), Decision::Own, 4);

    // The new model is sure of what was rejected, does not know what was accepted, and has never heard of Grandma.
    let new = selector("2", &["pug", "boxer", "lamp"]);
    let options = SelectOptions { rejected: log.rejected(PHOTO), ..SelectOptions::default() };
    let tags = new.select(&logits(&[0.97, 0.02, 0.01]), &options).tags;
    let run = Run { id: "new".into(), model: "lite0@2".into(), time: 5, mode: Mode::Replace };
    let tags = log.remember(PHOTO, tags, &run).unwrap();
    assert_eq!(ids(&tags), ["cat", "person:Grandma", "dog"]);
    let seen: Vec<_> = tags.iter().map(|tag| (tag.name.as_str(), tag.source, tag.state, tag.why.rule)).collect();
    assert_eq!(seen[0], ("cat", Source::Person, State::Accepted, Rule::Person));
    assert_eq!(seen[1], ("Grandma", Source::Person, State::Accepted, Rule::Person));
    assert_eq!((tags[1].confidence, seen[2].1), (1.0, Source::Local));
    assert!(log.entries().filter(|entry| entry.tag == "dog").all(|entry| entry.model.as_deref() == Some("lite0@2")));
}

#[test]
fn story_undo_a_run() {
    let mut log = DecisionLog::default();
    log.remember(PHOTO, sure(&["a", "b"]), &run("x", 1)).unwrap();
    log.remember(PHOTO, vec![tag("a", State::Accepted), tag("c", State::Suggested)], &run("y", 2)).unwrap();
    log.remember("other", sure(&["a"]), &run("x", 2)).unwrap();
    decide(&mut log, "b", Decision::Accepted, 3);
    decide(&mut log, "mine", Decision::Own, 3);

    // What x gave goes, here and elsewhere; what a person accepted, what y gave and what is theirs stays.
    assert_eq!(log.undo("x", 4), 2);
    assert_eq!(
        shown(&log),
        [("b", State::Accepted), ("mine", State::Accepted), ("c", State::Suggested)].map(|(id, s)| (id.into(), s))
    );
    assert!(!log.is_tagged("other"));
    assert_eq!(log.undo("x", 5), 0);
    assert_eq!(log.undo("never", 5), 0);

    // To undo is not to reject: the next run may give it again.
    assert_eq!(ids(&log.remember("other", sure(&["a"]), &run("z", 6)).unwrap()), ["a"]);
    assert!(log.is_tagged("other"));
}

#[test]
fn story_merge_two_logs() {
    let mut home = DecisionLog::default();
    home.remember(PHOTO, sure(&["a", "b", "c"]), &run("x", 10)).unwrap();
    let mut away = DecisionLog::from_json(&home.to_json()).unwrap();
    decide(&mut home, "a", Decision::Rejected, 20);
    decide(&mut away, "a", Decision::Accepted, 30);
    decide(&mut home, "b", Decision::Rejected, 20);
    decide(&mut away, "b", Decision::Accepted, 20);
    decide(&mut home, "c", Decision::Rejected, 20);
    // A run that did not know of the rejection, and later than it.
    away.remember(PHOTO, sure(&["c", "d"]), &Run { mode: Mode::Replace, ..run("y", 90) }).unwrap();

    let mut both = home.clone();
    both.merge(away.clone());
    away.merge(home);
    assert_eq!(both, away);
    assert_eq!(both.to_json(), away.to_json());
    // The latest wins, a tie rejects, and people win over machines at any time.
    assert_eq!(both.state(PHOTO, "a"), Some(State::Accepted));
    assert_eq!(both.state(PHOTO, "b"), Some(State::Rejected));
    assert_eq!(both.state(PHOTO, "c"), Some(State::Rejected));
    assert_eq!(both.state(PHOTO, "d"), Some(State::Accepted));
}

#[test]
fn the_twins_of_untag_all_commit_and_tag_untagged() {
    let mut log = DecisionLog::default();
    log.remember(PHOTO, vec![tag("a", State::Accepted), tag("b", State::Suggested)], &run("x", 1)).unwrap();
    decide(&mut log, "mine", Decision::Own, 2);
    let mut permanent = log.clone();

    assert_eq!(log.remove_automatic(3), 2);
    assert_eq!(shown(&log), [("mine".to_owned(), State::Accepted)]);

    assert_eq!(permanent.make_permanent(3), 1);
    assert_eq!(permanent.make_permanent(3), 0);
    permanent.remove_automatic(4);
    assert_eq!(permanent.undo("x", 5), 0);
    assert_eq!(shown(&permanent), [("a".to_owned(), State::Accepted), ("mine".to_owned(), State::Accepted)]);

    let untagged = Run { mode: Mode::Untagged, ..run("y", 6) };
    assert_eq!(ids(&log.remember(PHOTO, sure(&["z"]), &untagged).unwrap()), ["mine"]);
    assert_eq!(ids(&log.remember("bare", sure(&["z"]), &untagged).unwrap()), ["z"]);
    assert!(log.is_tagged("bare") && log.state(PHOTO, "z").is_none());
}

#[test]
fn a_run_adds_or_replaces_and_never_lowers() {
    let mut log = DecisionLog::default();
    log.remember(PHOTO, sure(&["a", "b"]), &run("x", 1)).unwrap();
    decide(&mut log, "mine", Decision::Own, 2);
    let second = vec![tag("b", State::Suggested), tag("c", State::Suggested)];
    let tags = log.remember(PHOTO, second.clone(), &run("y", 3)).unwrap();
    assert_eq!(ids(&tags), ["mine", "b", "c", "a"]);
    assert_eq!(tags[1].state, State::Accepted);
    assert_eq!(tags[3].why.rule, Rule::Earlier);

    let replace = Run { mode: Mode::Replace, ..run("z", 4) };
    let tags = log.remember(PHOTO, second.clone(), &replace).unwrap();
    assert_eq!(ids(&tags), ["mine", "b", "c"]);
    assert_eq!(tags[1].state, State::Suggested);
    assert_eq!(log.undo("x", 5), 0);
    let before = log.to_json();
    log.remember(PHOTO, second, &replace).unwrap();
    assert_eq!(log.to_json(), before);
    assert_eq!(log.undo("z", 6), 2);
    assert_eq!(shown(&log), [("mine".to_owned(), State::Accepted)]);
}

#[test]
fn a_persons_own_tag_is_theirs() {
    let mut log = DecisionLog::default();
    decide(&mut log, "pug", Decision::Own, 1);
    log.record(Entry { name: Some("Bóxer".into()), ..Entry::new(PHOTO, own_id("Bóxer"), Decision::Own, 1) }).unwrap();
    // Found as well, and found under another id: said once, as the person's.
    let tags = log.remember(PHOTO, sure(&["pug", "boxer", "dog"]), &run("x", 2)).unwrap();
    assert_eq!(ids(&tags), ["person:Bóxer", "pug", "dog"]);
    assert_eq!((tags[1].source, tags[1].confidence), (Source::Person, 1.0));
    assert_eq!(log.undo("x", 3), 1);
    assert_eq!(log.remove_automatic(3), 0);
    assert_eq!(shown(&log).len(), 2);
    // Removed by the person, no run brings it back.
    decide(&mut log, "pug", Decision::Rejected, 4);
    assert_eq!(ids(&log.remember(PHOTO, sure(&["pug"]), &run("y", 5)).unwrap()), ["person:Bóxer"]);
}

#[test]
fn a_decision_can_be_taken_back() {
    let mut log = DecisionLog::default();
    log.remember(PHOTO, sure(&["a"]), &run("x", 1)).unwrap();
    decide(&mut log, "a", Decision::Rejected, 2);
    assert_eq!(log.state(PHOTO, "a"), Some(State::Rejected));
    decide(&mut log, "a", Decision::Cleared, 3);
    assert_eq!(log.state(PHOTO, "a"), Some(State::Accepted));
    log.undo("x", 4);
    assert_eq!(log.state(PHOTO, "a"), None);
}

#[test]
fn the_last_word_spoken_here_wins_over_a_clock_that_ran_ahead() {
    let mut log = DecisionLog::default();
    decide(&mut log, "a", Decision::Rejected, 1_000_000);
    decide(&mut log, "a", Decision::Accepted, 5);
    assert_eq!(log.state(PHOTO, "a"), Some(State::Accepted));
    let mut stale = DecisionLog::default();
    decide(&mut stale, "a", Decision::Rejected, 1_000_000);
    log.merge(stale);
    assert_eq!(log.state(PHOTO, "a"), Some(State::Accepted));
    assert_eq!(log.entries().map(|entry| entry.time).collect::<Vec<_>>(), [1_000_001]);
}

#[test]
fn the_json_is_as_documented_and_what_is_wrong_is_refused() {
    let mut log = DecisionLog::default();
    log.remember("i", sure(&["t"]), &run("x", 7)).unwrap();
    decide(&mut log, "o", Decision::Own, 8);
    let expected = json!({ "schema": "tagdrop/decisions@1", "entries": [
        { "image": "i", "tag": "t", "decision": "added", "time": 7, "name": "T", "model": "lite0@1", "run": "x", "confidence": 0.5 },
        { "image": PHOTO, "tag": "o", "decision": "own", "time": 8 },
    ] });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&log.to_json()).unwrap(), expected);

    let with =
        |entry: serde_json::Value| DecisionLog::from_json(&json!({ "schema": SCHEMA, "entries": [entry] }).to_string());
    let entry = json!({ "image": "i", "tag": "t", "decision": "own", "time": 1 });
    // Fields of a later version do no harm.
    let mut more = entry.clone();
    more["later"] = json!(true);
    assert_eq!(with(more).unwrap(), with(entry.clone()).unwrap());
    for (field, value, part) in [
        ("image", json!(""), "1 to 256"),
        ("image", json!("i".repeat(257)), "1 to 256"),
        ("tag", json!(""), "1 to 1020"),
        ("name", json!("n".repeat(1021)), "1 to 1020"),
        ("run", json!(""), "1 to 256"),
        ("time", json!(1u64 << 53), "2^53"),
        ("time", json!(-1), "no decision log"),
        ("confidence", json!(1.5), "0 to 1"),
        ("decision", json!("maybe"), "no decision log"),
    ] {
        let mut wrong = entry.clone();
        wrong[field] = value;
        assert_invalid(with(wrong), part);
    }
    assert_invalid(DecisionLog::from_json("{}"), "no decision log");
    assert_invalid(DecisionLog::from_json(r#"{ "schema": "tagdrop/decisions@2", "entries": [] }"#), "schema");
    assert_invalid(log.record(Entry::new("", "t", Decision::Own, 1)), "1 to 256");
    assert_invalid(log.remember(PHOTO, vec![], &run("", 1)), "1 to 256");
}

#[test]
fn every_act_can_be_done_as_json() {
    let mut log = String::new();
    let mut act = |act: serde_json::Value| {
        let done: serde_json::Value = serde_json::from_str(&perform(&log, &act.to_string()).unwrap()).unwrap();
        if let Some(changed) = done.get("log") {
            log = changed.as_str().unwrap().to_owned();
        }
        (done["answer"].clone(), done.get("log").is_some())
    };
    assert_eq!(act(json!({ "export": {} })), (json!(DecisionLog::default().to_json()), false));
    let run = json!({ "id": "x", "model": "m", "time": 1 });
    let tags = json!(sure(&["a", "b", "c"]));
    let (answer, changed) = act(json!({ "remember": { "image": "i", "selected": tags, "run": run } }));
    assert_eq!((answer.as_array().unwrap().len(), changed), (3, true));
    let entry = json!({ "image": "i", "tag": "a", "decision": "rejected", "time": 2 });
    assert_eq!(act(json!({ "record": entry })), (json!(null), true));
    assert_eq!(act(json!({ "rejected": { "image": "i" } })), (json!(["a"]), false));
    let (answer, changed) = act(json!({ "apply": { "image": "i", "selected": tags } }));
    assert_eq!((answer[0]["id"].clone(), answer[1]["id"].clone(), changed), (json!("b"), json!("c"), false));
    assert_eq!(act(json!({ "isTagged": { "image": "i" } })), (json!(true), false));
    assert_eq!(act(json!({ "undo": { "run": "y", "time": 3 } })), (json!(0), false));
    assert_eq!(act(json!({ "makePermanent": { "time": 3 } })), (json!(2), true));
    assert_eq!(act(json!({ "removeAutomatic": { "time": 4 } })), (json!(0), true));
    let mut other = DecisionLog::default();
    other.record(Entry::new("j", "t", Decision::Own, 1)).unwrap();
    assert_eq!(act(json!({ "merge": { "logs": [other.to_json(), other.to_json()] } })), (json!(null), true));
    let (answer, changed) = act(json!({ "split": {} }));
    assert_eq!((answer["j"].clone(), answer.as_object().unwrap().len(), changed), (json!(other.to_json()), 2, false));
    assert_invalid(perform("", r#"{ "forget": {} }"#), "cannot be done");
    assert_invalid(perform("[]", r#"{ "split": {} }"#), "no decision log");
}

/// Entries of few keys and times, so that they meet.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    use Decision::{Accepted, Added, Cleared, Own, Rejected, Suggested, Withdrawn};
    let decision = prop::sample::select(vec![Suggested, Added, Withdrawn, Cleared, Accepted, Own, Rejected]);
    let word = || prop::option::of(prop::sample::select(vec!["x".to_owned(), "y".to_owned()]));
    let entry = ("[ij]", "[ab]", decision, 0..4u64, word(), word(), prop::option::of(0.0..=1.0f32));
    let entry = entry.prop_map(|(image, tag, decision, time, model, run, confidence)| Entry {
        model,
        run,
        confidence,
        ..Entry::new(image, tag, decision, time)
    });
    vec(entry, 0..24)
}

/// A log of entries that came from somewhere, in that order.
fn log_of(entries: &[Entry]) -> DecisionLog {
    let json = json!({ "schema": SCHEMA, "entries": entries }).to_string();
    DecisionLog::from_json(&json).unwrap()
}

fn merged(a: &DecisionLog, b: &DecisionLog) -> DecisionLog {
    let mut both = a.clone();
    both.merge(b.clone());
    both
}

#[derive(Debug, Clone)]
enum Act {
    Run(Mode, String, Vec<(String, bool)>),
    Undo(String),
    RemoveAutomatic,
    MakePermanent,
    Merge(Vec<Entry>),
}

fn act() -> impl Strategy<Value = Act> {
    let mode = prop::sample::select(vec![Mode::Update, Mode::Replace, Mode::Untagged]);
    let by_machine = entries().prop_map(|all| all.into_iter().filter(|entry| !entry.decision.is_by_people()).collect());
    prop_oneof![
        (mode, "[xy]", vec(("[abcd]", any::<bool>()), 0..4)).prop_map(|(mode, id, tags)| Act::Run(mode, id, tags)),
        "[xy]".prop_map(Act::Undo),
        Just(Act::RemoveAutomatic),
        Just(Act::MakePermanent),
        by_machine.prop_map(Act::Merge),
    ]
}

proptest! {
    #[test]
    fn merging_is_commutative_associative_and_idempotent(a in entries(), b in entries(), c in entries()) {
        let [a, b, c] = [log_of(&a), log_of(&b), log_of(&c)];
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &a), a.clone());
        prop_assert_eq!(merged(&merged(&a, &b), &b), merged(&a, &b));
        prop_assert_eq!(DecisionLog::from_json(&a.to_json()).unwrap(), a.clone());
        prop_assert_eq!(a.split().values().rev().fold(DecisionLog::default(), |all, one| merged(&all, one)), a);
    }

    #[test]
    fn a_log_is_the_same_whatever_the_order_of_its_entries(entries in entries(), by in 0usize..24) {
        let mut turned = entries.clone();
        if !turned.is_empty() {
            let by = by % turned.len();
            turned.rotate_left(by);
        }
        prop_assert_eq!(log_of(&entries), log_of(&turned));
    }

    #[test]
    fn whatever_machines_do_people_win(acts in vec(act(), 0..12), known in entries()) {
        let mut log = log_of(&known);
        for (tag, decision) in [("a", Decision::Rejected), ("b", Decision::Own), ("c", Decision::Accepted)] {
            log.record(Entry::new("i", tag, decision, 2)).unwrap();
        }
        for (time, act) in (3..).zip(acts) {
            let tags = match act {
                Act::Run(mode, id, tags) => {
                    let state = |sure| if sure { State::Accepted } else { State::Suggested };
                    let tags = tags.iter().map(|(id, sure)| tag(id, state(*sure))).collect();
                    let run = Run { id, model: "m".into(), time, mode };
                    log.remember("i", tags, &run).unwrap()
                }
                other => {
                    match other {
                        Act::Undo(run) => drop(log.undo(&run, time)),
                        Act::RemoveAutomatic => drop(log.remove_automatic(time)),
                        Act::MakePermanent => drop(log.make_permanent(time)),
                        Act::Merge(entries) => log.merge(log_of(&entries)),
                        Act::Run(..) => unreachable!(),
                    }
                    log.apply("i", sure(&["a", "d"]))
                }
            };
            let count = |id: &str| tags.iter().filter(|tag| tag.id == id).count();
            prop_assert_eq!((count("a"), count("b"), count("c")), (0, 1, 1));
            prop_assert!(tags.iter().filter(|t| ["b", "c"].contains(&t.id.as_str())).all(|t| t.state == State::Accepted));
        }
    }
}
