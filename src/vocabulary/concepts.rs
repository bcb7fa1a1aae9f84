//! `concepts.tsv`: the ids, what each rolls up to, and what kind of tag it makes.

use std::collections::HashMap;

use super::{lines, wrong};
use crate::{Result, limits};

/// Where a concept stands in [`Concepts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConceptIndex(u16);

impl ConceptIndex {
    /// Of the concept that stands there, if so many can be.
    pub(super) fn new(index: usize) -> Option<Self> {
        u16::try_from(index).ok().map(Self)
    }

    /// 0 up to [`Concepts::len`].
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// What kind of thing a tag names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Living animals.
    Animal,
    /// Plants, their parts, fungi.
    Plant,
    /// What is eaten and drunk.
    Food,
    /// People, by what they are or do.
    Person,
    /// What is worn or carried.
    Clothing,
    /// The household and its rooms.
    Home,
    /// What carries people and goods.
    Vehicle,
    /// Landscape, seasons, elements.
    Nature,
    /// Buildings, streets, sights.
    Place,
    /// Instruments and what belongs to music.
    Music,
    /// Sport, games and free time.
    Sport,
    /// Electronics, optics, science.
    Technology,
    /// What work is done with.
    Tool,
    /// Everything else.
    Object,
}

impl Category {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 14] = [
        Self::Animal,
        Self::Plant,
        Self::Food,
        Self::Person,
        Self::Clothing,
        Self::Home,
        Self::Vehicle,
        Self::Nature,
        Self::Place,
        Self::Music,
        Self::Sport,
        Self::Technology,
        Self::Tool,
        Self::Object,
    ];

    /// As the file says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Animal => "animal",
            Self::Plant => "plant",
            Self::Food => "food",
            Self::Person => "person",
            Self::Clothing => "clothing",
            Self::Home => "home",
            Self::Vehicle => "vehicle",
            Self::Nature => "nature",
            Self::Place => "place",
            Self::Music => "music",
            Self::Sport => "sport",
            Self::Technology => "technology",
            Self::Tool => "tool",
            Self::Object => "object",
        }
    }
}

/// One thing that a tag can name.
#[derive(Debug, Clone, PartialEq)]
pub struct Concept {
    /// WordNet 3.0 synset, such as `n02123045`, or `tagdrop:` and a name where WordNet lacks the concept.
    pub id: String,
    /// Right above it; none for the broadest.
    pub parents: Vec<ConceptIndex>,
    /// What kind of thing it is.
    pub category: Category,
    /// How much people care to have it as a tag: 0 is normal, above is better, below is noise.
    pub priority: i8,
    /// Whether it is worth showing at all; if not, only what it rolls up to is.
    pub shown: bool,
    /// The confidence it needs to be suggested, 0 to 1, where that was measured.
    pub threshold: Option<f32>,
}

/// All concepts of a model: its classes and the broader ones that they roll up to.
#[derive(Debug, Clone)]
pub struct Concepts {
    concepts: Vec<Concept>,
    by_id: HashMap<String, ConceptIndex>,
    above: Vec<Vec<ConceptIndex>>,
}

impl Concepts {
    /// Reads `concepts.tsv`: a concept a line, its fields separated by tabs: id, parents' ids separated by spaces, category,
    /// priority, shown (1 or 0), threshold or nothing.
    ///
    /// # Errors
    /// `model-mismatch`, with the line: a field that cannot be read, an id twice, a parent that is no concept, a circle.
    pub fn parse(tsv: &str) -> Result<Self> {
        let (mut concepts, mut parents, mut by_id) = (vec![], vec![], HashMap::new());
        for (number, line) in lines(tsv)? {
            let at = |problem: &str| wrong(format!("line {number} of the concepts, {problem}"));
            let fields: Vec<&str> = line.split('\t').collect();
            let [id, above, category, priority, shown, threshold] = fields[..] else {
                return Err(at("there must be six fields"));
            };
            if id.is_empty() || concepts.len() >= limits::MAX_CONCEPTS {
                return Err(at("an id is missing or there are too many concepts"));
            }
            if by_id.insert(id.to_owned(), ConceptIndex(concepts.len() as u16)).is_some() {
                return Err(at(&format!("{id} stands there twice")));
            }
            parents.push((number, above));
            concepts.push(Concept {
                id: id.to_owned(),
                parents: vec![],
                category: Category::ALL
                    .into_iter()
                    .find(|c| c.as_str() == category)
                    .ok_or_else(|| at("the category is unknown"))?,
                priority: priority.parse().map_err(|_| at("the priority must be a small whole number"))?,
                shown: match shown {
                    "1" => true,
                    "0" => false,
                    _ => return Err(at("shown must be 1 or 0")),
                },
                threshold: match threshold {
                    "" => None,
                    number => match number.parse() {
                        Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
                        _ => return Err(at("the threshold must be from 0 to 1")),
                    },
                },
            });
        }
        for (concept, (number, ids)) in concepts.iter_mut().zip(parents) {
            for id in ids.split_whitespace() {
                concept.parents.push(
                    *by_id
                        .get(id)
                        .ok_or_else(|| wrong(format!("line {number} of the concepts, {id} is no concept")))?,
                );
            }
        }
        let above = close(&concepts)?;
        Ok(Self { concepts, by_id, above })
    }

    /// Concepts without anything above them, for models that have no vocabulary. An id that comes again is the same concept.
    ///
    /// # Errors
    /// `model-mismatch` if there are too many or an id is empty.
    pub fn plain<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let (mut concepts, mut by_id) = (vec![], HashMap::new());
        for id in ids {
            if id.is_empty() || concepts.len() >= limits::MAX_CONCEPTS {
                return Err(wrong("an id is missing or there are too many concepts"));
            }
            by_id.entry(id.to_owned()).or_insert_with(|| {
                concepts.push(Concept {
                    id: id.to_owned(),
                    parents: vec![],
                    category: Category::Object,
                    priority: 0,
                    shown: true,
                    threshold: None,
                });
                ConceptIndex((concepts.len() - 1) as u16)
            });
        }
        let above = vec![vec![]; concepts.len()];
        Ok(Self { concepts, by_id, above })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (ConceptIndex, &Concept)> {
        (0..).map(ConceptIndex).zip(&self.concepts)
    }

    /// The concept that has this id.
    pub fn find(&self, id: &str) -> Option<ConceptIndex> {
        self.by_id.get(id).copied()
    }

    /// What is known of a concept.
    pub fn get(&self, concept: ConceptIndex) -> &Concept {
        &self.concepts[concept.get()]
    }

    /// All that a concept rolls up to, nearest first, itself left out.
    pub fn above(&self, concept: ConceptIndex) -> &[ConceptIndex] {
        &self.above[concept.get()]
    }

    /// Whether one concept is another or below it: a search for "dog" finds what is tagged "beagle".
    pub fn is_a(&self, concept: ConceptIndex, broader: ConceptIndex) -> bool {
        concept == broader || self.above(concept).contains(&broader)
    }
}

/// Of each concept all that is above it, level by level.
fn close(concepts: &[Concept]) -> Result<Vec<Vec<ConceptIndex>>> {
    let mut above = Vec::with_capacity(concepts.len());
    for (at, concept) in concepts.iter().enumerate() {
        let mut found = concept.parents.clone();
        let mut next = 0;
        while let Some(&reached) = found.get(next) {
            if reached.get() == at {
                return Err(wrong(format!("{} is above itself", concept.id)));
            }
            for &parent in &concepts[reached.get()].parents {
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
            next += 1;
        }
        above.push(found);
    }
    Ok(above)
}
