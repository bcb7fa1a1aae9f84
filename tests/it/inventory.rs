//! tract runs with the stand-in for `inventory`: nothing it needs may be missing.

use tagdrop::{Tagger, image::InputTensor, tags::SelectOptions};

use crate::photos;

/// A float network of one convolution, made by `tests/fixtures/models/make.py`, with its answer under onnxruntime.
#[test]
fn a_float_model_of_the_users_own_gives_onnxruntimes_answer() {
    let golden = photos::json("tests/fixtures/models/float.json");
    let tagger = Tagger::verified(
        &golden["manifest"].to_string(),
        &photos::read("tests/fixtures/models/float.onnx"),
        SelectOptions::default(),
    )
    .unwrap();
    let edge = tagger.manifest().edge();
    let rgb: Vec<u8> = (0..edge * edge * 3).map(|i| (i * 7 % 256) as u8).collect();
    let scores = tagger.classifier().run(&InputTensor { edge, rgb }).unwrap();
    let close = |ours: &[f32], theirs: &serde_json::Value| {
        let theirs: Vec<f64> = serde_json::from_value(theirs.clone()).unwrap();
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((f64::from(*ours) - theirs).abs() < 1e-4, "{ours} {theirs}");
        }
    };
    close(&scores.logits, &golden["logits"]);
    close(&scores.embedding, &golden["embedding"]);
}
