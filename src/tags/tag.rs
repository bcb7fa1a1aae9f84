//! A tag and where it comes from.

use serde::Serialize;

/// One tag of one picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tag {
    /// Stable and language-free, such as the WordNet synset `n02123045`.
    pub id: String,
    /// For people, English.
    pub name: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Who says so.
    pub source: Source,
    /// How sure it is.
    pub state: State,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The network that ran here.
    Local,
}

/// How sure a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Worth a look.
    Suggested,
    /// Sure enough to be taken as it is.
    Accepted,
}
