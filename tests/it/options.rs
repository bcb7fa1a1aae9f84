use serde_json::json;
use tagdrop::{
    ErrorCode,
    tags::{SelectChange, SelectOptions},
};

fn change(json: serde_json::Value) -> SelectChange {
    serde_json::from_value(json).unwrap()
}

#[test]
fn what_is_left_out_stays_and_null_resets() {
    let changed = SelectOptions::default().with(change(json!({ "maxTags": 0, "minConfidence": 0.5 }))).unwrap();
    assert_eq!(changed, SelectOptions { max_tags: 0, min_confidence: 0.5, ..SelectOptions::default() });
    let again = changed.with(change(json!({ "maxTags": null }))).unwrap();
    assert_eq!(again, SelectOptions { min_confidence: 0.5, ..SelectOptions::default() });
}

#[test]
fn the_ends_of_each_range_are_allowed_and_beyond_is_refused() {
    for name in ["minConfidence", "acceptConfidence", "acceptAllConfidence", "relativeCut"] {
        for value in [0.0, 1.0] {
            assert!(SelectOptions::default().with(change(json!({ name: value }))).is_ok(), "{name} {value}");
        }
        for value in [-0.01, 1.01] {
            let error = SelectOptions::default().with(change(json!({ name: value }))).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidOptions);
            assert!(error.message.contains(name), "{error}");
        }
    }
    for value in [-1.0, 2.5] {
        let error = SelectOptions::default().with(change(json!({ "maxTags": value }))).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidOptions);
    }
}

#[test]
fn lists_and_thresholds_are_replaced_as_a_whole_and_null_empties_them() {
    let lists =
        json!({ "allow": ["dog"], "deny": ["animal/*"], "onlyAllowed": true, "thresholds": { "n02084071": 0.9 } });
    let set = SelectOptions::default().with(change(lists)).unwrap();
    assert_eq!((set.allow.as_slice(), set.deny.as_slice()), (&["dog".to_owned()][..], &["animal/*".to_owned()][..]));
    assert!(set.only_allowed);
    assert_eq!(set.thresholds["n02084071"], 0.9);
    let other = set.with(change(json!({ "deny": [] }))).unwrap();
    assert_eq!((other.allow.len(), other.deny.len(), other.only_allowed), (1, 0, true));
    let none = json!({ "allow": null, "deny": null, "onlyAllowed": null, "thresholds": null });
    assert_eq!(set.with(change(none)).unwrap(), SelectOptions::default());
    let beyond = SelectOptions::default().with(change(json!({ "thresholds": { "x": 2 } }))).unwrap_err();
    assert_eq!(beyond.code, ErrorCode::InvalidOptions);
}

#[test]
fn unknown_names_wrong_types_and_what_is_no_object_are_refused() {
    for (json, said) in [
        (r#"{"maxtags":3}"#, "maxTags"),
        (r#"{"maxTags":"3"}"#, "f64"),
        // What JavaScript's numbers beyond JSON come as.
        (r#"{"minConfidence":"NaN"}"#, "NaN"),
        (r#"{"allow":[null]}"#, "string"),
        ("[5]", "object"),
        ("5", "object"),
        ("null", "object"),
        ("{", "EOF"),
    ] {
        let error = SelectChange::from_json(json).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidOptions);
        assert!(error.message.contains(said), "{json}: {error}");
    }
}

#[test]
fn options_written_as_json_are_read_as_the_same() {
    let lists =
        r#"{"allow":["dog"],"deny":["animal/*"],"onlyAllowed":true,"thresholds":{"n02084071":0.9},"relativeCut":0.3}"#;
    let options = SelectOptions::default().with(SelectChange::from_json(lists).unwrap()).unwrap();
    let json = serde_json::to_string(&options).unwrap();
    assert_eq!(SelectOptions::default().with(SelectChange::from_json(&json).unwrap()).unwrap(), options);
}
