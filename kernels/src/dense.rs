//! Dense convolution as a product of matrices: output pixels × the values under the kernel (`depth`) × output channels.
//!
//! A tile of the product is a few pixels × 8 channels, so that accumulators, weights and a pixel's values fit 16 vector
//! registers. A layer's pixels are taken in blocks: their values are laid out once in the order a tile reads them, and stay in
//! the nearest cache while all weights pass by.

use std::array::from_fn;

use crate::{
    convolution::{ConvolutionParameters, Shape},
    requantize::Rounding,
    simd::{F32x4, Factor, I32x4, U8x16},
};

/// Output pixels of a tile.
const ROWS: usize = 4;

/// Output channels of a tile.
const COLUMNS: usize = 8;

/// Values of a block of pixels.
const BLOCK: usize = 8 << 10;

/// A dense convolution with its weights packed.
#[derive(Debug, Clone)]
pub(crate) struct Dense<F> {
    shape: Shape,
    /// Values under the kernel, those of each of its rows padded to a multiple of 4.
    depth: usize,
    padding_value: u8,
    factor: F,
    /// `[channel / 8][depth / 4][channel % 8 / 4]`, in the 16 the factor's own order.
    weights: Box<[[[i8; 16]; 2]]>,
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

impl<F: Factor> Dense<F> {
    /// Whether there is a kernel for `shape`: tiles are stored whole, and networks made for phones have channels in eights.
    pub(crate) fn suits(shape: &Shape) -> bool {
        shape.groups == 1 && shape.channels_out.is_multiple_of(COLUMNS)
    }

    pub(crate) fn new(parameters: &ConvolutionParameters, factor: F) -> Self {
        let shape = parameters.shape;
        let used = shape.weights_per_channel();
        // Each row of the kernel begins a new four, so that four of the input's bytes are always read as they lie.
        let used_segment = used / shape.kernel[0];
        let segment = used_segment.next_multiple_of(4);
        let depth = shape.kernel[0] * segment;
        let blocks = shape.channels_out.div_ceil(COLUMNS);
        let mut weights = vec![[[0; 16]; 2]; blocks * depth / 4];
        for (channel, row) in parameters.weights.chunks_exact(used).enumerate() {
            for (k, &weight) in row.iter().enumerate() {
                let k = k / used_segment * segment + k % used_segment;
                let step = channel / COLUMNS * depth / 4 + k / 4;
                weights[step][channel % COLUMNS / 4][F::place(channel % 4, k % 4)] = weight;
            }
        }
        let bias: Vec<i32> = parameters.folded_bias(factor.zero_point(parameters.input_zero_point)).collect();
        let column = |block: usize| {
            let channel = |half: usize, lane: usize| block * COLUMNS + half * 4 + lane;
            let scales = &parameters.requantize.scales;
            Column {
                bias: from_fn(|half| from_fn(|lane| bias.get(channel(half, lane)).copied().unwrap_or(0))),
                scales: from_fn(|half| from_fn(|lane| scales.get(channel(half, lane)).copied().unwrap_or(0.0))),
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

    /// Convolves; the shapes have been checked.
    pub(crate) fn run<T: Result>(&self, input: &[u8], output: &mut [T]) {
        let channels = self.shape.channels_out;
        let block = (BLOCK / self.depth).next_multiple_of(ROWS);
        let mut values = vec![[F::default(); 4]; block.min(output.len() / channels) * self.depth / 4];
        for (at, output) in output.chunks_mut(block * channels).enumerate() {
            self.lay_out(input, at * block, output.len() / channels, &mut values);
            let tiled = output.len() / channels / ROWS * ROWS;
            let (tiles, rows) = output.split_at_mut(tiled * channels);
            let (tile_values, row_values) = values.split_at(tiled * self.depth / 4);
            let weights = self.weights.chunks_exact(self.depth / 4);
            for (at, (column, weights)) in self.columns.iter().zip(weights).enumerate() {
                let at = at * COLUMNS;
                let tiles =
                    tiles.chunks_exact_mut(ROWS * channels).zip(tile_values.chunks_exact(ROWS * self.depth / 4));
                for (output, values) in tiles {
                    let sums = column.sums::<F, ROWS>(values, weights);
                    T::store_tile(sums, column, &self.rounding, &mut output[at..], channels);
                }
                let rows = rows.chunks_exact_mut(channels).zip(row_values.chunks_exact(self.depth / 4));
                for (output, values) in rows {
                    let [sums] = column.sums::<F, 1>(values, weights);
                    T::store_row(sums, column, &self.rounding, &mut output[at..]);
                }
            }
        }
    }

    /// Lays out the values under the kernel at `rows` pixels from `first` on: `[tile][depth / 4][row of the tile][depth % 4]`.
    fn lay_out(&self, input: &[u8], first: usize, rows: usize, to: &mut [[F; 4]]) {
        let shape = &self.shape;
        let mut patch = vec![self.padding_value; self.depth];
        let segment = self.depth / shape.kernel[0];
        for row in 0..rows {
            let pixel = first + row;
            let (y, x) = (pixel / shape.output[1], pixel % shape.output[1]);
            let (start, stride) = if row < rows / ROWS * ROWS {
                (row / ROWS * ROWS * self.depth / 4 + row % ROWS, ROWS)
            } else {
                (row * self.depth / 4, 1)
            };
            for tap_y in 0..shape.kernel[0] {
                let values = self.segment(input, [y, x], tap_y, segment, &mut patch);
                let to = &mut to[start + tap_y * segment / 4 * stride..];
                let (eights, rest) = values.as_chunks::<8>();
                for (at, values) in eights.iter().enumerate() {
                    let [a, b] = self.factor.widen(values);
                    to[2 * at * stride] = a;
                    to[(2 * at + 1) * stride] = b;
                }
                if let &[a, b, c, d] = rest {
                    to[2 * eights.len() * stride] = self.factor.widen(&[a, b, c, d, 0, 0, 0, 0])[0];
                }
            }
        }
    }

    /// The values under row `tap_y` of the kernel at output pixel `[y, x]`, and whatever follows them up to `len`: it meets zeros.
    #[inline(always)]
    fn segment<'a>(
        &self,
        input: &'a [u8],
        [y, x]: [usize; 2],
        tap_y: usize,
        len: usize,
        patch: &'a mut [u8],
    ) -> &'a [u8] {
        let shape = &self.shape;
        let columns = (shape.tap(1, x, 0), shape.tap(1, x, shape.kernel[1] - 1));
        if let (Some(row), (Some(left), Some(_))) = (shape.tap(0, y, tap_y), columns)
            && let Some(values) = input[(row * shape.input[1] + left) * shape.channels_in..].get(..len)
        {
            return values;
        }
        let patch = &mut patch[..len];
        patch.fill(self.padding_value);
        for (tap_x, to) in patch.chunks_exact_mut(shape.channels_in).enumerate() {
            if let (Some(row), Some(column)) = (shape.tap(0, y, tap_y), shape.tap(1, x, tap_x)) {
                to.copy_from_slice(&input[(row * shape.input[1] + column) * shape.channels_in..][..shape.channels_in]);
            }
        }
        patch
    }
}

/// What sums become.
pub(crate) trait Result: Copy + Default {
    /// Stores up to 8 results at each `channels`th place.
    fn store_tile(sums: [[I32x4; 2]; ROWS], column: &Column, rounding: &Rounding, output: &mut [Self], channels: usize);
    /// Stores up to 8 results.
    fn store_row(sums: [I32x4; 2], column: &Column, rounding: &Rounding, output: &mut [Self]);
}

impl Result for u8 {
    #[inline(always)]
    fn store_tile(sums: [[I32x4; 2]; ROWS], column: &Column, rounding: &Rounding, output: &mut [u8], channels: usize) {
        let [[a, b], [c, d], [e, f], [g, h]] = sums;
        let [s, t] = column.scales.each_ref().map(F32x4::load);
        let upper = rounding.apply([a, b, c, d], [s, t, s, t]);
        let lower = rounding.apply([e, f, g, h], [s, t, s, t]);
        let (row0, rest) = output.split_at_mut(channels);
        let (row1, rest) = rest.split_at_mut(channels);
        let (row2, row3) = rest.split_at_mut(channels);
        store::<0>(upper, row0);
        store::<1>(upper, row1);
        store::<0>(lower, row2);
        store::<1>(lower, row3);
    }

    #[inline(always)]
    fn store_row([a, b]: [I32x4; 2], column: &Column, rounding: &Rounding, output: &mut [u8]) {
        let [s, t] = column.scales.each_ref().map(F32x4::load);
        store::<0>(rounding.apply([a, b, a, b], [s, t, s, t]), output);
    }
}

#[inline(always)]
fn store<const HALF: usize>(bytes: U8x16, to: &mut [u8]) {
    if let Some(to) = to.first_chunk_mut() {
        bytes.store_half::<HALF>(to);
    } else {
        let mut half = [0; COLUMNS];
        bytes.store_half::<HALF>(&mut half);
        to.copy_from_slice(&half[..to.len()]);
    }
}

impl Result for f32 {
    #[inline(always)]
    fn store_tile(sums: [[I32x4; 2]; ROWS], column: &Column, rounding: &Rounding, output: &mut [f32], channels: usize) {
        for (row, sums) in sums.into_iter().enumerate() {
            Self::store_row(sums, column, rounding, &mut output[row * channels..]);
        }
    }

    #[inline(always)]
    fn store_row(sums: [I32x4; 2], column: &Column, _: &Rounding, output: &mut [f32]) {
        let mut reals = [0.0; COLUMNS];
        for ((to, sums), scales) in reals.as_chunks_mut().0.iter_mut().zip(sums).zip(&column.scales) {
            sums.to_f32().mul(F32x4::load(scales)).store(to);
        }
        let len = output.len().min(COLUMNS);
        output[..len].copy_from_slice(&reals[..len]);
    }
}

impl Column {
    #[inline(always)]
    fn sums<F: Factor, const ROWS: usize>(&self, values: &[[F; 4]], weights: &[[[i8; 16]; 2]]) -> [[I32x4; 2]; ROWS] {
        let mut sums = [self.bias.each_ref().map(I32x4::load); ROWS];
        for (values, weights) in values.as_chunks::<ROWS>().0.iter().zip(weights) {
            let weights = weights.each_ref().map(F::load);
            for (sums, values) in sums.iter_mut().zip(values) {
                for half in 0..2 {
                    sums[half] = F::multiply_add(values, weights[half], sums[half]);
                }
            }
        }
        sums
    }
}
