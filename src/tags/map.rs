//! Tags → terms of a host's own vocabulary.

use serde::Serialize;

use super::tag::{Named, Source, State, Tag};
use crate::vocabulary::{
    Concepts, HostVocabulary, How, Names,
    fold::fold,
    host::{Match, Term},
    plural::is_plural_pair,
};

/// How tags are mapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapOptions {
    /// What likeness makes a fuzzy match; 0 to 1.
    pub min_score: f32,
    /// What becomes of tags that mean no term.
    pub unmapped: Unmapped,
    /// Whether a tag that means no term may stand for the nearest of its parents that does.
    pub broader: bool,
}

/// What becomes of tags that mean no term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// They stay among the tags.
    Keep,
    /// They are gone.
    Drop,
    /// They are listed apart, as terms that the host may want to have.
    Offer,
}

impl Default for MapOptions {
    /// One wrong letter in seven is forgiven and one in six is not, or "otter" would be "offer"; what is new is offered.
    fn default() -> Self {
        Self { min_score: 0.85, unmapped: Unmapped::Offer, broader: true }
    }
}

/// A picture's tags in the host's words.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Mapping {
    /// In the order of the tags they come from, each term once.
    pub tags: Vec<MappedTag>,
    /// Fuzzy matches, for a person to look at; their terms are among the tags, at most suggested.
    pub review: Vec<Guess>,
    /// What means no term, if that is [offered](Unmapped::Offer).
    pub offered: Vec<Tag>,
}

/// A term of the host's, or a tag that was kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MappedTag {
    /// The host's; of a tag that was kept its own.
    pub id: String,
    /// As the host spells it.
    pub name: String,
    /// The greatest of those it comes from, 0 to 1.
    pub confidence: f32,
    /// The best of those it comes from.
    pub state: State,
    /// All above it in the host's vocabulary, nearest first.
    pub parents: Vec<Named>,
    /// What it comes from; several when near-same tags were merged.
    pub from: Vec<Origin>,
}

/// Which tag a term comes from, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// The tag's id.
    pub id: String,
    /// The tag's name.
    pub name: String,
    /// Who gave it.
    pub source: Source,
    /// How the term was found; nothing for a tag that was kept.
    pub how: Option<How>,
    /// Whether it was found not for the tag but for its parent.
    pub broader: bool,
    /// 1, or the likeness of a fuzzy match.
    pub score: f32,
}

/// A fuzzy match.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guess {
    /// The tag's id.
    pub id: String,
    /// The tag's name.
    pub name: String,
    /// The term's id.
    pub term: String,
    /// The term's name.
    pub term_name: String,
    /// Likeness, 0 to 1.
    pub score: f32,
}

/// The tags in the host's words. Words for a tag are its name and what the languages given call its concept. A person's own tag that
/// means no term is kept whatever becomes of others.
pub fn map(
    tags: &[Tag],
    host: &HostVocabulary,
    concepts: &Concepts,
    languages: &[&Names],
    options: &MapOptions,
) -> Mapping {
    let mut mapping = Mapping::default();
    let lookup = Lookup { host, concepts, languages };
    for tag in tags {
        let (found, broader) = lookup.term(tag, options);
        let (id, name) = (&tag.id, &tag.name);
        let origin =
            |how, score| Origin { id: id.clone(), name: name.clone(), source: tag.source, how, broader, score };
        let Some(found) = found else {
            match options.unmapped {
                Unmapped::Offer if tag.source != Source::Person => mapping.offered.push(tag.clone()),
                Unmapped::Drop if tag.source != Source::Person => {}
                _ => mapping.add(
                    host.language(),
                    MappedTag {
                        id: tag.id.clone(),
                        name: tag.name.clone(),
                        confidence: tag.confidence,
                        state: tag.state,
                        parents: tag.parents.clone(),
                        from: vec![origin(None, 1.0)],
                    },
                ),
            }
            continue;
        };
        let term = &host.terms()[found.term];
        let is_guess = found.how == How::Fuzzy;
        if is_guess {
            mapping.review.push(Guess {
                id: tag.id.clone(),
                name: tag.name.clone(),
                term: term.id.clone(),
                term_name: term.name.clone(),
                score: found.score,
            });
        }
        mapping.add(
            host.language(),
            MappedTag {
                id: term.id.clone(),
                name: term.name.clone(),
                confidence: tag.confidence,
                state: if is_guess { State::Suggested } else { tag.state },
                parents: host.above(found.term).into_iter().map(|above| parent(&host.terms()[above])).collect(),
                from: vec![origin(Some(found.how), found.score)],
            },
        );
    }
    mapping
}

fn parent(term: &Term) -> Named {
    Named { id: term.id.clone(), name: term.name.clone() }
}

impl Mapping {
    /// Adds a tag, or what it brings to one that is nearly the same: the same id, the same word but for case, accents and spaces, or
    /// its plural.
    fn add(&mut self, language: &str, tag: MappedTag) {
        let word = fold(&tag.name);
        let is_same = |other: &&mut MappedTag| {
            // Two terms of the host are two, however alike: it may have a crane among the birds and one among the machines.
            let both_terms = [&tag, other].iter().all(|tag| tag.from[0].how.is_some());
            let folded = fold(&other.name);
            other.id == tag.id || !both_terms && (folded == word || is_plural_pair(&folded, &word, language))
        };
        match self.tags.iter_mut().find(is_same) {
            Some(other) => {
                other.confidence = other.confidence.max(tag.confidence);
                if tag.state == State::Accepted {
                    other.state = State::Accepted;
                }
                other.from.extend(tag.from);
            }
            None => self.tags.push(tag),
        }
    }
}

/// As the least likeness: no fuzzy match.
const NOTHING_ALIKE: f32 = 2.0;

struct Lookup<'a> {
    host: &'a HostVocabulary,
    concepts: &'a Concepts,
    languages: &'a [&'a Names],
}

impl Lookup<'_> {
    /// The term for a tag, and whether it is only that of its nearest parent that has one for sure.
    fn term(&self, tag: &Tag, options: &MapOptions) -> (Option<Match>, bool) {
        if let Some(own) = self.find(&tag.id, &tag.name, tag, options.min_score) {
            return (Some(own), false);
        }
        let mut parents = tag.parents.iter().filter(|_| options.broader);
        (parents.find_map(|parent| self.find(&parent.id, &parent.name, tag, NOTHING_ALIKE)), true)
    }

    fn find(&self, id: &str, name: &str, tag: &Tag, least: f32) -> Option<Match> {
        let concept = self.concepts.find(id);
        let terms =
            self.languages.iter().flat_map(|names| concept.into_iter().flat_map(|concept| names.terms(concept)));
        let synonyms: Vec<&str> = terms.filter(|term| *term != name).collect();
        let found = self.host.find(name, &synonyms, least);
        // Of homonyms the one that lies below what the tag lies below.
        let kinship = |found: &&Match| {
            let above = self.host.above(found.term);
            let is_above = |word: &str| above.iter().any(|&term| fold(&self.host.terms()[term].name) == fold(word));
            tag.parents.iter().filter(|parent| is_above(&parent.name)).count()
        };
        // Backwards: of equals the last is the greatest.
        found.iter().rev().max_by_key(kinship).copied()
    }
}
