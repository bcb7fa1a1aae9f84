use proptest::prelude::*;
use serde_json::{Value, json};
use tagdrop::tags::{
    Rule, Source, State, Tag,
    export::{TaggedImage, aem, aws, csv, json as everything, liferay},
    tag::{ClassScore, Named, Why},
};

fn tag(name: &str) -> Tag {
    let parents = ["cat", "animal"].map(|name| Named { id: format!("id-{name}"), name: name.into() }).into();
    let why = Why {
        rule: Rule::Class,
        threshold: 0.15,
        classes: vec![ClassScore { id: "n1".into(), name: "tabby".into(), confidence: 0.75 }],
    };
    Tag {
        id: "n1".into(),
        name: name.into(),
        confidence: 0.75,
        source: Source::Local,
        state: State::Accepted,
        parents,
        why,
    }
}

fn named(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| tag(name)).collect()
}

fn image<'a>(file: &'a str, tags: &'a [Tag]) -> TaggedImage<'a> {
    TaggedImage { file, image: None, model: "lite0@1", tags }
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn json_has_everything() {
    let tags = named(&["tabby cat"]);
    let given = TaggedImage { image: Some("hash"), ..image("a.jpg", &tags) };
    let expected = json!({ "schema": "tagdrop/tags@1", "images": [{ "file": "a.jpg", "image": "hash", "model": "lite0@1", "tags": [{
        "id": "n1", "name": "tabby cat", "confidence": 0.75, "source": "local", "state": "accepted",
        "parents": [{ "id": "id-cat", "name": "cat" }, { "id": "id-animal", "name": "animal" }],
        "why": { "rule": "class", "threshold": 0.15f32, "classes": [{ "id": "n1", "name": "tabby", "confidence": 0.75 }] },
    }] }] });
    let written = everything(&[given]);
    assert_eq!(value(&written)["images"][0]["tags"][0]["parents"], expected["images"][0]["tags"][0]["parents"]);
    // A tag that was written can be read.
    let read: Vec<Tag> = serde_json::from_value(value(&written)["images"][0]["tags"].clone()).unwrap();
    assert_eq!(read, tags);
    assert_eq!(value(&written)["schema"], expected["schema"]);
    assert!(value(&everything(&[image("a.jpg", &tags)]))["images"][0].get("image").is_none());
}

#[test]
fn csv_is_rfc_4180_and_no_cell_is_a_formula() {
    let tags = named(&["tabby cat", "a \"big\", cat", "=HYPERLINK(\"http://x\")", "@SUM", " -1", "line\nbreak", "＝1"]);
    let written = csv(&[image("+a.jpg", &tags[..1]), image("b.jpg", &tags[1..])]);
    let mut lines = written.split("\r\n");
    assert_eq!(lines.next(), Some("file,id,name,confidence,state,source,parents"));
    assert_eq!(lines.next(), Some("\"'+a.jpg\",n1,tabby cat,0.7500,accepted,local,cat > animal"));
    for cell in [
        "\"a \"\"big\"\", cat\"",
        "\"'=HYPERLINK(\"\"http://x\"\")\"",
        "\"'@SUM\"",
        "\"' -1\"",
        "\"line\nbreak\"",
        "\"'＝1\"",
    ] {
        assert_eq!(lines.next(), Some(format!("b.jpg,n1,{cell},0.7500,accepted,local,cat > animal").as_str()));
    }
    assert_eq!((lines.next(), lines.next()), (Some(""), None));
}

#[test]
fn aem_gets_predicted_tags() {
    let expected = json!({ "predictedTags": {
        "0": { "name": "cat", "confidence": 0.75 }, "1": { "name": "pet", "confidence": 0.75 } } });
    assert_eq!(value(&aem(&image("a.jpg", &named(&["cat", "pet"])))), expected);
    assert_eq!(value(&aem(&image("a.jpg", &[]))), json!({ "predictedTags": {} }));
}

#[test]
fn liferay_gets_names_it_takes() {
    assert_eq!(
        liferay(&named(&["crane (bird)", "jack-o'-lantern", "A+B & C", "CAT", "cat", "***", "?", "tabby  cat", "犬"])),
        ["crane (bird)", "jack-o -lantern", "A B C", "CAT", "tabby cat", "犬"]
    );
    let long = "x".repeat(74) + "😀";
    assert_eq!(liferay(&named(&[&long])), ["x".repeat(74)]);
    let spaced = "x".repeat(74) + " y";
    assert_eq!(liferay(&named(&[&spaced])), ["x".repeat(74)]);
}

#[test]
fn aws_gets_labels_with_parents() {
    let expected = json!({ "LabelModelVersion": "lite0@1", "Labels": [{
        "Name": "tabby cat", "Confidence": 75.0, "Instances": [], "Aliases": [],
        "Parents": [{ "Name": "cat" }, { "Name": "animal" }],
    }] });
    assert_eq!(value(&aws(&image("a.jpg", &named(&["tabby cat"])))), expected);
}

proptest! {
    #[test]
    fn any_name_is_safe_everywhere(name in any::<String>()) {
        let tags = named(&[&name]);
        for liferay in liferay(&tags) {
            prop_assert!(liferay.encode_utf16().count() <= 75);
            prop_assert!(!liferay.contains(['&', '\'', '@', '\\', ',', '/', '"', '\n', '\0', '#', '?', ';', '*']));
            prop_assert_eq!(liferay.trim(), liferay.as_str());
        }
        let written = csv(&[image("a.jpg", &tags)]);
        let cell = written.strip_prefix("file,id,name,confidence,state,source,parents\r\na.jpg,n1,").unwrap();
        let cell = cell.strip_suffix(",0.7500,accepted,local,cat > animal\r\n").unwrap();
        let read = cell.strip_prefix('"').map_or(cell.to_owned(), |rest| rest.strip_suffix('"').unwrap().replace("\"\"", "\""));
        prop_assert!(!read.trim_start().starts_with(['=', '+', '-', '@']));
        prop_assert_eq!(read.strip_prefix('\'').filter(|_| !name.starts_with('\'')).unwrap_or(&read), &name);
        prop_assert_eq!(&value(&aem(&image("a.jpg", &tags)))["predictedTags"]["0"]["name"], &json!(name));
    }
}
