//! Dense convolution as a product of matrices: output pixels × the values under the kernel (`depth`) × output channels.
//!
//! A tile of the product is a few pixels × 8 channels, so that accumulators, weights and a pixel's values fit 16 vector
//! registers. A layer's pixels are taken in blocks: their values are laid out once in the order a tile reads them, and stay in
//! the nearest caches while all weights pass by, eight channels at a time, widened once for all tiles of the block.

use std::array::from_fn;

use crate::{
    convolution::{ConvolutionParameters, Shape},
    requantize::Rounding,
    simd::{F32x4, Factor, I32x4, Words},
};

/// Output pixels of a tile.
const ROWS: usize = 4;

/// Output channels of a tile.
const COLUMNS: usize = 8;

/// Bytes of values and results that a block has at most, unless it has no more than [`LEAST_PIXELS`]: half of the nearest cache.
const BLOCK: usize = 16 << 10;

/// Fewer pixels would not be worth the widening of the weights.
const LEAST_PIXELS: usize = 64;

/// A dense convolution, by the factor that suits the machine.
#[derive(Debug, Clone)]
pub(crate) enum Dense {
    Words(Product<Words>),
    #[cfg(feature = "relaxed-simd")]
    Bytes(Product<crate::bytes::Bytes>),
}

impl Dense {
    /// Whether there is a kernel for `shape`: tiles are stored whole, and networks made for phones have channels in eights.
    pub(crate) fn suits(shape: &Shape) -> bool {
        shape.groups == 1 && shape.channels_out.is_multiple_of(COLUMNS)
    }

    pub(crate) fn new(parameters: &ConvolutionParameters<'_>) -> Self {
        #[cfg(feature = "relaxed-simd")]
        if let Some(bytes) = crate::bytes::Bytes::detect() {
            return Self::Bytes(Product::new(parameters, bytes));
        }
        Self::Words(Product::new(parameters, Words))
    }

    /// Convolves; the shapes have been checked.
    pub(crate) fn run<T: Result>(&self, input: &[u8], output: &mut [T]) {
        match self {
            Self::Words(product) => product.run(input, output),
            #[cfg(feature = "relaxed-simd")]
            Self::Bytes(product) => product.run(input, output),
        }
    }
}

/// Its weights, packed.
#[derive(Debug, Clone)]
pub(crate) struct Product<F> {
    shape: Shape,
    /// Values under the kernel, those of each of its rows padded to a multiple of 4.
    depth: usize,
    padding_value: u8,
    factor: F,
    /// `[channel / 8][depth / F::DEEP]`, then in the factor's own order.
    weights: Box<[i8]>,
    columns: Box<[Column]>,
    rounding: Rounding,
}

/// Eight output channels.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// With the zero point folded in.
    bias: [[i32; 4]; 2],
    scales: [[f32; 4]; 2],
}

impl<F: Factor> Product<F> {
    fn new(parameters: &ConvolutionParameters<'_>, factor: F) -> Self {
        let shape = parameters.shape;
        let used = shape.weights_per_channel();
        // Each row of the kernel begins a new four, so that four of the input's bytes are always read as they lie.
        let used_segment = used / shape.kernel[0];
        let segment = used_segment.next_multiple_of(4);
        let depth = shape.kernel[0] * segment;
        let blocks = shape.channels_out / COLUMNS;
        let mut weights = vec![0; shape.channels_out * depth];
        let mut padded = vec![0; COLUMNS * depth];
        let sources = parameters.weights.chunks_exact(COLUMNS * used);
        for (source, packed) in sources.zip(weights.chunks_exact_mut(COLUMNS * depth)) {
            let rows = if depth == used {
                source
            } else {
                for (to, from) in padded.chunks_exact_mut(segment).zip(source.chunks_exact(used_segment)) {
                    to[..used_segment].copy_from_slice(from);
                }
                &padded
            };
            F::pack(from_fn(|channel| &rows[channel * depth..][..depth]), packed);
        }
        let bias: Vec<i32> = parameters.folded_bias(factor.zero_point(parameters.input_zero_point)).collect();
        let column = |block: usize| {
            let channel = |half: usize, lane: usize| block * COLUMNS + half * 4 + lane;
            Column {
                bias: from_fn(|half| from_fn(|lane| bias[channel(half, lane)])),
                scales: from_fn(|half| from_fn(|lane| parameters.requantize.scales[channel(half, lane)])),
            }
        };
        Self {
            shape,
            depth,
            padding_value: parameters.input_zero_point,
            factor,
            weights: weights.into(),
            columns: (0..blocks).map(column).collect(),
            rounding: Rounding::new(parameters.requantize.zero_point),
        }
    }

    fn run<T: Result>(&self, input: &[u8], output: &mut [T]) {
        let stride = self.shape.channels_out / COLUMNS;
        let deep = self.depth / F::DEEP;
        let bytes = 2 * self.depth + size_of::<T>() * self.shape.channels_out;
        let block = (BLOCK / bytes / ROWS * ROWS).max(LEAST_PIXELS);
        let mut values = vec![F::Values::default(); block.min(self.shape.pixels_out()) * deep];
        let mut weights = vec![F::Weights::default(); deep];
        let mut patches = vec![self.padding_value; (ROWS + 1) * self.depth];
        for (at, output) in output.as_chunks_mut::<COLUMNS>().0.chunks_mut(block * stride).enumerate() {
            let (pixels, first) = (output.len() / stride, at * block);
            let tiled = pixels - last_tile(pixels);
            let (tiles, last) = values[..pixels * deep].split_at_mut(tiled * deep);
            self.lay_out_tiles(input, first, tiles, &mut patches);
            match pixels - tiled {
                0 => {}
                1 => self.lay_out::<1>(input, first + tiled, last, &mut patches),
                2 => self.lay_out::<2>(input, first + tiled, last, &mut patches),
                3 => self.lay_out::<3>(input, first + tiled, last, &mut patches),
                _ => self.lay_out::<5>(input, first + tiled, last, &mut patches),
            }
            let (tiles_output, last_output) = output.split_at_mut(tiled * stride);
            let columns = self.columns.iter().zip(self.weights.chunks_exact(self.depth * COLUMNS));
            for (at, (column, packed)) in columns.enumerate() {
                widen_weights::<F>(packed, &mut weights);
                self.multiply_tiles(column, &weights, tiles, tiles_output, at);
                if !last.is_empty() {
                    self.multiply_last(column, &weights, last, &mut last_output[at..]);
                }
            }
        }
    }

    /// Lays out the values under the kernel at the pixels of a block from `first` on. This and the two below are functions of their
    /// own, and small, since engines put optimized code in place only when one is called, and large ones take long to optimize.
    #[inline(never)]
    fn lay_out_tiles(&self, input: &[u8], first: usize, tiles: &mut [F::Values], patches: &mut [u8]) {
        for (tile, values) in tiles.chunks_exact_mut(ROWS * self.depth / F::DEEP).enumerate() {
            self.lay_out::<ROWS>(input, first + tile * ROWS, values, patches);
        }
    }

    /// Eight channels of whole tiles.
    #[cfg_attr(all(target_arch = "wasm32", feature = "relaxed-simd"), target_feature(enable = "relaxed-simd"))]
    #[inline(never)]
    fn multiply_tiles<T: Result>(
        &self,
        column: &Column,
        weights: &[F::Weights],
        tiles: &[F::Values],
        output: &mut [[T; COLUMNS]],
        at: usize,
    ) {
        let stride = self.shape.channels_out / COLUMNS;
        let (factor, rounding) = (self.factor, &self.rounding);
        for (values, output) in tiles.chunks_exact(ROWS * weights.len()).zip(output.chunks_exact_mut(ROWS * stride)) {
            T::store(column.sums::<F, ROWS>(factor, values, weights), column, rounding, &mut output[at..], stride);
        }
    }

    /// Eight channels of the last pixels, which are no whole tile, or one more.
    #[cfg_attr(all(target_arch = "wasm32", feature = "relaxed-simd"), target_feature(enable = "relaxed-simd"))]
    #[inline(never)]
    fn multiply_last<T: Result>(
        &self,
        column: &Column,
        weights: &[F::Weights],
        last: &[F::Values],
        output: &mut [[T; COLUMNS]],
    ) {
        let stride = self.shape.channels_out / COLUMNS;
        let (factor, rounding) = (self.factor, &self.rounding);
        match last.len() / weights.len() {
            1 => T::store(column.sums::<F, 1>(factor, last, weights), column, rounding, output, stride),
            2 => T::store(column.sums::<F, 2>(factor, last, weights), column, rounding, output, stride),
            3 => T::store(column.sums::<F, 3>(factor, last, weights), column, rounding, output, stride),
            _ => T::store(column.sums::<F, 5>(factor, last, weights), column, rounding, output, stride),
        }
    }

    /// Lays out the values under the kernel at the pixels of a tile from `first` on: `[depth / F::DEEP][row]`.
    #[inline(always)]
    fn lay_out<const ROWS: usize>(&self, input: &[u8], first: usize, to: &mut [F::Values], patches: &mut [u8]) {
        let rows = if self.shape.is_pointwise() && self.shape.channels_in == self.depth {
            &input[first * self.depth..]
        } else {
            let width = self.shape.output[1];
            let (mut y, mut x) = (first / width, first % width);
            for patch in patches.chunks_exact_mut(self.depth).take(ROWS) {
                self.cut_out(input, [y, x], patch);
                (y, x) = if x + 1 < width { (y, x + 1) } else { (y + 1, 0) };
            }
            patches
        };
        self.factor.widen_values::<ROWS>(from_fn(|row| &rows[row * self.depth..][..self.depth]), to);
    }

    /// Copies the values under the kernel at one output pixel.
    #[inline(always)]
    fn cut_out(&self, input: &[u8], [y, x]: [usize; 2], patch: &mut [u8]) {
        let shape = &self.shape;
        let columns = (shape.tap(1, x, 0), shape.tap(1, x, shape.kernel[1] - 1));
        let segment = self.depth / shape.kernel[0];
        for (tap_y, patch) in patch.chunks_exact_mut(segment).enumerate() {
            let row = shape.tap(0, y, tap_y);
            if let (Some(row), (Some(left), Some(_))) = (row, columns)
                && let Some(values) = input[(row * shape.input[1] + left) * shape.channels_in..].get(..segment)
            {
                // What follows the kernel's row up to the next four meets weights of zero.
                for (to, from) in patch.as_chunks_mut::<4>().0.iter_mut().zip(values.as_chunks().0) {
                    *to = *from;
                }
                continue;
            }
            for (tap_x, to) in patch.chunks_exact_mut(shape.channels_in).take(shape.kernel[1]).enumerate() {
                match (row, shape.tap(1, x, tap_x)) {
                    (Some(row), Some(column)) => {
                        let from = (row * shape.input[1] + column) * shape.channels_in;
                        to.copy_from_slice(&input[from..][..shape.channels_in]);
                    }
                    _ => to.fill(self.padding_value),
                }
            }
        }
    }
}

/// A function of its own, as those above.
#[inline(never)]
fn widen_weights<F: Factor>(packed: &[i8], weights: &mut [F::Weights]) {
    F::widen_weights(packed, weights);
}

/// Rows of the last tile, where so many pixels are not of a whole number of tiles. One row alone would cost half as much as four.
fn last_tile(pixels: usize) -> usize {
    match pixels % ROWS {
        1 if pixels > ROWS => ROWS + 1,
        rows => rows,
    }
}

/// What sums become.
pub(crate) trait Result: Copy + Default {
    /// Stores the results of a tile at each `stride`th place.
    fn store<const ROWS: usize>(
        sums: [[I32x4; 2]; ROWS],
        column: &Column,
        rounding: &Rounding,
        output: &mut [[Self; COLUMNS]],
        stride: usize,
    );
}

impl Result for u8 {
    #[inline(always)]
    fn store<const ROWS: usize>(
        sums: [[I32x4; 2]; ROWS],
        column: &Column,
        rounding: &Rounding,
        output: &mut [[u8; COLUMNS]],
        stride: usize,
    ) {
        let [s, t] = column.scales.each_ref().map(F32x4::load);
        let (pairs, last) = sums.as_chunks::<2>();
        for (pair, &[[a, b], [c, d]]) in pairs.iter().enumerate() {
            let bytes = rounding.apply([a, b, c, d], [s, t, s, t]);
            bytes.store_half::<0>(&mut output[2 * pair * stride]);
            bytes.store_half::<1>(&mut output[(2 * pair + 1) * stride]);
        }
        if let &[[a, b]] = last {
            rounding.apply([a, b, a, b], [s, t, s, t]).store_half::<0>(&mut output[(ROWS - 1) * stride]);
        }
    }
}

impl Result for f32 {
    #[inline(always)]
    fn store<const ROWS: usize>(
        sums: [[I32x4; 2]; ROWS],
        column: &Column,
        _: &Rounding,
        output: &mut [[f32; COLUMNS]],
        stride: usize,
    ) {
        for (row, sums) in sums.into_iter().enumerate() {
            let (halves, _) = output[row * stride].as_chunks_mut();
            for ((to, sums), scales) in halves.iter_mut().zip(sums).zip(&column.scales) {
                sums.to_f32().mul(F32x4::load(scales)).store(to);
            }
        }
    }
}

impl Column {
    #[inline(always)]
    fn sums<F: Factor, const ROWS: usize>(
        &self,
        factor: F,
        values: &[F::Values],
        weights: &[F::Weights],
    ) -> [[I32x4; 2]; ROWS] {
        let mut sums = [self.bias.each_ref().map(I32x4::load); ROWS];
        // Not a zip, whose one index would have to be scaled for both.
        let mut weights = weights.iter();
        for values in values.as_chunks::<ROWS>().0 {
            let Some(weights) = weights.next() else { break };
            factor.multiply_add(values, weights, &mut sums);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::{Dense, Product};
    use crate::{ConvolutionParameters, Requantize, Shape, bytes::Bytes};

    /// The instruction is not on every machine, so what is made for it is tried with each of its forms.
    #[test]
    fn bytes_give_the_same_sums_as_words() {
        for (at, (input, kernel, channels)) in
            [([5, 7], 1, [24, 40]), ([7, 7], 1, [44, 8]), ([9, 6], 3, [3, 16]), ([1, 1], 1, [80, 24])]
                .into_iter()
                .enumerate()
        {
            let output = input.map(|length| length - kernel + 1);
            let shape = Shape {
                input,
                output,
                kernel: [kernel; 2],
                stride: [1; 2],
                padding: [0; 2],
                channels_in: channels[0],
                channels_out: channels[1],
                groups: 1,
            };
            let parameters = ConvolutionParameters {
                shape,
                input_zero_point: 17,
                weights: (0..shape.weights_len()).map(|k| ((k * 89 + at) % 255) as u8 as i8).collect(),
                bias: (0..channels[1] as i32).map(|channel| 300 * channel - 2000).collect(),
                requantize: Requantize { scales: vec![2e-4; channels[1]].into(), zero_point: 120 },
            };
            let values: Vec<u8> = (0..shape.input_len()).map(|k| (k * 151 % 256) as u8).collect();
            let mut expected = vec![0; shape.output_len()];
            Dense::new(&parameters).run(&values, &mut expected);
            assert!(expected.iter().any(|&v| v != expected[0]));
            for bytes in [Bytes { signed: false }, Bytes { signed: true }] {
                let mut found = vec![0; shape.output_len()];
                Product::new(&parameters, bytes).run(&values, &mut found);
                assert_eq!(found, expected, "{bytes:?}, {shape:?}");
            }
        }
        assert_eq!(Bytes::detect(), Some(Bytes { signed: false }));
    }
}
