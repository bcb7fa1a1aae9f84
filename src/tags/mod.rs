//! From scores to the tags a person sees.

pub mod select;
pub mod tag;

pub use select::{SelectOptions, select};
pub use tag::{Source, State, Tag};
