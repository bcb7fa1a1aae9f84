use std::collections::{BTreeMap, BTreeSet};

use tagdrop::{
    Error, ErrorCode,
    model::Manifest,
    vocabulary::{Category, ConceptIndex, Concepts, Names, fold::fold, search},
};

use crate::photos;

fn concepts() -> Concepts {
    Concepts::parse(&photos::vocabulary("concepts")).unwrap()
}

fn names(language: &str, concepts: &Concepts) -> Names {
    Names::parse(language, photos::vocabulary(language), concepts).unwrap()
}

fn labels() -> Vec<String> {
    Manifest::parse(photos::manifest()).unwrap().labels.into_iter().map(|label| label.id).collect()
}

/// The one concept whose English name this is.
fn called(name: &str, concepts: &Concepts) -> ConceptIndex {
    let english = names("en", concepts);
    let found: Vec<ConceptIndex> = concepts.iter().map(|(at, _)| at).filter(|&at| english.name(at) == name).collect();
    assert_eq!(found.len(), 1, "{name}");
    found[0]
}

fn assert_wrong<T: std::fmt::Debug>(outcome: Result<T, Error>, part: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code, ErrorCode::ModelMismatch);
    assert!(error.message.contains(part), "{error}");
}

#[test]
fn every_class_is_a_concept_and_every_other_concept_is_above_some_class() {
    let concepts = concepts();
    let classes: BTreeSet<ConceptIndex> = labels().iter().map(|id| concepts.find(id).expect(id)).collect();
    assert_eq!(classes.len(), 1000);
    let reached: BTreeSet<ConceptIndex> = classes.iter().flat_map(|&class| concepts.above(class)).copied().collect();
    for (at, concept) in concepts.iter() {
        assert!(classes.contains(&at) || reached.contains(&at), "nothing is below {}", concept.id);
    }
}

#[test]
fn every_category_is_used_and_a_hidden_class_rolls_up_to_something_shown() {
    let concepts = concepts();
    for category in Category::ALL {
        assert!(concepts.iter().any(|(_, concept)| concept.category == category), "{category:?}");
    }
    let hidden: Vec<_> = concepts.iter().filter(|(_, concept)| !concept.shown).collect();
    assert!(!hidden.is_empty() && hidden.len() < 30, "{} hidden", hidden.len());
    for (_, concept) in hidden {
        assert!(concept.parents.iter().all(|&parent| concepts.get(parent).shown), "{}", concept.id);
    }
}

#[test]
fn ids_are_synsets_or_our_own() {
    for (_, concept) in concepts().iter() {
        let synset =
            concept.id.strip_prefix('n').is_some_and(|n| n.len() == 8 && n.bytes().all(|b| b.is_ascii_digit()));
        let own = concept
            .id
            .strip_prefix("tagdrop:")
            .is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        assert!(synset || own, "{}", concept.id);
    }
}

#[test]
fn parents_are_nearest_and_chains_short() {
    let concepts = concepts();
    for (at, concept) in concepts.iter() {
        assert!(concepts.above(at).len() <= 10, "{} has too much above it", concept.id);
        for (i, &parent) in concept.parents.iter().enumerate() {
            for &other in &concept.parents[i + 1..] {
                assert!(
                    !concepts.is_a(parent, other) && !concepts.is_a(other, parent),
                    "{} has a parent that another implies",
                    concept.id
                );
            }
        }
    }
}

#[test]
fn people_find_what_they_mean_above() {
    let concepts = concepts();
    for (narrow, broad) in [
        ("tabby cat", "cat"),
        ("tabby cat", "pet"),
        ("tabby cat", "animal"),
        ("sports car", "car"),
        ("sports car", "vehicle"),
        ("espresso", "coffee"),
        ("espresso", "drink"),
        ("seashore", "beach"),
        ("volcano", "mountain"),
        ("Cardigan Welsh corgi", "dog"),
        ("cardigan", "clothing"),
        ("crane (bird)", "bird"),
        ("computer mouse", "electronics"),
        ("boxer (dog)", "dog"),
        ("acoustic guitar", "musical instrument"),
        ("suspension bridge", "bridge"),
        ("broccoli", "vegetable"),
        ("folding chair", "furniture"),
    ] {
        assert!(concepts.is_a(called(narrow, &concepts), called(broad, &concepts)), "{narrow} is no {broad}");
    }
    assert!(!concepts.is_a(called("crane (machine)", &concepts), called("animal", &concepts)));
}

#[test]
fn all_languages_are_complete_and_tell_siblings_apart() {
    let concepts = concepts();
    for language in Names::LANGUAGES {
        let names = names(language, &concepts);
        let mut siblings: BTreeMap<(Option<ConceptIndex>, String), &str> = BTreeMap::new();
        for (at, concept) in concepts.iter() {
            let name = names.name(at);
            assert_eq!(name, name.trim());
            assert!(!fold(name).is_empty(), "{language}: {}", concept.id);
            let parents = concept.parents.iter().map(|&parent| Some(parent));
            for parent in parents.chain(concept.parents.is_empty().then_some(None)) {
                let other = siblings.insert((parent, name.to_lowercase()), &concept.id);
                assert_eq!(other, None, "{language}: {name} is {} too", concept.id);
            }
            let terms: Vec<String> = names.terms(at).map(str::to_lowercase).collect();
            assert!(terms.iter().all(|term| term == term.trim() && !term.is_empty()), "{language}: {}", concept.id);
            assert_eq!(
                terms.iter().collect::<BTreeSet<_>>().len(),
                terms.len(),
                "{language}: {} says a word twice",
                concept.id
            );
        }
    }
}

#[test]
fn no_two_classes_share_a_name() {
    let concepts = concepts();
    for language in Names::LANGUAGES {
        let names = names(language, &concepts);
        let mut owners = BTreeMap::new();
        for id in labels() {
            let name = names.name(concepts.find(&id).unwrap()).to_lowercase();
            if let Some(other) = owners.insert(name.clone(), id.clone()) {
                panic!("{language}: {other} and {id} are both called {name}");
            }
        }
    }
}

#[test]
fn homonyms_are_different_tags() {
    let concepts = concepts();
    for language in Names::LANGUAGES {
        let names = names(language, &concepts);
        let name = |id: &str| names.name(concepts.find(id).expect(id)).to_lowercase();
        for (one, other) in [
            ("n02012849", "n03126707"), // crane: bird, machine
            ("n03710637", "n03710721"), // maillot: tights, swimsuit
            ("n02113186", "n02963159"), // cardigan: dog, jacket
            ("n03773504", "n04008634"), // missile, projectile
            ("n04355933", "n04356056"), // sunglass, sunglasses
            ("n03782006", "n04152593"), // monitor, screen
            ("n03642806", "n03832673"), // laptop, notebook
            ("n02808440", "n04493381"), // bathtub, vat
            ("n03110669", "n03394916"), // trumpet, French horn: both are horns
            ("n04404412", "n04152593"), // television, screen
        ] {
            assert_ne!(name(one), name(other), "{language}");
        }
    }
}

#[test]
fn a_search_forgives_case_and_accents_in_every_language() {
    let concepts = concepts();
    let all: Vec<Names> = Names::LANGUAGES.iter().map(|language| names(language, &concepts)).collect();
    let languages: Vec<&Names> = all.iter().collect();
    let dog = concepts.find("n02084071").unwrap();
    for word in ["dog", "DOGS", "Hund", "chien", "perro", "cachorro", "cane", "hond", "pies", "犬", "狗"] {
        assert!(search(word, &concepts, &languages).contains(&dog), "{word}");
    }
    let english = names("en", &concepts);
    let found = |words: &str| search(words, &concepts, &[&english]);
    assert_eq!(found("Dog")[0], dog);
    assert_eq!(found("consomme"), found("Consommé"));
    assert_eq!(found("consomme").len(), 1);
    let cranes = found("crane");
    assert!(["n02012849", "n03126707"].iter().all(|id| cranes.contains(&concepts.find(id).unwrap())));
    assert!(
        found("ane")
            .iter()
            .all(|&at| english.terms(at).any(|term| fold(term).split(' ').any(|w| w.starts_with("ane"))))
    );
    assert!(found("").is_empty() && found(" -,").is_empty() && found("xyzzy").is_empty());
}

#[test]
fn folding_keeps_letters_and_drops_the_rest() {
    for (text, folded) in [
        ("Jack-o'-lantern", "jack o lantern"),
        ("  Éclair  au CAFÉ ", "eclair au cafe"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("cœur", "coeur"),
        ("e\u{301}te\u{301}", "ete"),
        ("カメラ", "かめら"),
        ("ＴＶ", "tv"),
        ("crane (bird)", "crane bird"),
        ("咖啡", "咖啡"),
    ] {
        assert_eq!(fold(text), folded);
    }
}

#[test]
fn a_wrong_file_is_refused_with_its_line() {
    let concept = |line: &str| Concepts::parse(&format!("# head\na\t\ttool\t0\t1\t\n{line}\n"));
    assert_eq!(concept("b\ta\ttool\t-1\t0\t0.5").unwrap().len(), 2);
    assert_wrong(concept("b\ta\ttool\t0\t1"), "line 3");
    assert_wrong(concept("a\t\ttool\t0\t1\t"), "twice");
    assert_wrong(concept("b\tc\ttool\t0\t1\t"), "c is no concept");
    assert_wrong(concept("b\tb\ttool\t0\t1\t"), "above itself");
    assert_wrong(concept("b\t\ttols\t0\t1\t"), "category");
    assert_wrong(concept("b\t\ttool\tx\t1\t"), "priority");
    assert_wrong(concept("b\t\ttool\t0\tyes\t"), "shown");
    assert_wrong(concept("b\t\ttool\t0\t1\t2"), "threshold");
    assert_wrong(Concepts::parse("a\tb\ttool\t0\t1\t\nb\ta\ttool\t0\t1\t\nc\ta\ttool\t0\t1\t"), "above itself");

    let concepts = concept("b\ta\ttool\t0\t1\t").unwrap();
    let names = |text: &str| Names::parse("en", text.to_owned(), &concepts);
    let read = names("b\tbee\tx|y\n# between\na\tay\t\n").unwrap();
    let (a, b) = (concepts.find("a").unwrap(), concepts.find("b").unwrap());
    assert_eq!((read.language(), read.name(a), read.name(b)), ("en", "ay", "bee"));
    assert_eq!(read.terms(b).collect::<Vec<_>>(), ["bee", "x", "y"]);
    assert_eq!(read.synonyms(a).count(), 0);
    assert_eq!(read.find("BEE"), [b]);
    assert_eq!((read.find("y"), read.find("z")), (vec![b], vec![]));
    assert_wrong(names("a\tay\t"), "b has no name");
    assert_wrong(names("a\tay\t\na\tay\t\nb\tbee\t"), "two");
    assert_wrong(names("a\tay\t\nb\t\t"), "no name");
    assert_wrong(names("a\tay\t\nc\tsee\t"), "c is no concept");
    assert_wrong(names("a\tay"), "three fields");
    assert_wrong(names(&format!("a\t{}\t", "y".repeat(1021))), "too long");
}
