//! Values across the border. Structured ones are JSON text, which costs less code on both sides than objects do.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use super::JsResult;
use crate::{
    Error, ErrorCode,
    tags::{Tag, select::SelectChange},
};

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
    serde_json::from_str(options)
        .map_err(|e| thrown(Error::new(ErrorCode::InvalidOptions, format!("These options cannot be used: {e}."))))
}

/// Tags as JSON.
pub(super) fn tags(tags: &[Tag]) -> JsResult<String> {
    serde_json::to_string(tags)
        .map_err(|e| thrown(Error::new(ErrorCode::Internal, format!("Tags could not be handed over: {e}."))))
}
