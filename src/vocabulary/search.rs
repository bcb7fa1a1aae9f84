//! Words in any language → concepts.

use super::{
    ConceptIndex, Concepts, Names,
    fold::{fold, fold_into},
};

/// How well a word fits a concept; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Name,
    Synonym,
    NameBegins,
    WordBegins,
}

/// The concepts that `words` may mean in any of the languages, best first: those called so, those with such a synonym, those whose
/// name begins so, those with a word that begins so. Case and accents do not matter; see [`fold()`].
///
/// Within a rank broader concepts come first, as the file lists them. To find pictures, look for tags that
/// [are a](Concepts::is_a) concept found here. In scripts without spaces between words a match may begin anywhere.
pub fn search(words: &str, concepts: &Concepts, languages: &[&Names]) -> Vec<ConceptIndex> {
    let sought = fold(words);
    if sought.is_empty() {
        return vec![];
    }
    let anywhere = sought.starts_with(is_unspaced);
    let mut folded = String::new();
    let mut found: Vec<(Fit, ConceptIndex)> = concepts
        .iter()
        .filter_map(|(concept, _)| {
            let fits = languages.iter().flat_map(|names| names.terms(concept).enumerate()).filter_map(|(nth, term)| {
                folded.clear();
                fold_into(term, &mut folded);
                fit(&sought, &folded, nth == 0, anywhere)
            });
            Some((fits.min()?, concept))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, concept)| concept).collect()
}

fn fit(sought: &str, term: &str, is_name: bool, anywhere: bool) -> Option<Fit> {
    let mut starts = term.match_indices(sought).map(|(at, _)| at);
    if term == sought {
        Some(if is_name { Fit::Name } else { Fit::Synonym })
    } else if is_name && term.starts_with(sought) {
        Some(Fit::NameBegins)
    } else {
        starts.any(|at| anywhere || at == 0 || term.as_bytes()[at - 1] == b' ').then_some(Fit::WordBegins)
    }
}

/// Kana and Chinese characters, as [`fold()`] leaves them.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}
