//! The same rooms inside a browser: `wasm-bindgen-test` in a dedicated worker, in Chromium and in Firefox.

#![cfg(target_arch = "wasm32")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds by panicking"
)]

use std::collections::HashMap;

use tagdrop::{
    ErrorCode, Tagger,
    image::{InputTensor, decode},
    tags::SelectOptions,
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const MANIFEST: &str = include_str!("../models/efficientnet-lite0/manifest.json");
const ONNX: &[u8] = include_bytes!("../models/efficientnet-lite0/efficientnet-lite0-int8.onnx");
const GOLDEN: &str = include_str!("fixtures/golden/efficientnet-lite0.json");
const ANSWERS: &str = include_str!("fixtures/golden/answers.json");
const COFFEE: &[u8] = include_bytes!("fixtures/images/coffee.jpg");

fn tagger() -> Tagger {
    Tagger::verified(MANIFEST, ONNX, SelectOptions::default()).unwrap()
}

/// The first input of the goldens, which its formula makes.
fn formula() -> InputTensor {
    let rgb = (0..224 * 224 * 3u32)
        .map(|at| {
            let (y, x, c) = (at / 3 / 224, at / 3 % 224, at % 3);
            ((7 * x + 13 * y + 50 * c + x * y / 16) % 256) as u8
        })
        .collect();
    InputTensor { edge: 224, rgb }
}

fn fnv1a(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// Many times over, because engines replace the code while it runs: before and after must agree.
#[wasm_bindgen_test]
fn every_node_equals_onnxruntime_web_before_and_after_tier_up() {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    let expected: HashMap<String, String> = golden["inputs"][0]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["name"].as_str().unwrap().to_owned(), node["hash"].as_str().unwrap().to_owned()))
        .collect();
    let tagger = tagger();
    let input = formula();
    for round in 0..12 {
        let mut compared = 0;
        tagger
            .classifier()
            .trace(&input, |name, _, bytes| {
                if let Some(hash) = expected.get(name) {
                    assert_eq!(hash, &fnv1a(bytes), "{name} in round {round}");
                    compared += 1;
                }
            })
            .unwrap();
        assert_eq!(compared, expected.len());
    }
}

#[wasm_bindgen_test]
fn a_photo_gets_its_known_answer() {
    let answers: serde_json::Value = serde_json::from_str(ANSWERS).unwrap();
    let answer = answers["photos"].as_array().unwrap().iter().find(|a| a["file"] == "coffee.jpg").unwrap();
    let tags = tagger().tag(COFFEE).unwrap();
    assert_eq!(tags[0].id, answer["id"].as_str().unwrap());
    assert!(tags[0].confidence > 0.8, "{tags:?}");
}

#[wasm_bindgen_test]
fn bad_files_have_codes_and_do_no_harm() {
    for (bytes, code) in [
        (&b""[..], ErrorCode::EmptyFile),
        (b"some text", ErrorCode::UnsupportedFormat),
        (&COFFEE[..3000], ErrorCode::CorruptImage),
    ] {
        assert_eq!(decode(bytes).unwrap_err().code, code);
    }
    assert!(decode(COFFEE).is_ok());
}

/// Float networks of a user's own run on tract's kernels, of which the stand-in for `inventory` must lose none that is needed.
#[cfg(feature = "any-model")]
#[wasm_bindgen_test]
fn float_models_give_onnxruntimes_answers() {
    let float: serde_json::Value = serde_json::from_str(include_str!("fixtures/models/float.json")).unwrap();
    let operators: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("fixtures/models/operators.json")).unwrap();
    let models: [(&serde_json::Value, &[u8]); 3] = [
        (&float, include_bytes!("fixtures/models/float.onnx")),
        (&operators[0], include_bytes!("fixtures/models/operators-9.onnx")),
        (&operators[1], include_bytes!("fixtures/models/operators-20.onnx")),
    ];
    for (golden, onnx) in models {
        let tagger = Tagger::verified(&golden["manifest"].to_string(), onnx, SelectOptions::default()).unwrap();
        let edge = tagger.manifest().edge();
        let rgb = (0..edge * edge * 3).map(|i| (i * 7 % 256) as u8).collect();
        let ours = tagger.classifier().run(&InputTensor { edge, rgb }).unwrap().logits;
        let theirs: Vec<f32> = serde_json::from_value(golden["logits"].clone()).unwrap();
        for ((ours, theirs), label) in ours.iter().zip(theirs).zip(&tagger.manifest().labels) {
            assert!((ours - theirs).abs() <= 1e-4 * (1.0 + theirs.abs()), "{}: {ours} {theirs}", label.name);
        }
    }
}
