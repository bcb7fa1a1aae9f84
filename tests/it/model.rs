use sha2::{Digest, Sha256};

use crate::photos;

#[test]
fn the_shipped_file_is_the_one_the_manifest_describes() {
    let manifest = photos::tagger().manifest();
    let onnx = photos::onnx();
    assert_eq!(onnx.len(), manifest.bytes);
    let digest: String = Sha256::digest(&onnx).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, manifest.sha256);
    assert_eq!(manifest.name(), "efficientnet-lite0@1");
    assert_eq!(manifest.input.shape, [1, 3, 224, 224]);
    assert!(manifest.is_quantized());
}

#[test]
fn labels_are_a_thousand_synsets_in_imagenets_order() {
    let labels = &photos::tagger().manifest().labels;
    assert_eq!(labels.len(), 1000);
    assert_eq!((labels[0].id.as_str(), labels[0].name.as_str()), ("n01440764", "tench"));
    assert_eq!(labels[281].id, "n02123045");
    assert_eq!(labels[999].id, "n15075141");
    let mut ids: Vec<&str> = labels.iter().map(|label| label.id.as_str()).collect();
    assert!(ids.is_sorted(), "ImageNet orders its classes by synset");
    ids.dedup();
    assert_eq!(ids.len(), 1000);
}

#[test]
fn the_network_gives_scores_and_an_embedding() {
    let pixels = tagdrop::image::decode(&photos::photo("chelsea.jpg")).unwrap();
    let scores = photos::tagger().classify(&pixels).unwrap();
    assert_eq!((scores.logits.len(), scores.embedding.len()), (1000, 1280));
    assert!(scores.embedding.iter().all(|v| (0.0..=6.0).contains(v)), "means of ReLU6 outputs");
    assert!(scores.embedding.iter().any(|&v| v > 0.1));
}
