//! Two-dimensional convolution, dense or grouped; a fully connected layer is one of 1×1 over one pixel.

use std::borrow::Cow;

use crate::{
    dense::Dense,
    depthwise::Depthwise,
    reference,
    requantize::{Requantize, Rounding},
};

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

    /// Whether each output pixel reads the input pixel at its own place alone.
    pub fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0]
    }

    /// Pixels of the output.
    pub fn pixels_out(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Values in the output.
    pub fn output_len(&self) -> usize {
        self.pixels_out() * self.channels_out
    }

    /// Weights that one output channel has: `[kernel y][kernel x][in of the group]`.
    pub fn weights_per_channel(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.channels_in_group()
    }

    /// Weights in all: `[out][kernel y][kernel x][in of the group]`.
    pub fn weights_len(&self) -> usize {
        self.channels_out * self.weights_per_channel()
    }

    /// Input coordinate under kernel tap `tap` for output coordinate `at`, or `None` in the padding. `axis`: 0 down, 1 across.
    #[inline]
    pub fn tap(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        (at * self.stride[axis] + tap).checked_sub(self.padding[axis]).filter(|&i| i < self.input[axis])
    }

    fn check<T>(&self, input: &[u8], output: &[T]) {
        assert_eq!(input.len(), self.input_len(), "the input does not fit the shape");
        assert_eq!(output.len(), self.output_len(), "the output does not fit the shape");
    }
}

/// What a convolution is made of.
#[derive(Debug, Clone)]
pub struct ConvolutionParameters<'a> {
    /// Sizes.
    pub shape: Shape,
    /// The `u8` that means zero in the input, and what the padding holds.
    pub input_zero_point: u8,
    /// `[out][kernel y][kernel x][in of the group]`; their zero point is 0.
    pub weights: Cow<'a, [i8]>,
    /// One an output channel, in accumulator units.
    pub bias: Box<[i32]>,
    /// Accumulator to output.
    pub requantize: Requantize,
}

impl ConvolutionParameters<'_> {
    fn into_owned(self) -> ConvolutionParameters<'static> {
        ConvolutionParameters { weights: Cow::Owned(self.weights.into_owned()), ..self }
    }

    fn check(&self) {
        let shape = &self.shape;
        let divide = |channels: usize| shape.groups > 0 && channels.is_multiple_of(shape.groups);
        assert!(divide(shape.channels_in) && divide(shape.channels_out), "channels do not fit the groups");
        assert_eq!(self.weights.len(), shape.weights_len(), "weights do not fit the shape");
        assert_eq!(self.bias.len(), shape.channels_out, "one bias a channel");
        assert_eq!(self.requantize.scales.len(), shape.channels_out, "one scale a channel");
    }

    /// The biases if the zero point were 0: what each weight takes off for it is a constant.
    pub(crate) fn folded_bias(&self, zero_point: i32) -> impl Iterator<Item = i32> + '_ {
        self.channels()
            .map(move |(bias, weights)| bias - zero_point * weights.iter().map(|&w| i32::from(w)).sum::<i32>())
    }

    /// Each output channel's bias and weights.
    fn channels(&self) -> impl Iterator<Item = (i32, &[i8])> {
        self.bias.iter().copied().zip(self.weights.chunks_exact(self.shape.weights_per_channel()))
    }

    /// Whether every sum fits 32 bits, whatever the input.
    fn sums_fit(&self) -> bool {
        self.channels().all(|(bias, weights)| i64::from(bias).abs() + largest_sum(weights) <= i64::from(i32::MAX))
    }

    /// Whether no sum, in whatever order and with the zero point folded into the bias, can leave 32 bits, and no result the
    /// range in which [`Rounding`] is exact. Networks that make sense are far within.
    fn bounded(&self) -> bool {
        self.channels().zip(&self.requantize.scales).all(|((bias, weights), &scale)| {
            let bound = i64::from(bias).abs() + 2 * largest_sum(weights);
            bound <= i64::from(i32::MAX) && f64::from(scale.abs()) * (bound as f64) < Rounding::RANGE
        })
    }
}

/// Of the products of any values with these weights.
fn largest_sum(weights: &[i8]) -> i64 {
    // In parts, because 32 bits add up faster and hold no more than that many.
    let parts = weights.chunks(1 << 16).map(|part| part.iter().map(|&w| i32::from(w).abs()).sum::<i32>());
    255 * parts.map(i64::from).sum::<i64>()
}

/// A convolution ready to run, by the kernel that suits it.
#[derive(Debug, Clone)]
pub struct Convolution {
    shape: Shape,
    kernel: Kernel,
}

#[derive(Debug, Clone)]
enum Kernel {
    Dense(Dense),
    Depthwise(Depthwise),
    General(ConvolutionParameters<'static>),
}

impl Convolution {
    /// Chooses a kernel and packs the weights for it.
    ///
    /// # Panics
    /// If a slice's length does not fit the shape.
    pub fn new(parameters: ConvolutionParameters<'_>) -> Self {
        parameters.check();
        let shape = parameters.shape;
        let kernel = if cfg!(feature = "reference") || !parameters.bounded() {
            Kernel::General(parameters.into_owned())
        } else if Dense::suits(&shape) {
            Kernel::Dense(Dense::new(&parameters))
        } else if Depthwise::suits(&shape) {
            Kernel::Depthwise(Depthwise::new(&parameters))
        } else {
            Kernel::General(parameters.into_owned())
        };
        Self { shape, kernel }
    }

    /// The sizes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether every sum fits 32 bits, whatever the input. Those of the kernels that are not the reference do.
    pub fn sums_fit(&self) -> bool {
        if let Kernel::General(layer) = &self.kernel { layer.sums_fit() } else { true }
    }

    /// Convolves `input` (NHWC, `shape.input_len()` values) into `output` (NHWC, `shape.output_len()` values).
    ///
    /// # Panics
    /// If a slice has another length.
    pub fn run(&self, input: &[u8], output: &mut [u8]) {
        self.shape.check(input, output);
        match &self.kernel {
            Kernel::Dense(layer) => layer.run(input, output),
            Kernel::Depthwise(layer) => layer.run(input, output),
            Kernel::General(layer) => reference::convolution(layer, input, output),
        }
    }
}

/// A dense convolution whose sums become real numbers: sum × scale, neither rounded nor saturated.
#[derive(Debug, Clone)]
pub struct Linear {
    shape: Shape,
    kernel: LinearKernel,
}

#[derive(Debug, Clone)]
enum LinearKernel {
    Dense(Dense),
    General(ConvolutionParameters<'static>),
}

impl Linear {
    /// Packs the weights. The zero point of `parameters.requantize` is of no importance.
    ///
    /// # Panics
    /// If a slice's length does not fit the shape.
    pub fn new(parameters: ConvolutionParameters<'_>) -> Self {
        parameters.check();
        let shape = parameters.shape;
        let kernel = if !cfg!(feature = "reference") && Dense::suits(&shape) && parameters.bounded() {
            LinearKernel::Dense(Dense::new(&parameters))
        } else {
            LinearKernel::General(parameters.into_owned())
        };
        Self { shape, kernel }
    }

    /// The sizes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// As [`Convolution::sums_fit`].
    pub fn sums_fit(&self) -> bool {
        if let LinearKernel::General(layer) = &self.kernel { layer.sums_fit() } else { true }
    }

    /// As [`Convolution::run`].
    ///
    /// # Panics
    /// If a slice has another length.
    pub fn run(&self, input: &[u8], output: &mut [f32]) {
        self.shape.check(input, output);
        match &self.kernel {
            LinearKernel::Dense(layer) => layer.run(input, output),
            LinearKernel::General(layer) => reference::convolution_to_real(layer, input, output),
        }
    }
}
