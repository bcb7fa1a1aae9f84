//! What the other modules read: fixtures, and images made on the spot.

use std::{fs, io::Cursor, path::PathBuf, sync::OnceLock};

use image::{DynamicImage, ImageFormat};
use tagdrop::{Tagger, tags::SelectOptions};

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub fn text(name: &str) -> String {
    String::from_utf8(read(name)).unwrap()
}

pub fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&read(name)).unwrap()
}

pub fn photo(name: &str) -> Vec<u8> {
    read(&format!("tests/fixtures/images/{name}"))
}

pub fn manifest() -> String {
    text("models/efficientnet-lite0/manifest.json")
}

pub fn onnx() -> Vec<u8> {
    read("models/efficientnet-lite0/efficientnet-lite0-int8.onnx")
}

pub fn vocabulary(file: &str) -> String {
    text(&format!("models/efficientnet-lite0/vocabulary/{file}.tsv"))
}

/// The shipped model with its English vocabulary, loaded once.
pub fn tagger() -> &'static Tagger {
    static TAGGER: OnceLock<Tagger> = OnceLock::new();
    TAGGER.get_or_init(|| {
        let tagger = Tagger::verified(&manifest(), &onnx(), SelectOptions::default()).unwrap();
        tagger.with_vocabulary(&vocabulary("concepts"), "en", vocabulary("en")).unwrap()
    })
}

/// `image` as a file of `format`.
pub fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(vec![]);
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// 64-bit FNV-1a, the hash of the goldens.
pub fn fnv1a(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
