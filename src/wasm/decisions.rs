//! The decision log. Entries, runs and tags cross as JSON, as the log itself is kept and exported.

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use super::{JsResult, convert};
use crate::{
    Error, ErrorCode,
    tags::{self, Tag},
};

// The decisions about any number of pictures.
#[wasm_bindgen]
pub struct DecisionLog(tags::DecisionLog);

#[wasm_bindgen]
impl DecisionLog {
    // Empty without text. Throws `invalid-options`.
    #[wasm_bindgen(constructor)]
    pub fn new(json: Option<String>) -> JsResult<DecisionLog> {
        json.map_or_else(|| Ok(Default::default()), |json| tags::DecisionLog::from_json(&json))
            .map(Self)
            .map_err(convert::thrown)
    }

    #[wasm_bindgen(js_name = toJson)]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    // Of the logs of all pictures those of each: image, log, image, log, …
    pub fn split(&self) -> Vec<String> {
        self.0.split().into_iter().flat_map(|(image, log)| [image, log.to_json()]).collect()
    }

    // Takes in another log. Throws `invalid-options`.
    pub fn merge(&mut self, json: &str) -> JsResult<()> {
        self.0.merge(tags::DecisionLog::from_json(json).map_err(convert::thrown)?);
        Ok(())
    }

    // Throws `invalid-options`.
    pub fn record(&mut self, entry: &str) -> JsResult<()> {
        self.0.record(read(entry)?).map_err(convert::thrown)
    }

    // What a run gives a picture → its tags. Throws `invalid-options`.
    pub fn remember(&mut self, image: &str, selected: &str, run: &str) -> JsResult<JsValue> {
        let tags = self.0.remember(image, read(selected)?, &read(run)?).map_err(convert::thrown)?;
        convert::tags(&tags)
    }

    // A picture's tags, from those selected. Throws `invalid-options`.
    pub fn apply(&self, image: &str, selected: &str) -> JsResult<JsValue> {
        let selected: Vec<Tag> = read(selected)?;
        convert::tags(&self.0.apply(image, selected))
    }

    pub fn rejected(&self, image: &str) -> Vec<String> {
        self.0.rejected(image)
    }

    #[wasm_bindgen(js_name = isTagged)]
    pub fn is_tagged(&self, image: &str) -> bool {
        self.0.is_tagged(image)
    }

    pub fn undo(&mut self, run: &str, time: f64) -> usize {
        self.0.undo(run, time as u64)
    }

    #[wasm_bindgen(js_name = removeAutomatic)]
    pub fn remove_automatic(&mut self, time: f64) -> usize {
        self.0.remove_automatic(time as u64)
    }

    #[wasm_bindgen(js_name = makePermanent)]
    pub fn make_permanent(&mut self, time: f64) -> usize {
        self.0.make_permanent(time as u64)
    }
}

fn read<T: DeserializeOwned>(json: &str) -> JsResult<T> {
    let wrong = |e| Error::new(ErrorCode::InvalidOptions, format!("This cannot be written into the log: {e}."));
    serde_json::from_str(json).map_err(|e| convert::thrown(wrong(e)))
}
