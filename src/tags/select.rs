//! Scores → tags: softmax, thresholds, the best few by score.

use serde::Deserialize;

use super::tag::{Source, State, Tag};
use crate::{Error, ErrorCode, Result, model::manifest::Label};

/// What decides which scores become tags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelectOptions {
    /// At most this many tags, best first; 0 = no limit.
    pub max_tags: usize,
    /// Tags below are not shown; 0 to 1.
    pub min_confidence: f32,
    /// Tags from here on are accepted, below suggested; 0 to 1.
    pub accept_confidence: f32,
    /// Tags below this share of the best one are dropped; 0 to 1.
    pub relative_cut: f32,
}

impl Default for SelectOptions {
    /// Five tags, as PhotoPrism and Cloudinary's users settle on; suggested from PhotoPrism's 0.20; below a third of the best one
    /// dropped, as PhotoPrism does; accepted from 0.65.
    fn default() -> Self {
        Self { max_tags: 5, min_confidence: 0.20, accept_confidence: 0.65, relative_cut: 1.0 / 3.0 }
    }
}

/// A partial change of [`SelectOptions`]: a field left out stays, a field that is `null` goes back to its default.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SelectChange {
    #[serde(deserialize_with = "given")]
    max_tags: Option<Option<f64>>,
    #[serde(deserialize_with = "given")]
    min_confidence: Option<Option<f64>>,
    #[serde(deserialize_with = "given")]
    accept_confidence: Option<Option<f64>>,
    #[serde(deserialize_with = "given")]
    relative_cut: Option<Option<f64>>,
}

impl SelectChange {
    /// The fields' names as users write them.
    pub const NAMES: [&str; 4] = ["maxTags", "minConfidence", "acceptConfidence", "relativeCut"];
}

/// Tells a field that is `null` from one that is absent.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Option<f64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SelectOptions {
    /// These options with `change` laid over them.
    ///
    /// # Errors
    /// `invalid-options`, saying which one and its range.
    pub fn with(mut self, change: SelectChange) -> Result<Self> {
        let standard = Self::default();
        let share = |name: &str, change: Option<Option<f64>>, now: f32, standard: f32| match change {
            None => Ok(now),
            Some(None) => Ok(standard),
            Some(Some(value)) if (0.0..=1.0).contains(&value) => Ok(value as f32),
            Some(Some(value)) => Err(invalid(format!("{name} must be a number from 0 to 1, not {value}."))),
        };
        self.max_tags = match change.max_tags {
            None => self.max_tags,
            Some(None) => standard.max_tags,
            Some(Some(value)) if value >= 0.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX) => value as usize,
            Some(Some(value)) => {
                return Err(invalid(format!("maxTags must be a whole number from 0 (no limit) up, not {value}.")));
            }
        };
        self.min_confidence =
            share("minConfidence", change.min_confidence, self.min_confidence, standard.min_confidence)?;
        self.accept_confidence =
            share("acceptConfidence", change.accept_confidence, self.accept_confidence, standard.accept_confidence)?;
        self.relative_cut = share("relativeCut", change.relative_cut, self.relative_cut, standard.relative_cut)?;
        Ok(self)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::InvalidOptions, message)
}

/// The tags that `logits` (one a label) are worth, best first; equal ones in the order of their labels.
pub fn select(logits: &[f32], labels: &[Label], options: &SelectOptions) -> Vec<Tag> {
    let confidences = softmax(logits);
    let best = confidences.iter().copied().fold(0.0, f32::max);
    let least = options.min_confidence.max(best * options.relative_cut);
    let mut kept: Vec<(f32, &Label)> =
        confidences.into_iter().zip(labels).filter(|&(confidence, _)| confidence >= least).collect();
    kept.sort_by(|a, b| b.0.total_cmp(&a.0));
    if options.max_tags > 0 {
        kept.truncate(options.max_tags);
    }
    kept.into_iter()
        .map(|(confidence, label)| Tag {
            id: label.id.clone(),
            name: label.name.clone(),
            confidence,
            source: Source::Local,
            state: if confidence >= options.accept_confidence { State::Accepted } else { State::Suggested },
        })
        .collect()
}

/// Scores as shares of 1. Scores that are no numbers come out as 0, never as a tag.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|&l| if l.is_nan() { 0.0 } else { (l - highest).exp() }).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|p| if sum > 0.0 && sum.is_finite() { p / sum } else { 0.0 }).collect()
}
