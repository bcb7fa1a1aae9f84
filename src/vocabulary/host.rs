//! A host's own vocabulary: the terms it allows, and which of them a tag's words mean.

use std::collections::{BTreeMap, HashMap};

use super::{
    fold::fold,
    host_files,
    plural::singulars,
    similar::{Rows, Word},
};
use crate::{Error, ErrorCode, Result, limits};

/// A term that the host allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Term {
    /// The host's id; its name if it gives none.
    pub id: String,
    /// As the host spells it.
    pub name: String,
    /// Other words for it.
    pub synonyms: Vec<String>,
    /// Right above it, as places in [`HostVocabulary::terms`].
    pub parents: Vec<usize>,
}

/// The terms a host allows, ready to be found.
#[derive(Debug, Clone)]
pub struct HostVocabulary {
    language: String,
    terms: Vec<Term>,
    /// Of names and of synonyms: which terms are spelled so, folded so without spaces, and have this as a plural or as its singular.
    names: Spellings,
    synonyms: Spellings,
    /// All words by their number of letters, for fuzzy comparison: shorter ones than [`SHORTEST`] are left out.
    words: BTreeMap<usize, Vec<(Word, usize)>>,
}

#[derive(Debug, Clone, Default)]
struct Spellings {
    exact: HashMap<String, Vec<usize>>,
    folded: HashMap<String, Vec<usize>>,
    singular: HashMap<String, Vec<usize>>,
}

/// How a term was found, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The name is the term, letter by letter.
    Exact,
    /// So it is but for case, accents, punctuation and spaces.
    Folded,
    /// One is the plural of the other.
    Plural,
    /// A synonym of one is the name or a synonym of the other, in one of the ways above.
    Synonym,
    /// They are alike: a guess, to be looked at.
    Fuzzy,
}

/// A term that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Place in [`HostVocabulary::terms`].
    pub term: usize,
    /// How it was found.
    pub how: How,
    /// 1 but for fuzzy matches; theirs is 1 less the share of letters that differ, 0 to 1.
    pub score: f32,
}

/// Words with fewer letters are never compared fuzzily: "cat" is not nearly "car".
const SHORTEST: usize = 5;

impl HostVocabulary {
    /// Reads a list (a term a line), CSV (with a header that has `name`), a tree (JSON) or SKOS (JSON-LD); which of them is seen from
    /// the text. `language` is that of the terms, as BCP 47 has it.
    ///
    /// - CSV: columns `name`, and if there are such `id`, `synonyms` (separated by `|`), `parent` (an id or a name); the separator is a
    ///   comma, a semicolon or a tab.
    /// - JSON: an array of names and of `{ name, id?, synonyms?, children? }`.
    /// - SKOS: `prefLabel`, `altLabel`, `hiddenLabel`, `broader`, `narrower` of whatever has a `prefLabel`, alone or in an `@graph`,
    ///   with or without the prefix. Labels of other languages count only where there are none in this one.
    ///
    /// # Errors
    /// `invalid-options`, saying what cannot be read.
    pub fn parse(text: &str, language: &str) -> Result<Self> {
        if text.len() > limits::MAX_HOST_VOCABULARY_BYTES {
            return Err(wrong(format!("it has more than {} MiB", limits::MAX_HOST_VOCABULARY_BYTES >> 20)));
        }
        Self::new(host_files::parse(text, language)?, language)
    }

    /// Of terms that are read already.
    ///
    /// # Errors
    /// `invalid-options`: no terms or too many, a name without letters or too long, an id twice, a parent that is not there.
    pub fn new(terms: Vec<Term>, language: &str) -> Result<Self> {
        if terms.is_empty() || terms.len() > limits::MAX_HOST_TERMS {
            return Err(wrong(format!("it needs 1 to {} terms, and has {}", limits::MAX_HOST_TERMS, terms.len())));
        }
        let mut ids = HashMap::new();
        let mut vocabulary = Self {
            language: language.split('-').next().unwrap_or_default().to_ascii_lowercase(),
            names: Spellings::default(),
            synonyms: Spellings::default(),
            words: BTreeMap::new(),
            terms: vec![],
        };
        for (at, term) in terms.iter().enumerate() {
            let words = || std::iter::once(&term.name).chain(&term.synonyms);
            if fold(&term.name).is_empty() || words().any(|word| word.len() > limits::MAX_NAME_BYTES) {
                return Err(wrong(format!("the name of term {} is missing, has no letters or is too long", at + 1)));
            }
            if let Some(other) = ids.insert(&term.id, at) {
                return Err(wrong(format!("terms {} and {} have the same id, {}", other + 1, at + 1, term.id)));
            }
            if term.parents.iter().any(|&parent| parent >= terms.len()) {
                return Err(wrong(format!("a parent of {} is not there", term.name)));
            }
            for (nth, word) in words().enumerate() {
                vocabulary.learn(word, at, nth == 0);
            }
        }
        vocabulary.terms = terms;
        Ok(vocabulary)
    }

    /// All terms, in the host's order.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The language of the terms, without region.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// All that is above a term, nearest first.
    pub fn above(&self, term: usize) -> Vec<usize> {
        let mut found = self.terms[term].parents.clone();
        let mut next = 0;
        while let Some(&reached) = found.get(next) {
            for &parent in &self.terms[reached].parents {
                if parent != term && !found.contains(&parent) {
                    found.push(parent);
                }
            }
            next += 1;
        }
        found
    }

    /// The terms that a tag called `name` may mean, by the best way that finds any: several only where the host has called several
    /// things the same. First the name is tried against the terms' names, then the synonyms on either side, then likeness of at least
    /// `least`; a name in another case says more than a synonym to the letter.
    pub fn find(&self, name: &str, synonyms: &[&str], least: f32) -> Vec<Match> {
        let plainly = |how: How, terms: &[usize]| terms.iter().map(|&term| Match { term, how, score: 1.0 }).collect();
        if let Some((how, terms)) = self.names.find(name, &self.language) {
            return plainly(how, terms);
        }
        let mut others = synonyms.iter().filter_map(|word| self.names.find(word, &self.language));
        let same = self.synonyms.find(name, &self.language).or_else(|| others.next());
        let same = same.or_else(|| synonyms.iter().find_map(|word| self.synonyms.find(word, &self.language)));
        if let Some((_, terms)) = same {
            return plainly(How::Synonym, terms);
        }
        self.nearest(std::iter::once(&name).chain(synonyms), least).into_iter().collect()
    }

    fn learn(&mut self, word: &str, term: usize, is_name: bool) {
        let folded = fold(word);
        let word_to_compare = Word::new(&folded);
        if word_to_compare.len() >= SHORTEST {
            self.words.entry(word_to_compare.len()).or_default().push((word_to_compare, term));
        }
        let spellings = if is_name { &mut self.names } else { &mut self.synonyms };
        let put = |map: &mut HashMap<String, Vec<usize>>, key: String| {
            let terms = map.entry(key).or_default();
            if terms.last() != Some(&term) {
                terms.push(term);
            }
        };
        put(&mut spellings.exact, word.trim().to_owned());
        for singular in singulars(&folded, &self.language) {
            put(&mut spellings.singular, unspaced(&singular));
        }
        put(&mut spellings.folded, unspaced(&folded));
    }

    /// The term most like one of the words.
    fn nearest<'a>(&self, words: impl Iterator<Item = &'a &'a str>, least: f32) -> Option<Match> {
        let mut rows = Rows::default();
        let mut best: Option<Match> = None;
        for word in words {
            let word = Word::new(&fold(word));
            let longest = (word.len() as f32 / least.max(0.01)) as usize;
            let shortest = ((word.len() as f32 * least).ceil() as usize).max(SHORTEST);
            if word.len() < SHORTEST || shortest > longest {
                continue;
            }
            for (other, term) in self.words.range(shortest..=longest).flat_map(|(_, words)| words) {
                let needed = best.map_or(least, |best| best.score);
                if let Some(score) = word.likeness(other, needed, &mut rows)
                    && best.is_none_or(|best| score > best.score || (score == best.score && *term < best.term))
                {
                    best = Some(Match { term: *term, how: How::Fuzzy, score });
                }
            }
        }
        best
    }
}

impl Spellings {
    fn find(&self, word: &str, language: &str) -> Option<(How, &[usize])> {
        if let Some(terms) = self.exact.get(word.trim()) {
            return Some((How::Exact, terms));
        }
        let spaced = fold(word);
        let folded = unspaced(&spaced);
        if let Some(terms) = self.folded.get(&folded) {
            return Some((How::Folded, terms));
        }
        let as_plural = singulars(&spaced, language).find_map(|singular| self.folded.get(&unspaced(&singular)));
        as_plural.or_else(|| self.singular.get(&folded)).map(|terms| (How::Plural, terms.as_slice()))
    }
}

/// "T-shirt", "t shirt" and "tshirt" are one.
fn unspaced(folded: &str) -> String {
    folded.replace(' ', "")
}

pub(super) fn wrong(problem: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidOptions, format!("This vocabulary cannot be used: {problem}."))
}
