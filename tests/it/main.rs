//! One integration crate, a module per room.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds by panicking"
)]

mod decisions;
mod decode;
mod export;
mod float;
mod host;
mod metadata;
mod model;
mod options;
mod photos;
mod preprocess;
mod quantized;
mod select;
mod tagger;
mod tidy;
mod vocabulary;
