//! What decides which scores become tags, and how it is changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorCode, Result};

/// What decides which scores become tags.
///
/// Entries of the lists are ids (`n02084071`) or names in the vocabulary's language, case and accents aside; with `/*` behind it an
/// entry also means everything below. Of several entries that concern a concept the nearest decides, and of two equally near ones
/// `deny`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectOptions {
    /// At most this many tags, best first; 0 = no limit.
    pub max_tags: usize,
    /// Tags below are not shown; 0 to 1.
    pub min_confidence: f32,
    /// The surest tag of a photo is accepted from here on; 0 to 1.
    pub accept_confidence: f32,
    /// Every tag is accepted from here on; below suggested; 0 to 1.
    pub accept_all_confidence: f32,
    /// Tags below this share of the best one are dropped; 0 to 1.
    pub relative_cut: f32,
    /// Instead of `min_confidence`, by id.
    pub thresholds: BTreeMap<String, f32>,
    /// Shown even if a wider entry denies it or it is hidden.
    pub allow: Vec<String>,
    /// Never shown.
    pub deny: Vec<String>,
    /// Show nothing that `allow` does not name.
    pub only_allowed: bool,
    /// Ids that a person rejected on this picture: neither shown nor named as parents, whatever `allow` says. Those of other
    /// vocabularies are passed over, so that a decision outlives its model.
    pub rejected: Vec<String>,
}

impl Default for SelectOptions {
    /// Five tags, as PhotoPrism and Cloudinary's users settle on. The others were tuned on the 500 photos in the model's README:
    /// suggested from 0.15, and from a quarter of the best one; the surest accepted from 0.55; the further ones, as the tags of a
    /// photo stand and fall together, from 0.80.
    fn default() -> Self {
        Self {
            max_tags: 5,
            min_confidence: 0.15,
            accept_confidence: 0.55,
            accept_all_confidence: 0.80,
            relative_cut: 0.25,
            thresholds: BTreeMap::new(),
            allow: vec![],
            deny: vec![],
            only_allowed: false,
            rejected: vec![],
        }
    }
}

/// Absent, `null` or a value.
type Given<T> = Option<Option<T>>;

/// A partial change of [`SelectOptions`]: a field left out stays, a field that is `null` goes back to its default.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SelectChange {
    #[serde(deserialize_with = "given")]
    max_tags: Given<f64>,
    #[serde(deserialize_with = "given")]
    min_confidence: Given<f64>,
    #[serde(deserialize_with = "given")]
    accept_confidence: Given<f64>,
    #[serde(deserialize_with = "given")]
    accept_all_confidence: Given<f64>,
    #[serde(deserialize_with = "given")]
    relative_cut: Given<f64>,
    #[serde(deserialize_with = "given")]
    thresholds: Given<BTreeMap<String, f64>>,
    #[serde(deserialize_with = "given")]
    allow: Given<Vec<String>>,
    #[serde(deserialize_with = "given")]
    deny: Given<Vec<String>>,
    #[serde(deserialize_with = "given")]
    only_allowed: Given<bool>,
    #[serde(deserialize_with = "given")]
    rejected: Given<Vec<String>>,
}

impl SelectChange {
    /// Reads an object such as `{"maxTags": 3, "minConfidence": null}`.
    ///
    /// # Errors
    /// `invalid-options`: it is no object, or a field has a wrong name or type.
    pub fn from_json(json: &str) -> Result<Self> {
        // Of a list the fields would be read in their order.
        if !json.trim_start().starts_with('{') {
            return Err(invalid("Options are an object.".to_owned()));
        }
        serde_json::from_str(json).map_err(|e| invalid(format!("These options cannot be used: {e}.")))
    }
}

/// Tells a field that is `null` from one that is absent.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Given<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SelectOptions {
    /// These options with `change` laid over them.
    ///
    /// # Errors
    /// `invalid-options`, saying which one and its range.
    pub fn with(&self, change: SelectChange) -> Result<Self> {
        let standard = Self::default();
        let changed = |name: &str, change: Given<f64>, now: f32, standard: f32| match change {
            None => Ok(now),
            Some(None) => Ok(standard),
            Some(Some(value)) => share(name, value),
        };
        Ok(Self {
            max_tags: match change.max_tags {
                None => self.max_tags,
                Some(None) => standard.max_tags,
                Some(Some(value)) if value >= 0.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX) => {
                    value as usize
                }
                Some(Some(value)) => {
                    return Err(invalid(format!("maxTags must be a whole number from 0 (no limit) up, not {value}.")));
                }
            },
            min_confidence: changed(
                "minConfidence",
                change.min_confidence,
                self.min_confidence,
                standard.min_confidence,
            )?,
            accept_confidence: changed(
                "acceptConfidence",
                change.accept_confidence,
                self.accept_confidence,
                standard.accept_confidence,
            )?,
            accept_all_confidence: changed(
                "acceptAllConfidence",
                change.accept_all_confidence,
                self.accept_all_confidence,
                standard.accept_all_confidence,
            )?,
            relative_cut: changed("relativeCut", change.relative_cut, self.relative_cut, standard.relative_cut)?,
            thresholds: match change.thresholds {
                None => self.thresholds.clone(),
                Some(all) => all
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(id, value)| Ok((id, share("thresholds", value)?)))
                    .collect::<Result<_>>()?,
            },
            allow: change.allow.map_or_else(|| self.allow.clone(), Option::unwrap_or_default),
            deny: change.deny.map_or_else(|| self.deny.clone(), Option::unwrap_or_default),
            only_allowed: change.only_allowed.map_or(self.only_allowed, Option::unwrap_or_default),
            rejected: change.rejected.map_or_else(|| self.rejected.clone(), Option::unwrap_or_default),
        })
    }
}

fn share(name: &str, value: f64) -> Result<f32> {
    if (0.0..=1.0).contains(&value) {
        Ok(value as f32)
    } else {
        Err(invalid(format!("{name} must be a number from 0 to 1, not {value}.")))
    }
}

pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorCode::InvalidOptions, message)
}
