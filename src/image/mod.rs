//! From a file's bytes to what a network takes in.

pub mod decode;
pub mod pixels;
pub mod preprocess;

pub use decode::decode;
pub use pixels::Pixels;
pub use preprocess::{InputTensor, preprocess};
