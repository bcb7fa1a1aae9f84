use serde_json::json;
use tagdrop::{
    ErrorCode,
    model::Manifest,
    tags::{Rule, SelectOptions, Selection, Selector, State},
    vocabulary::{Concepts, Names},
};

use crate::photos;

/// The shipped model's manifest with other labels.
fn manifest(labels: &[&str], temperature: f32) -> Manifest {
    let mut manifest = photos::json("models/efficientnet-lite0/manifest.json");
    manifest["labels"] = labels.iter().map(|id| json!({ "id": id, "name": format!("a {id}") })).collect();
    manifest["calibration"] = json!({ "temperature": temperature });
    Manifest::parse(manifest.to_string()).unwrap()
}

/// A model without a vocabulary, of as many classes.
fn plain(n: usize) -> Selector {
    let ids: Vec<String> = (0..n).map(|i| format!("n{i}")).collect();
    Selector::plain(&manifest(&ids.iter().map(String::as_str).collect::<Vec<_>>(), 1.0)).unwrap()
}

const CONCEPTS: &str = "animal\t\tanimal\t-1\t1\t
mammal\tanimal\tanimal\t-1\t1\t
pet\tanimal\tanimal\t0\t1\t
dog\tmammal pet\tanimal\t2\t1\t
pug\tdog\tanimal\t1\t1\t
boxer\tdog\tanimal\t1\t1\t
cat\tmammal pet\tanimal\t2\t1\t
tool\t\ttool\t0\t1\t
hammer\ttool\ttool\t0\t1\t
packet\t\tobject\t0\t0\t
shade\tshades\tclothing\t0\t0\t
shades\t\tclothing\t0\t1\t
";
const NAMES: &str = "animal\tAnimal\t
mammal\tMammal\t
pet\tPet\t
dog\tDog\thound|puppy
pug\tPug\t
boxer\tBoxer\t
cat\tCat\tkitty
tool\tTool\t
hammer\tHammer\t
packet\tPacket\t
shade\tSunglass\t
shades\tSunglasses\t
";
const CLASSES: [&str; 7] = ["pug", "boxer", "cat", "hammer", "packet", "shade", "shades"];

fn selector() -> Selector {
    let concepts = Concepts::parse(CONCEPTS).unwrap();
    let names = Names::parse("en", NAMES.to_owned(), &concepts).unwrap();
    Selector::new(&manifest(&CLASSES, 1.0), concepts, names).unwrap()
}

/// Logits whose softmax is `shares`.
fn logits(shares: &[f32]) -> Vec<f32> {
    shares.iter().map(|share| share.ln()).collect()
}

fn ids(selection: &Selection) -> Vec<&str> {
    selection.tags.iter().map(|tag| tag.id.as_str()).collect()
}

fn rule(selection: &Selection, id: &str) -> Option<Rule> {
    selection.dropped.iter().find(|candidate| candidate.id == id).map(|candidate| candidate.why.rule)
}

fn everything() -> SelectOptions {
    SelectOptions { max_tags: 0, min_confidence: 0.0, relative_cut: 0.0, ..SelectOptions::default() }
}

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|&entry| entry.to_owned()).collect()
}

#[test]
fn the_best_are_kept_by_score_not_by_index() {
    let select = |options: &SelectOptions| plain(4).select(&logits(&[0.1, 0.2, 0.3, 0.4]), options);
    let two = select(&SelectOptions { max_tags: 2, ..everything() });
    assert_eq!(ids(&two), ["n3", "n2"]);
    assert_eq!((rule(&two, "n1"), rule(&two, "n0")), (Some(Rule::TooMany), Some(Rule::TooMany)));
    assert_eq!(ids(&select(&everything())), ["n3", "n2", "n1", "n0"]);
}

#[test]
fn equal_scores_keep_the_order_of_the_labels() {
    let two = SelectOptions { max_tags: 2, ..everything() };
    assert_eq!(ids(&plain(4).select(&logits(&[0.2, 0.3, 0.2, 0.3]), &two)), ["n1", "n3"]);
}

#[test]
fn confidence_is_the_share_of_the_whole_at_the_models_temperature() {
    let shares = [0.7_f32, 0.2, 0.1];
    for temperature in [0.5_f32, 1.0, 2.0] {
        let selector = Selector::plain(&manifest(&["a", "b", "c"], temperature)).unwrap();
        let sum: f32 = shares.iter().map(|share| share.powf(1.0 / temperature)).sum();
        for (tag, share) in selector.select(&logits(&shares), &everything()).tags.iter().zip(shares) {
            assert!((tag.confidence - share.powf(1.0 / temperature) / sum).abs() < 1e-6, "{temperature}: {tag:?}");
        }
    }
}

#[test]
fn what_is_unsure_or_far_behind_the_best_is_dropped_and_says_so() {
    let select = |options: &SelectOptions| plain(4).select(&logits(&[0.5, 0.3, 0.15, 0.05]), options);
    let threshold = select(&SelectOptions { min_confidence: 0.2, ..everything() });
    assert_eq!((ids(&threshold), rule(&threshold, "n2")), (vec!["n0", "n1"], Some(Rule::Unsure)));
    let relative = select(&SelectOptions { relative_cut: 0.5, ..everything() });
    assert_eq!((ids(&relative), rule(&relative, "n2")), (vec!["n0", "n1"], Some(Rule::FarBehind)));
    let own = [("n1".to_owned(), 0.4), ("n2".to_owned(), 0.1)];
    let own = select(&SelectOptions { min_confidence: 0.2, thresholds: own.into(), ..everything() });
    assert_eq!(ids(&own), ["n0", "n2"]);
    assert_eq!(own.dropped[0].why.threshold, 0.4);
    assert!(plain(8).select(&logits(&[0.125; 8]), &SelectOptions::default()).tags.is_empty());
}

#[test]
fn scores_that_are_no_numbers_never_become_tags() {
    assert!(plain(3).select(&[f32::NAN; 3], &SelectOptions::default()).tags.is_empty());
    let tags = plain(3).select(&[f32::NAN, 3.0, f32::NEG_INFINITY], &everything()).tags;
    assert_eq!(tags.len(), 1);
    assert_eq!((tags[0].id.as_str(), tags[0].confidence), ("n1", 1.0));
    assert!(plain(3).select(&[], &everything()).tags.is_empty());
}

#[test]
fn a_photo_torn_between_breeds_is_surely_a_dog() {
    let torn = selector().select(&logits(&[0.46, 0.44, 0.04, 0.02, 0.02, 0.01, 0.01]), &SelectOptions::default());
    assert_eq!(ids(&torn), ["dog", "pet", "mammal", "animal", "pug"]);
    let dog = &torn.tags[0];
    assert!((dog.confidence - 0.9).abs() < 1e-6 && dog.state == State::Accepted);
    assert_eq!((dog.why.rule, torn.tags[4].why.rule), (Rule::Broader, Rule::Class));
    let summed: Vec<&str> = dog.why.classes.iter().map(|class| class.id.as_str()).collect();
    assert_eq!(summed, ["pug", "boxer"]);
    let parents: Vec<&str> = dog.parents.iter().map(|parent| parent.name.as_str()).collect();
    assert_eq!(parents, ["Mammal", "Pet", "Animal"]);
    assert_eq!(torn.tags[4].state, State::Suggested);
    assert_eq!(rule(&torn, "boxer"), Some(Rule::TooMany));
}

#[test]
fn the_class_comes_first_and_vague_words_only_fill_up() {
    let sure = selector().select(&logits(&[0.93, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01]), &SelectOptions::default());
    assert_eq!(ids(&sure), ["pug", "dog", "pet", "mammal"]);
    assert_eq!(rule(&sure, "animal"), Some(Rule::TooBroad));
    assert!(sure.tags.iter().all(|tag| tag.state == State::Accepted));
    let hammer = selector().select(&logits(&[0.01, 0.02, 0.01, 0.93, 0.01, 0.01, 0.01]), &SelectOptions::default());
    assert_eq!(ids(&hammer), ["hammer", "tool"]);
}

#[test]
fn a_doubt_is_said_once_and_at_its_likeliest() {
    let doubt = selector().select(&logits(&[0.25, 0.2, 0.04, 0.3, 0.15, 0.03, 0.03]), &SelectOptions::default());
    // "Animal" and "mammal" are as likely as "pet", and say less.
    assert_eq!(ids(&doubt), ["pet", "hammer"]);
    assert_eq!(rule(&doubt, "dog"), Some(Rule::SaidAlready));
    assert_eq!(rule(&doubt, "tool"), Some(Rule::SaidAlready));
    assert!(doubt.tags.iter().all(|tag| tag.state == State::Suggested));
}

#[test]
fn only_the_surest_tag_is_accepted_before_all_are() {
    let select = |pug: f32| {
        let rest = (0.98 - pug) / 2.0;
        selector().select(&logits(&[pug, 0.01, 0.01, rest, rest, 1e-9, 1e-9]), &SelectOptions::default())
    };
    let accepted = |selection: &Selection| selection.tags.iter().filter(|tag| tag.state == State::Accepted).count();
    let (low, middle, high) = (select(0.5), select(0.7), select(0.9));
    assert_eq!((accepted(&low), accepted(&middle), accepted(&high)), (0, 1, high.tags.len()));
    // The one with something to say: "animal" is as sure, and noise.
    assert_eq!(ids(&middle)[0], "pet");
    let hammer = selector().select(&logits(&[0.1, 0.1, 0.1, 0.6, 0.1, 1e-9, 1e-9]), &SelectOptions::default());
    assert_eq!((ids(&hammer)[0], accepted(&hammer)), ("hammer", 1));
    let all = SelectOptions { accept_all_confidence: 0.3, ..SelectOptions::default() };
    let middle = selector().select(&logits(&[0.7, 0.01, 0.01, 0.14, 0.14, 1e-9, 1e-9]), &all);
    assert_eq!(accepted(&middle), middle.tags.len());
}

#[test]
fn a_hidden_class_counts_for_what_it_rolls_up_to() {
    let shares = [0.01, 0.01, 0.01, 0.01, 0.06, 0.5, 0.4];
    let shades = selector().select(&logits(&shares), &SelectOptions::default());
    assert_eq!(ids(&shades), ["shades"]);
    assert!((shades.tags[0].confidence - 0.9).abs() < 1e-6);
    assert_eq!((rule(&shades, "shade"), rule(&shades, "packet")), (Some(Rule::Hidden), Some(Rule::Hidden)));
    let allowed = SelectOptions { allow: list(&["shade"]), ..SelectOptions::default() };
    assert_eq!(ids(&selector().select(&logits(&shares), &allowed)), ["shades", "shade"]);
}

#[test]
fn lists_take_ids_names_and_branches_and_the_nearest_entry_decides() {
    let shares = [0.93, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01];
    let select = |allow: &[&str], deny: &[&str], only_allowed: bool| {
        let options = SelectOptions { allow: list(allow), deny: list(deny), only_allowed, ..SelectOptions::default() };
        selector().resolve(options.clone(), None).unwrap();
        selector().select(&logits(&shares), &options)
    };
    assert_eq!(ids(&select(&[], &["pug"], false)), ["dog", "pet", "mammal", "animal"]);
    assert_eq!(ids(&select(&[], &["PUPPY", "Pet"], false)), ["pug", "mammal", "animal"]);
    let denied = select(&[], &["animal/*"], false);
    assert_eq!((ids(&denied), rule(&denied, "pug")), (vec![], Some(Rule::Denied)));
    let only_dog = select(&["dog"], &["Animal/*"], false);
    assert_eq!(ids(&only_dog), ["dog"]);
    assert!(only_dog.tags[0].parents.is_empty(), "{only_dog:?}");
    assert_eq!(ids(&select(&["dog/*"], &["animal/*"], false)), ["pug", "dog"]);
    assert_eq!(ids(&select(&["dog/*"], &["pug"], true)), ["dog"]);
    let only = select(&["pet/*"], &[], true);
    assert_eq!((ids(&only), rule(&only, "mammal")), (vec!["pug", "dog", "pet"], Some(Rule::NotAllowed)));
    assert_eq!(ids(&select(&["dog"], &["dog"], false)), ["pug", "pet", "mammal", "animal"]);
}

#[test]
fn what_the_options_name_must_exist() {
    for options in [
        SelectOptions { allow: list(&["unicorn"]), ..SelectOptions::default() },
        SelectOptions { deny: list(&["unicorn/*"]), ..SelectOptions::default() },
        SelectOptions { thresholds: [("unicorn".to_owned(), 0.5)].into(), ..SelectOptions::default() },
    ] {
        let error = selector().resolve(options, None).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidOptions);
        assert!(error.message.contains("unicorn"), "{error}");
    }
    let concepts = Concepts::parse(CONCEPTS).unwrap();
    let names = Names::parse("en", NAMES.to_owned(), &concepts).unwrap();
    let error = Selector::new(&manifest(&["pug", "unicorn"], 1.0), concepts, names).unwrap_err();
    assert_eq!(error.code, ErrorCode::ModelMismatch);
}

#[test]
fn another_language_changes_names_and_nothing_else() {
    let mut selector = selector();
    let scores = logits(&[0.93, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01]);
    let english = selector.select(&scores, &SelectOptions::default());
    let german = NAMES.replace("\tDog\thound|puppy", "\tHund\t");
    let names = Names::parse("de", german, selector.concepts()).unwrap();
    selector.rename(names);
    let german = selector.select(&scores, &SelectOptions::default());
    assert_eq!(ids(&english), ids(&german));
    assert_eq!((english.tags[1].name.as_str(), german.tags[1].name.as_str()), ("Dog", "Hund"));
    assert_eq!(german.tags[0].parents[0].name, "Hund");
}

#[test]
fn options_that_were_given_by_name_mean_the_same_in_another_language() {
    let mut selector = selector();
    let by_name = SelectOptions { deny: list(&["puppy", "Dog/*"]), ..SelectOptions::default() };
    let resolved = selector.resolve(by_name, None).unwrap();
    assert_eq!(resolved.deny, ["dog", "dog/*"]);
    let german = Names::parse("de", NAMES.replace("\tDog\thound|puppy", "\tHund\t"), selector.concepts()).unwrap();
    let in_german = SelectOptions { deny: list(&["Hund", "dog/*"]), ..SelectOptions::default() };
    assert_eq!(selector.resolve(in_german, Some(&german)).unwrap().deny, resolved.deny);
    selector.rename(german);
    assert_eq!(selector.resolve(resolved.clone(), None).unwrap(), resolved);
}
