//! `<language>.tsv`: what people of one language call the concepts.

use std::{collections::HashMap, ops::Range, sync::OnceLock};

use super::{ConceptIndex, Concepts, fold::fold, lines, wrong};
use crate::{Result, limits};

/// Names and synonyms of all concepts in one language.
#[derive(Debug, Clone)]
pub struct Names {
    language: String,
    text: String,
    /// Of each concept where its name and its synonyms stand in the text.
    places: Vec<[Range<usize>; 2]>,
    /// Which concepts a folded name or synonym means; made when first asked for.
    by_term: OnceLock<HashMap<String, Vec<ConceptIndex>>>,
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
        Ok(Self { language: language.to_owned(), text: tsv, places, by_term: OnceLock::new() })
    }

    /// Names alone, in no particular language, for models that have no vocabulary. Of a concept's several names the last counts; a
    /// concept that is not named has an empty one.
    pub fn plain<'a>(names: impl IntoIterator<Item = (&'a str, &'a str)>, concepts: &Concepts) -> Self {
        let (mut text, mut places) = (String::new(), vec![[0..0, 0..0]; concepts.len()]);
        for (id, name) in names {
            if let Some(concept) = concepts.find(id) {
                let start = text.len();
                text.push_str(name);
                places[concept.get()] = [start..text.len(), text.len()..text.len()];
            }
        }
        Self { language: String::new(), text, places, by_term: OnceLock::new() }
    }

    /// The concepts that are called so, case and accents aside: one by its name, or all that have such a synonym.
    pub fn find(&self, term: &str) -> Vec<ConceptIndex> {
        self.by_term.get_or_init(|| self.index()).get(&fold(term)).cloned().unwrap_or_default()
    }

    fn index(&self) -> HashMap<String, Vec<ConceptIndex>> {
        let concepts = || (0..self.places.len()).filter_map(ConceptIndex::new);
        let mut named: HashMap<String, Vec<ConceptIndex>> = HashMap::new();
        for concept in concepts() {
            named.entry(fold(self.name(concept))).or_default().push(concept);
        }
        let mut meant: HashMap<String, Vec<ConceptIndex>> = HashMap::new();
        for concept in concepts() {
            for term in self.synonyms(concept).map(fold).filter(|term| !named.contains_key(term)) {
                let concepts = meant.entry(term).or_default();
                if concepts.last() != Some(&concept) {
                    concepts.push(concept);
                }
            }
        }
        meant.extend(named);
        meant
    }

    /// As BCP 47 has it, such as `de`; empty if unknown.
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
