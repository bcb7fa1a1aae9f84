//! From scores to the tags a person sees.

mod filter;
pub mod options;
pub mod select;
pub mod tag;

pub use options::{SelectChange, SelectOptions};
pub use select::{Dropped, Selection, Selector};
pub use tag::{Named, Rule, Source, State, Tag};
