use tagdrop::{
    ErrorCode, Tagger,
    image::decode,
    tags::{SelectChange, SelectOptions, State},
};

use crate::photos;

#[test]
fn known_photos_get_their_known_answers() {
    let answers = photos::json("tests/fixtures/golden/answers.json");
    let answers = answers["photos"].as_array().unwrap();
    assert!(answers.len() >= 3);
    for answer in answers {
        let file = answer["file"].as_str().unwrap();
        let pixels = decode(&photos::photo(file)).unwrap();
        let logits = photos::tagger().classify(&pixels).unwrap().logits;
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        let top5: Vec<usize> = serde_json::from_value(answer["top5"].clone()).unwrap();
        assert_eq!(order[0], top5[0], "{file}");
        // Our decoder and resizer differ from Pillow's in the last bit, which may swap neighbours but not replace them all.
        let common = order[..5].iter().filter(|class| top5.contains(class)).count();
        assert!(common >= 4, "{file}: {:?} instead of {top5:?}", &order[..5]);
    }
}

/// `tests/browser/chapters/photos.mjs` holds both browsers to the same file: three ways, one answer.
#[test]
fn scores_are_the_same_here_as_in_the_browsers() {
    let golden = photos::json("tests/fixtures/golden/native-scores.json");
    let photos_scored = golden["photos"].as_array().unwrap();
    assert!(photos_scored.len() >= 5);
    for photo in photos_scored {
        let file = photo["file"].as_str().unwrap();
        let logits = photos::tagger().classify(&decode(&photos::photo(file)).unwrap()).unwrap().logits;
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        let expected = photo["scores"].as_object().unwrap();
        assert_eq!(expected.len(), 5, "{file}");
        for class in &order[..5] {
            let score = expected
                .get(&class.to_string())
                .unwrap_or_else(|| panic!("{file}: class {class} is new"))
                .as_f64()
                .unwrap();
            assert!(
                (f64::from(logits[*class]) - score).abs() < 1e-4,
                "{file}, class {class}: {} and {score}",
                logits[*class]
            );
        }
    }
}

#[test]
fn tags_carry_ids_names_and_confidences() {
    let tags = photos::tagger().tag(&photos::photo("chelsea.jpg")).unwrap();
    assert!(!tags.is_empty() && tags.len() <= 5);
    assert!(tags.iter().all(|tag| (0.15..=1.0).contains(&tag.confidence)));
    for (id, name) in [("n02121808", "cat"), ("n01318894", "pet")] {
        let tag = tags.iter().find(|tag| tag.id == id).unwrap_or_else(|| panic!("no {name}: {tags:?}"));
        assert_eq!((tag.name.as_str(), tag.state), (name, State::Accepted));
    }
}

#[test]
fn a_bad_file_leaves_the_tagger_as_it_was() {
    let tagger = photos::tagger();
    let before = tagger.tag(&photos::photo("coffee.jpg")).unwrap();
    assert_eq!(tagger.tag(b"not an image at all").unwrap_err().code, ErrorCode::UnsupportedFormat);
    assert_eq!(tagger.tag(b"").unwrap_err().code, ErrorCode::EmptyFile);
    assert_eq!(tagger.tag(&photos::photo("coffee.jpg")).unwrap(), before);
}

#[test]
fn a_model_that_is_not_what_its_manifest_says_is_refused() {
    let load = |manifest: &str, onnx: &[u8]| Tagger::verified(manifest, onnx, SelectOptions::default()).unwrap_err();
    let (manifest, onnx) = (photos::manifest(), photos::onnx());

    let mut flipped = onnx.clone();
    flipped[1_000_000] ^= 1;
    assert!(load(&manifest, &flipped).message.contains("SHA-256"));

    let short = Tagger::new(&manifest, &onnx[..1000], SelectOptions::default()).unwrap_err();
    assert_eq!(short.code, ErrorCode::ModelMismatch);

    let mut cut = photos::json("models/efficientnet-lite0/manifest.json");
    cut["bytes"] = 1000.into();
    let cut = Tagger::new(cut.to_string(), &onnx[..1000], SelectOptions::default()).unwrap_err();
    assert_eq!(cut.code, ErrorCode::ModelMismatch);

    for (pointer, value) in [
        ("/input/shape", serde_json::json!([1, 3, 224, 200])),
        ("/input/layout", "NHWC".into()),
        ("/input/filter", "nearest".into()),
        ("/input/crop", 0.0.into()),
        ("/input/scale", serde_json::json!([0.0, 1.0, 1.0])),
        ("/labels", serde_json::json!([])),
        ("/calibration/temperature", 0.0.into()),
        ("/outputs/logits", "elsewhere".into()),
    ] {
        let mut wrong = photos::json("models/efficientnet-lite0/manifest.json");
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert_eq!(load(&wrong.to_string(), &onnx).code, ErrorCode::ModelMismatch, "{pointer}");
    }
    assert_eq!(load("{", &onnx).code, ErrorCode::ModelMismatch);
}

#[test]
fn a_graph_of_the_wrong_edge_is_refused_or_runs_but_never_panics() {
    // EfficientNet is fully convolutional up to its pool, so another edge is another network, not a broken one.
    let mut other = photos::json("models/efficientnet-lite0/manifest.json");
    other["input"]["shape"] = serde_json::json!([1, 3, 192, 192]);
    let tagger = Tagger::new(other.to_string(), photos::onnx(), SelectOptions::default()).unwrap();
    let pixels = decode(&photos::photo("chelsea.jpg")).unwrap();
    assert_eq!(tagger.classify(&pixels).unwrap().logits.len(), 1000);
}

#[test]
fn a_tagger_changes_its_language_and_options_together_or_not_at_all() {
    let mut tagger = Tagger::verified(&photos::manifest(), &photos::onnx(), SelectOptions::default())
        .and_then(|tagger| tagger.with_vocabulary(&photos::vocabulary("concepts"), "en", photos::vocabulary("en")))
        .unwrap();
    let change = |json: &str| SelectChange::from_json(json).unwrap();
    let german = || Some(("de", photos::vocabulary("de")));
    for (json, names) in [(r#"{"deny":["dog"]}"#, german()), (r#"{"maxTags":1}"#, Some(("de", "Hund".to_owned())))] {
        tagger.change(change(json), names).unwrap_err();
        assert_eq!((tagger.about().locale, &tagger.options), ("en", &SelectOptions::default()));
    }
    tagger.change(change(r#"{"deny":["Hund/*"]}"#), german()).unwrap();
    assert_eq!((tagger.about().locale, tagger.options.deny.as_slice()), ("de", &["n02084071/*".to_owned()][..]));
    let names = tagger.names(vec!["n02084071".to_owned(), "no such id".to_owned()]);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), [("n02084071".to_owned(), "Hund")]);
}

#[test]
fn words_are_sought_in_the_taggers_own_language_or_in_those_given() {
    let tagger = photos::tagger();
    let found = |words: &str, languages: &[&str]| {
        let names = languages.iter().map(|language| photos::vocabulary(language)).collect();
        tagger.search(words, names).unwrap().into_iter().next().map(|concept| concept.name)
    };
    assert_eq!(found("DOG", &[]).as_deref(), Some("dog"));
    assert_eq!(found("犬", &[]), None);
    for word in ["dog", "Hund", "chien", "犬"] {
        assert_eq!(found(word, &["en", "de", "fr", "ja"]).as_deref(), Some("dog"), "{word}");
    }
}
