//! Two-dimensional convolution, dense or grouped; a fully connected layer is one of 1×1 over one pixel.

use crate::{reference, requantize::Requantize};

/// The sizes of a convolution. Lengths in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Step between output pixels, down and across.
    pub stride: [usize; 2],
    /// Padding above and to the left; what is missing below and to the right follows from `output`.
    pub padding: [usize; 2],
    /// Channels of the input.
    pub channels_in: usize,
    /// Channels of the output.
    pub channels_out: usize,
    /// Groups the channels are split in: 1 is dense, `channels_in` is depthwise.
    pub groups: usize,
}

impl Shape {
    /// Input channels that one output channel reads.
    pub fn channels_in_group(&self) -> usize {
        self.channels_in / self.groups
    }

    /// Values in the input.
    pub fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.channels_in
    }

    /// Values in the output.
    pub fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.channels_out
    }

    /// Weights in all: `[out][kernel y][kernel x][in of the group]`.
    pub fn weights_len(&self) -> usize {
        self.channels_out * self.kernel[0] * self.kernel[1] * self.channels_in_group()
    }

    /// Input coordinate under kernel tap `tap` for output coordinate `at`, or `None` in the padding. `axis`: 0 down, 1 across.
    #[inline]
    pub fn tap(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        (at * self.stride[axis] + tap).checked_sub(self.padding[axis]).filter(|&i| i < self.input[axis])
    }
}

/// A convolution ready to run.
#[derive(Debug, Clone)]
pub struct Convolution {
    /// Sizes.
    pub shape: Shape,
    /// The `u8` that means zero in the input, and what the padding holds.
    pub input_zero_point: u8,
    /// `[out][kernel y][kernel x][in of the group]`; their zero point is 0.
    pub weights: Box<[i8]>,
    /// One an output channel, in accumulator units.
    pub bias: Box<[i32]>,
    /// Accumulator to output.
    pub requantize: Requantize,
}

impl Convolution {
    /// Convolves `input` (NHWC, `shape.input_len()` values) into `output` (NHWC, `shape.output_len()` values).
    pub fn run(&self, input: &[u8], output: &mut [u8]) {
        reference::convolution(self, input, output);
    }

    /// As [`Convolution::run`], but the sums become real numbers: sum × scale, neither rounded nor saturated.
    pub fn run_to_real(&self, input: &[u8], output: &mut [f32]) {
        reference::convolution_to_real(self, input, output);
    }
}
