//! The browser's door: convert in, call plain Rust, convert out. The only wing that names wasm-bindgen and its kin.
//!
//! The exports are the contract with `js/local_tagger.js` and `js/decision_log.js`; users of the package never see them. Their comments are no doc comments,
//! because wasm-bindgen would copy those into the JavaScript that every visitor downloads.

#![allow(missing_docs, reason = "see above")]

mod convert;
mod decisions;
mod fetch;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::{
    image::{self, InputTensor},
    tags::SelectOptions,
};

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

// A model, loaded and warm.
#[wasm_bindgen]
pub struct Tagger(crate::Tagger);

#[wasm_bindgen]
impl Tagger {
    // Loads a model. The caller has checked the file's hash. Throws `model-mismatch`, `invalid-options`.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str, onnx: &[u8], options: JsValue) -> JsResult<Tagger> {
        let mut tagger = crate::Tagger::new(manifest, onnx, SelectOptions::default()).map_err(convert::thrown)?;
        tagger.options = tagger.options_with(convert::change(options)?).map_err(convert::thrown)?;
        // Engines run new code in a slow tier first; this takes that off the first photo.
        let edge = tagger.manifest().edge();
        let grey = InputTensor { edge, rgb: vec![127; (edge * edge * 3) as usize] };
        tagger.classifier().run(&grey).map_err(convert::thrown)?;
        Ok(Self(tagger))
    }

    // `id@version` of the model.
    #[wasm_bindgen(getter)]
    pub fn model(&self) -> String {
        self.0.manifest().name()
    }

    // One raw score a class.
    pub fn classify(&self, pixels: &Pixels) -> JsResult<Vec<f32>> {
        self.0.classify(&pixels.0).map(|scores| scores.logits).map_err(convert::thrown)
    }

    // Chooses tags from scores; `options` laid over the tagger's own, for this call.
    pub fn select(&self, scores: &[f32], options: JsValue) -> JsResult<JsValue> {
        let options = self.0.options_with(convert::change(options)?).map_err(convert::thrown)?;
        convert::tags(&self.0.select(scores, &options).tags)
    }

    // Partial; an option that is there and undefined goes back to its default.
    #[wasm_bindgen(js_name = setOptions)]
    pub fn set_options(&mut self, options: JsValue) -> JsResult<()> {
        self.0.options = self.0.options_with(convert::change(options)?).map_err(convert::thrown)?;
        Ok(())
    }
}

// Downloads an image. Throws `fetch-failed`, `image-too-large`, `aborted`.
#[wasm_bindgen(js_name = fetchImage)]
pub async fn fetch_image(url: String, signal: Option<AbortSignal>, on_progress: Function) -> JsResult<Vec<u8>> {
    fetch::image(&url, signal.as_ref(), &on_progress).await.map_err(convert::thrown)
}
