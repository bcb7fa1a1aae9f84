//! What people and runs decided about the tags of pictures: kept, merged, undone.
//!
//! Of a tag on a picture the log holds two entries at most: the last word of people and the last word of the machine. People's word
//! counts; the machine's only where people said nothing or took it back. So a rejected tag never returns, an accepted one stays,
//! and a person's own is never removed, whichever model runs and whatever is undone.
//!
//! Two logs merge entry by entry: the later wins, and a tie rejects. As every entry is the greatest of all that were ever said by its
//! side, the order and number of merges do not matter.
//!
//! As JSON a log is `{ "schema": "tagdrop/decisions@1", "entries": [Entry, …] }`, fields as in [`Entry`].

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use super::{
    options::invalid,
    tag::{Rule, Source, State, Tag, Why},
};
use crate::{Result, limits, vocabulary::fold::fold};

/// Names the JSON's shape; changes only if older readers would misread it.
pub const SCHEMA: &str = "tagdrop/decisions@1";

/// What was decided. In a tie the later in this list wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The machine, in a run: worth a look.
    Suggested,
    /// The machine, in a run: sure enough to be on the picture.
    Added,
    /// The machine: what it said is undone. Another run may say it again.
    Withdrawn,
    /// A person took back what they had decided; the machine is free again.
    Cleared,
    /// A person said yes to the machine.
    Accepted,
    /// A person gave the tag themselves, here or as a keyword that the file had.
    Own,
    /// A person said no, or removed their own.
    Rejected,
}

impl Decision {
    /// Whether people decide this; else the machine does.
    pub fn is_by_people(self) -> bool {
        self >= Self::Cleared
    }
}

/// One decision about one tag of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Hash of the picture, the same however its metadata changes. 1 to 256 bytes.
    pub image: String,
    /// The tag's id; of a person's own word without one `person:` and the word, see [`own_id`]. 1 to 1020 bytes.
    pub tag: String,
    /// What was decided.
    pub decision: Decision,
    /// Milliseconds since 1970, below 2⁵³.
    pub time: u64,
    /// What the tag was called at that time: all there is to show once its vocabulary is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `id@version` of the model that had given the tag; none for people's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The run in which it was given or decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The model's, 0 to 1; none for people's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

impl Entry {
    /// With nothing but what every entry has.
    pub fn new(image: impl Into<String>, tag: impl Into<String>, decision: Decision, time: u64) -> Self {
        let (image, tag) = (image.into(), tag.into());
        Self { image, tag, decision, time, name: None, model: None, run: None, confidence: None }
    }

    fn key(&self) -> Key {
        (self.image.clone(), self.tag.clone(), self.decision.is_by_people())
    }

    /// Which of two entries of one key wins: the greater. Only equal entries are equal here, so that the winner is one.
    fn precedence(&self, other: &Self) -> Ordering {
        let confidence = |entry: &Self| entry.confidence.unwrap_or(-1.0);
        (self.time, self.decision, &self.run, &self.model, &self.name)
            .cmp(&(other.time, other.decision, &other.run, &other.model, &other.name))
            .then(confidence(self).total_cmp(&confidence(other)))
    }

    fn check(&self) -> Result<()> {
        let keys = [Some(&self.image), self.model.as_ref(), self.run.as_ref()];
        let words = [Some(&self.tag), self.name.as_ref()];
        let fits = |text: &String, bytes: usize| !text.is_empty() && text.len() <= bytes;
        let checks = [
            (
                keys.into_iter().flatten().all(|key| fits(key, limits::MAX_KEY_BYTES)),
                "image, model and run need 1 to 256 bytes",
            ),
            (
                words.into_iter().flatten().all(|word| fits(word, limits::MAX_NAME_BYTES)),
                "tag and name need 1 to 1020 bytes",
            ),
            (self.time <= limits::MAX_TIME, "time must be below 2^53 milliseconds"),
            (self.confidence.is_none_or(|share| (0.0..=1.0).contains(&share)), "confidence must be from 0 to 1"),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(invalid(format!("A decision about the tag {} is wrong: {rule}.", self.tag))),
            None => Ok(()),
        }
    }
}

/// The id of a word that a person typed and that is no concept's: `person:` and the word, so that it never meets a vocabulary's id.
pub fn own_id(word: &str) -> String {
    format!("person:{}", word.trim())
}

/// One pass of tagging over any number of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// The host's name for it, by which it is undone. 1 to 256 bytes.
    pub id: String,
    /// `id@version` of the model.
    pub model: String,
    /// Milliseconds since 1970.
    pub time: u64,
    /// What becomes of earlier runs' tags.
    #[serde(default)]
    pub mode: Mode,
}

/// What a run does to the tags that earlier ones gave. People's stay in all modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Earlier ones stay, new ones come.
    #[default]
    Update,
    /// Earlier ones go unless they are found again.
    Replace,
    /// Pictures that have an accepted tag already are left as they are.
    Untagged,
}

/// Image, tag, whether people say so.
type Key = (String, String, bool);

/// The log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DecisionLog {
    entries: BTreeMap<Key, Entry>,
}

#[derive(Serialize, Deserialize)]
struct File<E> {
    schema: String,
    entries: Vec<E>,
}

impl DecisionLog {
    /// Reads what [`DecisionLog::to_json`] wrote, by whatever version of this schema.
    ///
    /// # Errors
    /// `invalid-options`, saying what is wrong.
    pub fn from_json(json: &str) -> Result<Self> {
        if json.len() > limits::MAX_LOG_BYTES {
            return Err(invalid(format!("A decision log has at most {} MiB.", limits::MAX_LOG_BYTES >> 20)));
        }
        let file: File<Entry> =
            serde_json::from_str(json).map_err(|e| invalid(format!("This is no decision log: {e}.")))?;
        if file.schema != SCHEMA {
            return Err(invalid(format!("This decision log has the schema {}; {SCHEMA} can be read.", file.schema)));
        }
        let mut log = Self::default();
        for entry in file.entries {
            entry.check()?;
            log.put(entry);
        }
        Ok(log)
    }

    /// All entries, in the order of image and tag: equal logs give equal text.
    pub fn to_json(&self) -> String {
        let file = File { schema: SCHEMA.to_owned(), entries: self.entries().collect() };
        // Strings and numbers alone cannot fail to be written.
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// All entries, in the order of image and tag.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Takes in another log: of each entry the later, and a tie rejects.
    pub fn merge(&mut self, other: Self) {
        for entry in other.entries.into_values() {
            self.put(entry);
        }
    }

    /// The log of each picture by itself, for a store that keeps them so.
    pub fn split(&self) -> BTreeMap<String, Self> {
        let mut logs: BTreeMap<String, Self> = BTreeMap::new();
        for (key, entry) in &self.entries {
            logs.entry(entry.image.clone()).or_default().entries.insert(key.clone(), entry.clone());
        }
        logs
    }

    /// Writes down a decision that is made now. If the log has one of a later time, by a clock that ran ahead, this one is dated just
    /// behind it, so that the last word spoken here is the last word.
    ///
    /// # Errors
    /// `invalid-options`: something is empty, too long or out of range.
    pub fn record(&mut self, entry: Entry) -> Result<()> {
        entry.check()?;
        self.say(entry);
        Ok(())
    }

    /// How a tag stands on a picture; nothing if nobody says so, or no longer.
    pub fn state(&self, image: &str, tag: &str) -> Option<State> {
        self.standing(image).into_iter().find(|(entry, _)| entry.tag == tag).map(|(_, state)| state)
    }

    /// The ids that a person rejected on a picture, for [`super::SelectOptions::rejected`].
    pub fn rejected(&self, image: &str) -> Vec<String> {
        let standing = self.standing(image).into_iter();
        standing.filter(|(_, state)| *state == State::Rejected).map(|(entry, _)| entry.tag.clone()).collect()
    }

    /// Whether a picture has an accepted tag, be it by a person or by a run.
    pub fn is_tagged(&self, image: &str) -> bool {
        self.standing(image).iter().any(|(_, state)| *state == State::Accepted)
    }

    /// A picture's tags, given what was selected for it just now: first people's, then what was selected, without what is rejected
    /// and what a person calls the same, then what earlier runs gave. Rejected ones are not named as parents either.
    pub fn apply(&self, image: &str, selected: Vec<Tag>) -> Vec<Tag> {
        let standing = self.standing(image);
        let rejected = |id: &str| standing.iter().any(|(entry, state)| *state == State::Rejected && entry.tag == id);
        let mut rest: Vec<Tag> = selected.into_iter().filter(|tag| !rejected(&tag.id)).collect();
        let mut tags = vec![];
        let on = || standing.iter().filter(|(_, state)| *state != State::Rejected);
        for (entry, _) in on().filter(|(entry, _)| entry.decision.is_by_people()) {
            let found = rest.iter().position(|tag| tag.id == entry.tag).map(|at| rest.remove(at));
            tags.push(by_person(entry, found));
        }
        let theirs: BTreeSet<String> = tags.iter().map(|tag| fold(&tag.name)).collect();
        rest.retain(|tag| !theirs.contains(&fold(&tag.name)));
        for (entry, state) in on().filter(|(entry, _)| !entry.decision.is_by_people()) {
            match rest.iter_mut().find(|tag| tag.id == entry.tag) {
                Some(tag) if *state == State::Accepted => tag.state = State::Accepted,
                Some(_) => {}
                None if theirs.contains(&fold(name(entry))) => {}
                None => rest.push(from_log(entry, *state, Rule::Earlier)),
            }
        }
        tags.append(&mut rest);
        for tag in &mut tags {
            tag.parents.retain(|parent| !rejected(&parent.id));
        }
        tags
    }

    /// Writes down what a run gives a picture, and returns the picture's tags as [`DecisionLog::apply`] does. What people decided
    /// about is theirs and not the run's; what an earlier run gave stays that run's, unless this one replaces it.
    ///
    /// # Errors
    /// `invalid-options`: something is empty, too long or out of range.
    pub fn remember(&mut self, image: &str, selected: Vec<Tag>, run: &Run) -> Result<Vec<Tag>> {
        if run.mode == Mode::Untagged && self.is_tagged(image) {
            return Ok(self.apply(image, vec![]));
        }
        let entry = |tag: &Tag, decision| Entry {
            name: Some(tag.name.clone()).filter(|name| !name.is_empty()),
            model: Some(run.model.clone()),
            run: Some(run.id.clone()),
            confidence: Some(tag.confidence),
            ..Entry::new(image, &tag.id, decision, run.time)
        };
        Entry { run: Some(run.id.clone()), ..Entry::new(image, "any", Decision::Added, run.time) }.check()?;
        if run.mode == Mode::Replace {
            let is_lost = |given: &&Entry| {
                let again = selected.iter().any(|tag| tag.id == given.tag);
                is_given(given) && !(again && given.run.as_ref() == Some(&run.id))
            };
            for lost in self.of(image).filter(is_lost).cloned().collect::<Vec<Entry>>() {
                self.say(Entry { decision: Decision::Withdrawn, time: run.time, ..lost });
            }
        }
        let tags = self.apply(image, selected);
        for tag in tags
            .iter()
            .filter(|tag| tag.source == Source::Local && !matches!(tag.why.rule, Rule::Person | Rule::Earlier))
        {
            let decision = if tag.state == State::Accepted { Decision::Added } else { Decision::Suggested };
            let known = self.entries.get(&(image.to_owned(), tag.id.clone(), false)).filter(|known| is_given(known));
            if known.is_none_or(|known| known.decision < decision) {
                self.record(entry(tag, decision))?;
            }
        }
        Ok(tags)
    }

    /// Withdraws everything that a run gave and no person accepted; how much that was. Another run may give it again.
    pub fn undo(&mut self, run: &str, time: u64) -> usize {
        self.withdraw(time, |entry| entry.run.as_deref() == Some(run))
    }

    /// Withdraws everything that runs gave and no person accepted; how much that was.
    pub fn remove_automatic(&mut self, time: u64) -> usize {
        self.withdraw(time, |_| true)
    }

    /// Makes people's what runs have put on pictures, as if each tag had been accepted; how many that were. Suggestions stay such.
    pub fn make_permanent(&mut self, time: u64) -> usize {
        let free: Vec<Entry> = self
            .entries
            .values()
            .filter(|entry| entry.decision == Decision::Added && !self.is_decided(entry))
            .map(|entry| Entry { decision: Decision::Accepted, time, ..entry.clone() })
            .collect();
        let count = free.len();
        free.into_iter().for_each(|entry| self.say(entry));
        count
    }

    fn withdraw(&mut self, time: u64, is_meant: impl Fn(&Entry) -> bool) -> usize {
        let meant: Vec<Entry> = self
            .entries
            .values()
            .filter(|entry| is_given(entry) && is_meant(entry))
            .map(|entry| Entry { decision: Decision::Withdrawn, time, ..entry.clone() })
            .collect();
        let count = meant.iter().filter(|entry| !self.is_decided(entry)).count();
        meant.into_iter().for_each(|entry| self.say(entry));
        count
    }

    /// Whether a person has a say in the tag of an entry.
    fn is_decided(&self, entry: &Entry) -> bool {
        let people = self.entries.get(&(entry.image.clone(), entry.tag.clone(), true));
        people.is_some_and(|people| people.decision != Decision::Cleared)
    }

    /// Takes an entry in, if it wins.
    fn put(&mut self, entry: Entry) {
        let key = entry.key();
        if self.entries.get(&key).is_none_or(|known| known.precedence(&entry).is_lt()) {
            self.entries.insert(key, entry);
        }
    }

    /// Takes an entry in, as the last word.
    fn say(&mut self, mut entry: Entry) {
        let key = entry.key();
        if let Some(known) = self.entries.get(&key) {
            entry.time = entry.time.max((known.time + 1).min(limits::MAX_TIME));
        }
        self.entries.insert(key, entry);
    }

    /// The entries of a picture.
    fn of(&self, image: &str) -> impl Iterator<Item = &Entry> {
        let first: Key = (image.to_owned(), String::new(), false);
        let image = image.to_owned();
        self.entries.range(first..).map(|(_, entry)| entry).take_while(move |entry| entry.image == image)
    }

    /// Of each tag of a picture that stands, the entry that counts, and how it stands; in the order of ids.
    fn standing(&self, image: &str) -> Vec<(&Entry, State)> {
        let mut standing: Vec<(&Entry, State)> = vec![];
        for entry in self.of(image) {
            let state = match entry.decision {
                Decision::Withdrawn | Decision::Cleared => continue,
                Decision::Suggested => State::Suggested,
                Decision::Added | Decision::Accepted | Decision::Own => State::Accepted,
                Decision::Rejected => State::Rejected,
            };
            // Of a tag's two entries people's comes second.
            if standing.last().is_some_and(|(other, _)| other.tag == entry.tag) {
                standing.pop();
            }
            standing.push((entry, state));
        }
        standing
    }
}

/// Whether a run's tag is on the picture by this entry.
fn is_given(entry: &Entry) -> bool {
    matches!(entry.decision, Decision::Suggested | Decision::Added)
}

fn name(entry: &Entry) -> &str {
    entry.name.as_deref().unwrap_or_else(|| entry.tag.strip_prefix("person:").unwrap_or(&entry.tag))
}

/// A tag that a person decided for, as the network sees it if it does.
fn by_person(entry: &Entry, found: Option<Tag>) -> Tag {
    let mut tag = found.unwrap_or_else(|| from_log(entry, State::Accepted, Rule::Person));
    tag.state = State::Accepted;
    tag.why.rule = Rule::Person;
    if entry.decision == Decision::Own {
        (tag.source, tag.confidence) = (Source::Person, 1.0);
    }
    tag
}

/// A tag as far as the log knows it: without parents.
fn from_log(entry: &Entry, state: State, rule: Rule) -> Tag {
    Tag {
        id: entry.tag.clone(),
        name: name(entry).to_owned(),
        confidence: entry.confidence.unwrap_or(1.0),
        source: if entry.model.is_some() { Source::Local } else { Source::Person },
        state,
        parents: vec![],
        why: Why { rule, threshold: 0.0, classes: vec![] },
    }
}
