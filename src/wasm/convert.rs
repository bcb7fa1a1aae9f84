//! Values across the border.

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::JsResult;
use crate::{
    Error, ErrorCode,
    tags::{SelectChange, Tag},
};

/// A JavaScript `Error` with our `code`.
pub(super) fn thrown(error: Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.message);
    thrown.set_name("TagdropError");
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(&thrown, &"code".into(), &error.code.as_str().into());
    thrown.into()
}

/// Options as JavaScript gives them: an object, or undefined for none.
pub(super) fn change(options: JsValue) -> JsResult<SelectChange> {
    if options.is_undefined() || options.is_null() {
        return Ok(SelectChange::default());
    }
    let invalid = |message: String| thrown(Error::new(ErrorCode::InvalidOptions, message));
    let names: Vec<String> = options
        .dyn_ref::<Object>()
        .map(|object| Object::keys(object).iter().filter_map(|key| key.as_string()).collect())
        .unwrap_or_default();
    // The deserializer asks an object for the fields it knows, and so never meets the others.
    if let Some(stranger) = names.iter().find(|name| !SelectChange::NAMES.contains(&name.as_str())) {
        return Err(invalid(format!("There is no option {stranger}; there are {}.", SelectChange::NAMES.join(", "))));
    }
    serde_wasm_bindgen::from_value(options).map_err(|e| invalid(format!("These options cannot be used: {e}.")))
}

/// Tags as plain JavaScript objects.
pub(super) fn tags(tags: &[Tag]) -> JsResult<JsValue> {
    tags.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|e| thrown(Error::new(ErrorCode::Internal, format!("Tags could not be handed over: {e}."))))
}
