//! Which concepts are wanted: the allow and deny lists, and what a person rejected.

use super::{
    options::{SelectOptions, invalid},
    tag::Rule,
};
use crate::{
    Result,
    vocabulary::{ConceptIndex, Concepts, Names},
};

/// Behind an entry: what is below it is meant, too.
const BRANCH: &str = "/*";

/// The lists, looked up.
pub(super) struct Filter {
    allow: Vec<Entry>,
    deny: Vec<Entry>,
    only_allowed: bool,
    rejected: Vec<ConceptIndex>,
}

struct Entry {
    concept: ConceptIndex,
    /// Whether what is below it is meant, too.
    branch: bool,
}

impl Filter {
    /// Entries that name no concept are left out; [`resolve`] finds them.
    pub(super) fn new(options: &SelectOptions, concepts: &Concepts, names: &Names) -> Self {
        let look_up = |list: &[String]| list.iter().flat_map(|entry| entries(entry, concepts, names)).collect();
        Self {
            allow: look_up(&options.allow),
            deny: look_up(&options.deny),
            only_allowed: options.only_allowed,
            rejected: options.rejected.iter().filter_map(|id| concepts.find(id)).collect(),
        }
    }

    /// Why a concept is not wanted, or nothing if it is.
    pub(super) fn refuses(&self, concept: ConceptIndex, concepts: &Concepts) -> Option<Rule> {
        if self.rejected.contains(&concept) {
            return Some(Rule::Rejected);
        }
        let nearest = |list: &[Entry]| list.iter().filter_map(|entry| entry.distance(concept, concepts)).min();
        let (allowed, denied) = (nearest(&self.allow), nearest(&self.deny));
        match (allowed, denied) {
            (Some(allowed), Some(denied)) if denied <= allowed => Some(Rule::Denied),
            (None, Some(_)) => Some(Rule::Denied),
            (Some(_), _) => None,
            (None, None) if self.only_allowed => Some(Rule::NotAllowed),
            (None, None) if !concepts.get(concept).shown => Some(Rule::Hidden),
            (None, None) => None,
        }
    }
}

impl Entry {
    /// How far above the concept the entry is, 0 for the very one; nothing if it does not concern it.
    fn distance(&self, concept: ConceptIndex, concepts: &Concepts) -> Option<usize> {
        if self.concept == concept {
            return Some(0);
        }
        let above = concepts.above(concept).iter().position(|&broader| broader == self.concept);
        above.filter(|_| self.branch).map(|steps| steps + 1)
    }
}

/// What an entry of a list means: a name may belong to several concepts.
fn entries(entry: &str, concepts: &Concepts, names: &Names) -> Vec<Entry> {
    let (word, branch) = entry.strip_suffix(BRANCH).map_or((entry, false), |word| (word, true));
    let found = concepts.find(word).map_or_else(|| names.find(word), |concept| vec![concept]);
    found.into_iter().map(|concept| Entry { concept, branch }).collect()
}

/// The options with every name in the lists replaced by the ids that it means, so that they mean the same in another language.
///
/// # Errors
/// `invalid-options`, naming an entry of a list or of the thresholds that is no concept.
pub(super) fn resolve(mut options: SelectOptions, concepts: &Concepts, names: &Names) -> Result<SelectOptions> {
    let stranger = |entry: &str| invalid(format!("{entry} is neither the id nor the name of a concept."));
    for list in [&mut options.allow, &mut options.deny] {
        let mut ids = Vec::with_capacity(list.len());
        for entry in list.iter() {
            let meant = entries(entry, concepts, names);
            if meant.is_empty() {
                return Err(stranger(entry));
            }
            let spelled = |Entry { concept, branch }: Entry| {
                format!("{}{}", concepts.get(concept).id, if branch { BRANCH } else { "" })
            };
            ids.extend(meant.into_iter().map(spelled));
        }
        *list = ids;
    }
    match options.thresholds.keys().find(|id| concepts.find(id).is_none()) {
        Some(id) => Err(stranger(id)),
        None => Ok(options),
    }
}
