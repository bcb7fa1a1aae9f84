//! Our int8 arithmetic against onnxruntime-web's, node by node and to the bit.

use std::collections::HashMap;

use tagdrop::image::InputTensor;

use crate::photos;

const EDGE: u32 = 224;

/// An input of the goldens: made by their formula, or read from their picture.
fn input(described: &serde_json::Value) -> InputTensor {
    let rgb = match described["file"].as_str() {
        Some(file) => image::load_from_memory(&photos::read(&format!("tests/fixtures/golden/{file}")))
            .unwrap()
            .into_rgb8()
            .into_raw(),
        None => (0..EDGE * EDGE * 3)
            .map(|at| {
                let (y, x, c) = (at / 3 / EDGE, at / 3 % EDGE, at % 3);
                ((7 * x + 13 * y + 50 * c + x * y / 16) % 256) as u8
            })
            .collect(),
    };
    InputTensor { edge: EDGE, rgb }
}

#[test]
fn every_node_equals_onnxruntime_web_to_the_bit() {
    let golden = photos::json("tests/fixtures/golden/efficientnet-lite0.json");
    assert_eq!(
        golden["sha256"],
        photos::tagger().manifest().sha256,
        "the goldens are of another model: cargo xtask models"
    );
    for described in golden["inputs"].as_array().unwrap() {
        let expected: HashMap<&str, &serde_json::Value> =
            described["nodes"].as_array().unwrap().iter().map(|node| (node["name"].as_str().unwrap(), node)).collect();
        let mut compared = 0;
        photos::tagger()
            .classifier()
            .trace(&input(described), |name, shape, bytes| {
                let Some(node) = expected.get(name) else { return };
                assert_eq!(
                    node["hash"],
                    photos::fnv1a(bytes),
                    "{name} {shape:?} begins {:?}, expected {node}",
                    &bytes[..16]
                );
                compared += 1;
            })
            .unwrap();
        assert_eq!(compared, expected.len(), "nodes compared for {}", described["name"]);
    }
}

#[test]
fn the_outputs_are_onnxruntime_webs() {
    let golden = photos::json("tests/fixtures/golden/efficientnet-lite0.json");
    for described in golden["inputs"].as_array().unwrap() {
        let scores = photos::tagger().classifier().run(&input(described)).unwrap();
        for (ours, theirs) in [(&scores.logits, &described["logits"]), (&scores.embedding, &described["embedding"])] {
            let theirs: Vec<f32> = serde_json::from_value(theirs.clone()).unwrap();
            assert_eq!(ours, &theirs);
        }
    }
}
