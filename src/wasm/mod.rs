//! The browser's door: convert in, call plain Rust, convert out. The only wing that names wasm-bindgen and its kin.
//!
//! The exports are the contract with `js/local_tagger.js` and `js/decision_log.js`; users of the package never see them. Their
//! comments are no doc comments, because wasm-bindgen would copy those into the JavaScript that every visitor downloads.

#![allow(missing_docs, reason = "see above")]

mod convert;
mod decisions;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::{image, tags::SelectOptions};

type JsResult<T> = Result<T, JsValue>;

// Makes a panic say where and why on the console before it traps.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

// A decoded picture in wasm memory.
#[wasm_bindgen]
pub struct Pixels(image::Pixels);

#[wasm_bindgen]
impl Pixels {
    // Decodes an image file. Throws `unsupported-format`, `empty-file`, `corrupt-image`, `image-too-large`.
    pub fn decode(bytes: &[u8]) -> JsResult<Pixels> {
        image::decode(bytes).map(Self).map_err(convert::thrown)
    }

    // Takes what a canvas or ImageData holds.
    #[wasm_bindgen(js_name = fromRgba)]
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> JsResult<Pixels> {
        image::Pixels::from_rgba(width, height, rgba).map(Self).map_err(convert::thrown)
    }

    // Pixels across in the file, upright.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.0.original[0]
    }

    // Pixels down in the file, upright.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.0.original[1]
    }

    // `jpeg`, `png`, …, or `pixels`.
    #[wasm_bindgen(getter)]
    pub fn format(&self) -> String {
        self.0.format.to_owned()
    }
}

// Runs the kernels until engines have begun to optimize them, which takes the first photo's network to its full speed.
#[wasm_bindgen(js_name = warmUp)]
pub fn warm_up() {
    crate::model::warm_up();
}

// A model, loaded.
#[wasm_bindgen]
pub struct Tagger(crate::Tagger);

#[wasm_bindgen]
impl Tagger {
    // Loads a model. The caller has checked the files' hashes; without concepts the model's labels are all the tags there are. Throws
    // `model-mismatch`, `invalid-options`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        manifest: &[u8],
        onnx: Vec<u8>,
        concepts: &[u8],
        locale: &str,
        names: Vec<u8>,
        options: &str,
    ) -> JsResult<Tagger> {
        let mut tagger = crate::Tagger::new(manifest, onnx, SelectOptions::default()).map_err(convert::thrown)?;
        if !concepts.is_empty() {
            let names = convert::text(names)?;
            tagger =
                tagger.with_vocabulary(&convert::text(concepts.to_vec())?, locale, names).map_err(convert::thrown)?;
        }
        tagger.change(convert::change(options)?, None).map_err(convert::thrown)?;
        Ok(Self(tagger))
    }

    // `{ model, locale, options }`: `id@version`, the language of its names, and the options in force, with ids for names.
    #[wasm_bindgen(getter)]
    pub fn about(&self) -> JsResult<String> {
        convert::json(&self.0.about())
    }

    // One raw score a class.
    pub fn classify(&self, pixels: &Pixels) -> JsResult<Vec<f32>> {
        self.0.classify(&pixels.0).map(|scores| scores.logits).map_err(convert::thrown)
    }

    // Chooses tags from scores; `options` laid over the tagger's own, for this call.
    pub fn select(&self, scores: &[f32], options: &str) -> JsResult<String> {
        let options = self.0.options_with(convert::change(options)?).map_err(convert::thrown)?;
        convert::json(&self.0.select(scores, &options).tags)
    }

    // Partial; an option that is there and null goes back to its default. With names it also speaks another language, from then on.
    #[wasm_bindgen(js_name = setOptions)]
    pub fn set_options(&mut self, options: &str, locale: &str, names: Vec<u8>) -> JsResult<()> {
        let names = if names.is_empty() { None } else { Some((locale, convert::text(names)?)) };
        self.0.change(convert::change(options)?, names).map_err(convert::thrown)
    }

    // The concepts that words may mean, as `[{ id, name }, …]`: in the languages of these names, or without any in the tagger's own.
    pub fn search(&self, words: &str, names: Vec<Uint8Array>) -> JsResult<String> {
        let texts: Vec<String> = names.iter().map(|names| convert::text(names.to_vec())).collect::<JsResult<_>>()?;
        convert::json(&self.0.search(words, texts).map_err(convert::thrown)?)
    }

    // `{ id: name, … }` of those ids, given as a list, that are concepts.
    pub fn names(&self, ids: &str) -> JsResult<String> {
        convert::json(&self.0.names(convert::ids(ids)?))
    }
}
