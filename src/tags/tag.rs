//! A tag, where it comes from, and why it was given.

use serde::{Deserialize, Serialize};

/// One tag of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Stable and language-free, such as the WordNet synset `n02123045`.
    pub id: String,
    /// For people, in the vocabulary's language.
    pub name: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Who says so.
    pub source: Source,
    /// How sure it is.
    pub state: State,
    /// All that it rolls up to, nearest first.
    pub parents: Vec<Named>,
    /// How it came about.
    pub why: Why,
}

/// A concept and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// As a tag's.
    pub id: String,
    /// As a tag's.
    pub name: String,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The network that ran here.
    Local,
    /// A person: it is theirs, and no run removes it.
    Person,
}

/// How sure a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Worth a look.
    Suggested,
    /// Sure enough to be taken as it is, or a person said yes.
    Accepted,
    /// A person said no.
    Rejected,
}

/// What became a tag, or did not, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// What decided.
    pub rule: Rule,
    /// The confidence it needed, 0 to 1.
    pub threshold: f32,
    /// The classes it was summed from, best first, at most three.
    pub classes: Vec<ClassScore>,
}

/// What the network said of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class's id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its share, 0 to 1, calibrated.
    pub confidence: f32,
}

/// What decided about a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Shown: a class of the network, sure enough.
    Class,
    /// Shown: the classes below it are sure enough together.
    Broader,
    /// Shown: a person accepted it on this picture, or gave it.
    Person,
    /// Shown: an earlier run gave it, and this one may only add.
    Earlier,
    /// Dropped: a person rejected it on this picture.
    Rejected,
    /// Dropped: below its threshold.
    Unsure,
    /// Dropped: far behind the best one.
    FarBehind,
    /// Dropped: not worth showing.
    Hidden,
    /// Dropped: the deny list names it.
    Denied,
    /// Dropped: the allow list does not name it, and nothing else is wanted.
    NotAllowed,
    /// Dropped: a doubtful one that rests on the same class is shown already.
    SaidAlready,
    /// Dropped: too broad to add anything to what is shown.
    TooBroad,
    /// Dropped: there are enough tags.
    TooMany,
}
