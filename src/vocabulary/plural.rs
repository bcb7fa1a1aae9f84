//! Whether two words are one in singular and plural.

/// Endings of a language: of the plural, and what the singular has there instead. Longer ones are no rule of their own where a shorter
/// one says the same. Only regular plurals; a vocabulary's synonyms hold the others.
fn endings(language: &str) -> &'static [(&'static str, &'static str)] {
    match language {
        "en" => &[("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man")],
        "de" => &[("e", ""), ("n", ""), ("en", ""), ("er", ""), ("s", ""), ("nen", "")],
        "fr" => &[("s", ""), ("x", ""), ("aux", "al")],
        "es" => &[("s", ""), ("es", ""), ("ces", "z")],
        "pt" => &[("s", ""), ("es", ""), ("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ns", "m")],
        "it" => &[("i", "o"), ("i", "e"), ("e", "a"), ("chi", "co"), ("ghi", "go"), ("che", "ca"), ("ghe", "ga")],
        "nl" => &[("s", ""), ("en", ""), ("n", ""), ("zen", "s"), ("ven", "f")],
        // Polish has too many for rules; Japanese and Chinese have none.
        _ => &[],
    }
}

/// Letters of a singular: "gas" is no plural.
const SHORTEST: usize = 3;

/// What a folded word would be in the singular if it were a plural: a guess for each rule that fits, `language` as BCP 47 has it. Of
/// several words the last counts.
pub fn singulars<'a>(word: &'a str, language: &str) -> impl Iterator<Item = String> + 'a {
    endings(language).iter().filter_map(|(plural, singular)| {
        let guess = format!("{}{singular}", word.strip_suffix(plural)?);
        let last = guess.rsplit(' ').next().unwrap_or(&guess);
        (last.chars().count() >= SHORTEST).then_some(guess)
    })
}

/// Whether one of two folded words is a plural of the other.
pub fn is_plural_pair(one: &str, other: &str, language: &str) -> bool {
    singulars(one, language).any(|guess| guess == other) || singulars(other, language).any(|guess| guess == one)
}
