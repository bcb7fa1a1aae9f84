//! One integration crate, a module per room.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds by panicking"
)]

mod decode;
mod float;
mod model;
mod options;
mod photos;
mod preprocess;
mod quantized;
mod select;
mod tagger;
mod tidy;
mod vocabulary;
