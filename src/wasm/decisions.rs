//! The decision log.

use wasm_bindgen::prelude::*;

use super::{JsResult, convert};
use crate::tags;

// One act on a log, both as JSON. Throws `invalid-options`.
#[wasm_bindgen]
pub fn decide(log: &str, act: &str) -> JsResult<String> {
    tags::act::perform(log, act).map_err(convert::thrown)
}
