//! What tags mean: concepts with their parents, and what people call them in each language.
//!
//! A concept is a stable, language-free id; names are a view of it. [`Concepts`] is read once for a model, [`Names`] once a
//! language, both from the tab-separated files in the model's `vocabulary/` folder.

pub mod concepts;
pub mod fold;
pub mod host;
mod host_files;
pub mod names;
pub mod plural;
pub mod search;
mod similar;

pub use concepts::{Category, Concept, ConceptIndex, Concepts};
pub use host::{HostVocabulary, How, Term};
pub use names::Names;
pub use search::search;

use crate::{Error, ErrorCode, Result, limits};

/// The lines of a vocabulary file with their numbers, from 1; empty ones and comments (`#`) left out.
fn lines(text: &str) -> Result<impl Iterator<Item = (usize, &str)>> {
    if text.len() > limits::MAX_VOCABULARY_BYTES {
        return Err(wrong("a file is beyond the limit for vocabularies"));
    }
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    Ok(lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')))
}

fn wrong(problem: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::ModelMismatch, format!("The model's vocabulary is wrong: {problem}."))
}
