//! From scores to the tags a person sees, keeps and takes elsewhere.

pub mod act;
pub mod decisions;
pub mod export;
mod filter;
pub mod map;
pub mod options;
pub mod select;
pub mod tag;

pub use decisions::{Decision, DecisionLog, Entry, Mode, Run};
pub use map::{MapOptions, Mapping, Unmapped, map};
pub use options::{SelectChange, SelectOptions};
pub use select::{Dropped, Selection, Selector};
pub use tag::{Named, Rule, Source, State, Tag};
