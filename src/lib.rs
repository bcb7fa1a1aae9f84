//! Tagdrop tags images where they are: bytes in, tags out, nothing leaves the machine.
//!
//! ```text
//! bytes ─ image::decode ─▶ Pixels ─ image::preprocess ─▶ InputTensor ─ model::Classifier ─▶ Scores ─ tags::select ─▶ tags
//! ```
//!
//! One way, one function an arrow; [`tagger::Tagger`] calls them in order. A module uses only modules above it in this list.
//! In the browser `wasm` is the thin layer between this and the JavaScript package.

pub mod error;
pub mod hash;
pub mod limits;

pub mod image;
pub mod model;

pub mod vocabulary;

pub mod tags;

pub mod metadata;

pub mod tagger;

#[cfg(target_arch = "wasm32")]
mod wasm;

pub use error::{Error, ErrorCode, Result};
pub use tagger::Tagger;
