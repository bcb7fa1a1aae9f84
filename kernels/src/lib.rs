//! Int8 arithmetic of ONNX's quantized operators.
//!
//! Activations are `u8` in NHWC order (one image: height × width × channels), weights are `i8` in `[out][kernel y][kernel
//! x][in]` order, accumulators are `i32`. A real value is `scale · (q − zero point)`. Rounding is to nearest, ties to even, as
//! ONNX asks. The order of the float operations follows onnxruntime's portable kernels, so that results are equal to
//! onnxruntime-web's to the bit.
//!
//! [`mod@reference`] is the plain statement of what each operator means.

#[cfg(any(test, feature = "relaxed-simd"))]
mod bytes;
pub mod convolution;
mod dense;
mod depthwise;
pub mod elementwise;
pub mod pool;
pub mod reference;
pub mod requantize;
mod simd;
mod warm_up;

pub use convolution::{Convolution, ConvolutionParameters, Linear, Shape};
pub use elementwise::{Add, Lookup, Operand};
pub use pool::AveragePool;
pub use requantize::Requantize;
pub use warm_up::warm_up;

/// The same bytes as weights, which files store as bytes.
pub fn as_signed(bytes: &[u8]) -> &[i8] {
    // SAFETY: both types have the same size, alignment and valid values, and the length stays what it is.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}
