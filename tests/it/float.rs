//! Float networks of the user's own, by tract's operators. The models and onnxruntime's answers are made by
//! `tests/fixtures/models/*.py`.

use std::sync::Arc;

use serde_json::Value;
use tagdrop::{
    ErrorCode,
    image::InputTensor,
    model::{Classifier, Manifest, Scores},
};

use crate::photos;

fn load(manifest: &Value, onnx: &[u8]) -> tagdrop::Result<Classifier> {
    Classifier::load(Arc::new(Manifest::parse(manifest.to_string())?), onnx)
}

/// The scores of the picture whose byte i is 7 i mod 256.
fn scores(manifest: &Value) -> Scores {
    let onnx = photos::read(&format!("tests/fixtures/models/{}", manifest["file"].as_str().unwrap()));
    let edge = manifest["input"]["shape"][3].as_u64().unwrap() as u32;
    let rgb = (0..edge * edge * 3).map(|i| (i * 7 % 256) as u8).collect();
    load(manifest, &onnx).unwrap().run(&InputTensor { edge, rgb }).unwrap()
}

/// Which of our values are not theirs.
fn wrong(ours: &[f32], theirs: &Value) -> Vec<usize> {
    let theirs: Vec<f32> = serde_json::from_value(theirs.clone()).unwrap();
    assert_eq!(ours.len(), theirs.len());
    let close = |at: usize| (ours[at] - theirs[at]).abs() <= 1e-4 * (1.0 + theirs[at].abs());
    (0..ours.len()).filter(|&at| !close(at)).collect()
}

#[test]
fn a_network_gives_onnxruntimes_answer_and_its_embedding() {
    let golden = photos::json("tests/fixtures/models/float.json");
    let scores = scores(&golden["manifest"]);
    assert!(wrong(&scores.logits, &golden["logits"]).is_empty());
    assert!(wrong(&scores.embedding, &golden["embedding"]).is_empty());
}

/// Two networks, one in an old operator set and one in a new, in which each operator has scores of its own.
#[test]
fn every_supported_operator_gives_onnxruntimes_answer() {
    for golden in photos::json("tests/fixtures/models/operators.json").as_array().unwrap() {
        let manifest = &golden["manifest"];
        let wrong = wrong(&scores(manifest).logits, &golden["logits"]);
        let names: Vec<&Value> = wrong.iter().map(|&at| &manifest["labels"][at]["name"]).collect();
        assert!(names.is_empty(), "{}: {names:?}", manifest["id"]);
    }
}

#[test]
fn an_operator_that_is_not_supported_is_refused_by_its_name() {
    let golden = photos::json("tests/fixtures/models/float.json");
    let mut onnx = photos::read("tests/fixtures/models/float.onnx");
    // Both names have as many letters, so the file stays well-formed.
    let at = onnx.windows(4).position(|bytes| bytes == b"Clip").unwrap();
    onnx[at..at + 4].copy_from_slice(b"Loop");
    let error = load(&golden["manifest"], &onnx).unwrap_err();
    assert_eq!(error.code, ErrorCode::ModelMismatch);
    assert!(error.message.contains("operator Loop is not supported"), "{error}");
}
