//! Values across the border. Structured ones are JSON text, which costs less code on both sides than objects do.

use js_sys::Reflect;
use serde::Serialize;
use wasm_bindgen::JsValue;

use super::JsResult;
use crate::{Error, ErrorCode, tags::SelectChange};

/// A JavaScript `Error` with our `code`.
pub(super) fn thrown(error: Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.message);
    thrown.set_name("TagdropError");
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(&thrown, &"code".into(), &error.code.as_str().into());
    thrown.into()
}

/// Options as JSON, `undefined` among them as `null`.
pub(super) fn change(options: &str) -> JsResult<SelectChange> {
    SelectChange::from_json(options).map_err(thrown)
}

/// A list of ids.
pub(super) fn ids(list: &str) -> JsResult<Vec<String>> {
    serde_json::from_str(list)
        .map_err(|e| thrown(Error::new(ErrorCode::InvalidOptions, format!("This is no list of ids: {e}."))))
}

/// A file of a vocabulary.
pub(super) fn text(bytes: Vec<u8>) -> JsResult<String> {
    String::from_utf8(bytes)
        .map_err(|e| thrown(Error::new(ErrorCode::ModelMismatch, format!("The model's vocabulary is no text: {e}."))))
}

/// Whatever the page is told.
pub(super) fn json(value: &impl Serialize) -> JsResult<String> {
    serde_json::to_string(value)
        .map_err(|e| thrown(Error::new(ErrorCode::Internal, format!("The answer could not be handed over: {e}."))))
}
