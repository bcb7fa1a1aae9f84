//! `<language>.tsv`: what people of one language call the concepts.

use std::ops::Range;

use super::{ConceptIndex, Concepts, lines, wrong};
use crate::{Result, limits};

/// Names and synonyms of all concepts in one language.
#[derive(Debug, Clone)]
pub struct Names {
    language: String,
    text: String,
    /// Of each concept where its name and its synonyms stand in the text.
    places: Vec<[Range<usize>; 2]>,
}

impl Names {
    /// The languages that come with Tagdrop's models, as BCP 47 has them; `zh` is simplified Chinese.
    pub const LANGUAGES: [&str; 10] = ["en", "de", "fr", "es", "pt", "it", "nl", "pl", "ja", "zh"];

    /// Reads a language's file: a concept a line, its fields separated by tabs: id, name, synonyms separated by `|`.
    ///
    /// # Errors
    /// `model-mismatch`, with the line: an id that is no concept, a name that is missing, twice there or too long.
    pub fn parse(language: &str, tsv: String, concepts: &Concepts) -> Result<Self> {
        let mut places = vec![[0..0, 0..0]; concepts.len()];
        // Files list the concepts in their order, and so the next one is rarely looked up.
        let mut expected = concepts.iter();
        for (number, line) in lines(&tsv)? {
            let at = |problem: &str| wrong(format!("line {number} of the names in {language}, {problem}"));
            let fields: Vec<&str> = line.split('\t').collect();
            let [id, name, synonyms] = fields[..] else { return Err(at("there must be three fields")) };
            let place = match expected.next() {
                Some((next, concept)) if concept.id == id => next,
                _ => concepts.find(id).ok_or_else(|| at(&format!("{id} is no concept")))?,
            };
            if std::iter::once(name).chain(synonyms.split('|')).any(|term| term.len() > limits::MAX_NAME_BYTES) {
                return Err(at("a name is too long"));
            }
            let slot = &mut places[place.get()];
            if name.trim().is_empty() || !slot[0].is_empty() {
                return Err(at(&format!("{id} has no name or two")));
            }
            let start = name.as_ptr() as usize - tsv.as_ptr() as usize;
            let middle = synonyms.as_ptr() as usize - tsv.as_ptr() as usize;
            *slot = [start..start + name.len(), middle..middle + synonyms.len()];
        }
        if let Some((_, nameless)) = concepts.iter().find(|(at, _)| places[at.get()][0].is_empty()) {
            return Err(wrong(format!("{} has no name in {language}", nameless.id)));
        }
        Ok(Self { language: language.to_owned(), text: tsv, places })
    }

    /// As BCP 47 has it, such as `de`.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// What a person would type.
    pub fn name(&self, concept: ConceptIndex) -> &str {
        &self.text[self.places[concept.get()][0].clone()]
    }

    /// Other words for it.
    pub fn synonyms(&self, concept: ConceptIndex) -> impl Iterator<Item = &str> {
        self.text[self.places[concept.get()][1].clone()].split('|').filter(|term| !term.is_empty())
    }

    /// The name, then the synonyms.
    pub fn terms(&self, concept: ConceptIndex) -> impl Iterator<Item = &str> {
        std::iter::once(self.name(concept)).chain(self.synonyms(concept))
    }
}
