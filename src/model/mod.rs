//! The network: what it is, how it is loaded and run. The only wing that names tract.

pub mod classifier;
#[cfg(feature = "any-model")]
mod float;
pub mod manifest;
mod quantized;

pub use classifier::{Classifier, Scores};
pub use manifest::Manifest;
pub use tagdrop_kernels::warm_up;
