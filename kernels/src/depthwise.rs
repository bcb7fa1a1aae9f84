//! Depthwise convolution with a 3×3 or 5×5 kernel: each channel by itself.
//!
//! Rows of the input are taken two by two, the padding's included: bytes of the upper and the lower row in turn, widened to 16
//! bits. One multiplication of such a *band* then serves two taps of the kernel, and every output row needs (height + 1) / 2
//! bands, its first tap in the upper or in the lower row of the first. Sixteen channels at a time and as many rows as stay in
//! the nearest cache are made into bands once, for all columns of the kernel and all output rows.
//!
//! A row's sums are made one band of the kernel after the other, and then all become bytes: each of these loops has so few
//! vectors alive that engines keep them in registers. Together they would not fit.

use std::{array::from_fn, cell::RefCell};

use crate::{
    convolution::{ConvolutionParameters, Shape},
    requantize::Rounding,
    simd::{F32x4, I16x8, I32x4, U8x16},
};

/// Channels in a band.
const CHANNELS: usize = 16;

/// Bands kept at once, in vectors of 16 bytes: 24 kB.
const CACHED: usize = 1536;

/// A depthwise convolution with its weights packed.
#[derive(Debug, Clone)]
pub(crate) struct Depthwise {
    shape: Shape,
    padding_value: u8,
    /// For each 4 channels.
    quads: Box<[Quad]>,
    /// `[quad][phase][band of the kernel][kernel x][channel][row of the band]`; a phase is the row of the first band that the
    /// kernel begins in.
    weights: Box<[[i8; 8]]>,
    rounding: Rounding,
}

#[derive(Debug, Clone)]
struct Quad {
    /// With the zero point folded in.
    bias: [i32; 4],
    scales: [f32; 4],
}

/// Kept between calls, so that none allocates.
#[derive(Default)]
struct Scratch {
    /// `[quad][band][x]`.
    bands: Vec<[i16; 8]>,
    /// `[quad][x]`.
    sums: Vec<[i32; 4]>,
    /// A row of padding.
    padding: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Depthwise {
    /// Whether there is a kernel for `shape`.
    pub(crate) fn suits(shape: &Shape) -> bool {
        shape.groups == shape.channels_in
            && shape.groups == shape.channels_out
            && shape.channels_out.is_multiple_of(4)
            && [[3, 3], [5, 5]].contains(&shape.kernel)
            && [[1, 1], [2, 2]].contains(&shape.stride)
    }

    pub(crate) fn new(parameters: &ConvolutionParameters<'_>) -> Self {
        let shape = parameters.shape;
        let [size, _] = shape.kernel;
        let bands = size.div_ceil(2);
        let phases = phases(&shape);
        let quads = shape.channels_out.next_multiple_of(CHANNELS) / 4;
        let bias: Vec<i32> = parameters.folded_bias(parameters.input_zero_point.into()).collect();
        let weight = |channel: usize, y: Option<usize>, x: usize| match y {
            Some(y) if y < size && channel < shape.channels_out => parameters.weights[(channel * size + y) * size + x],
            _ => 0,
        };
        let weights = (0..quads * phases * bands * size)
            .map(|at| {
                let (quad, phase, band, x) =
                    (at / (phases * bands * size), at / (bands * size) % phases, at / size % bands, at % size);
                from_fn(|lane| weight(quad * 4 + lane / 2, (band * 2 + lane % 2).checked_sub(phase), x))
            })
            .collect();
        let quad = |quad: usize| Quad {
            bias: from_fn(|lane| bias.get(quad * 4 + lane).copied().unwrap_or(0)),
            scales: from_fn(|lane| parameters.requantize.scales.get(quad * 4 + lane).copied().unwrap_or(0.0)),
        };
        Self {
            shape,
            padding_value: parameters.input_zero_point,
            quads: (0..quads).map(quad).collect(),
            weights,
            rounding: Rounding::new(parameters.requantize.zero_point),
        }
    }

    pub(crate) fn run(&self, input: &[u8], output: &mut [u8]) {
        let [first_band_sums, next_band_sums] = if self.shape.kernel[0] == 3 {
            [sum_band::<3, true>, sum_band::<3, false>]
        } else {
            [sum_band::<5, true>, sum_band::<5, false>]
        };
        let (size, stride) = (self.shape.kernel[0], self.shape.stride[0]);
        let [height, width] = self.shape.output;
        let channels = self.shape.channels_in;
        let (deep, phases) = (size.div_ceil(2), phases(&self.shape));
        let columns = (width - 1) * stride + size;
        // Each output row, or each pair of them at stride 1, begins one band below the last.
        let first_band = |y: usize| y * stride / 2;
        let rows = ((CACHED / 4 / columns).saturating_sub(deep - 1).max(1) * 2 / stride).min(height);
        SCRATCH.with_borrow_mut(|Scratch { bands, sums, padding }| {
            padding.clear();
            padding.resize(self.shape.input[1] * channels, self.padding_value);
            sums.resize(4 * width, [0; 4]);
            for top in (0..height).step_by(rows) {
                let bottom = height.min(top + rows);
                let range = first_band(top)..first_band(bottom - 1) + deep;
                bands.resize(4 * range.len() * columns, [0; 8]);
                for first in (0..channels).step_by(CHANNELS) {
                    for (at, band) in range.clone().enumerate() {
                        let rows = self.rows_of(band, input, padding);
                        self.fill(rows, first, columns, range.len(), &mut bands[at * columns..]);
                    }
                    let quads = &self.quads[first / 4..][..4];
                    for y in top..bottom {
                        let phase = y * stride % 2 % phases;
                        for (at, quad) in quads.iter().enumerate() {
                            let weights = ((first / 4 + at) * phases + phase) * deep;
                            let bands = &bands[(at * range.len() + first_band(y) - range.start) * columns..];
                            let weights = self.weights[weights * size..].chunks_exact(size);
                            let sums = &mut sums[at * width..][..width];
                            let mut sum = first_band_sums;
                            for (band, weights) in bands.chunks_exact(columns).zip(weights).take(deep) {
                                sum(band, weights, stride, &quad.bias, sums);
                                sum = next_band_sums;
                            }
                        }
                        let output = &mut output[y * width * channels..][..width * channels][first..];
                        self.finish(quads, sums, CHANNELS.min(channels - first), output);
                    }
                }
            }
        });
    }

    /// The two rows of the input in a band.
    fn rows_of<'a>(&self, band: usize, input: &'a [u8], padding: &'a [u8]) -> [&'a [u8]; 2] {
        let Shape { input: [height, width], padding: [above, _], channels_in, .. } = self.shape;
        from_fn(|row| match (band * 2 + row).checked_sub(above) {
            Some(y) if y < height => &input[y * width * channels_in..][..width * channels_in],
            _ => padding,
        })
    }

    /// Makes a band of 16 channels from `first` on. The quads lie `bands` bands of `columns` vectors apart.
    #[inline(never)]
    fn fill(&self, rows: [&[u8]; 2], first: usize, columns: usize, bands: usize, to: &mut [[i16; 8]]) {
        let Shape { input: [_, width], padding: [_, left], channels_in: channels, .. } = self.shape;
        let nothing = U8x16::splat(self.padding_value);
        let nothing = nothing.interleave(nothing);
        let (q0, rest) = to.split_at_mut(bands * columns);
        let (q1, rest) = rest.split_at_mut(bands * columns);
        let (q2, q3) = rest.split_at_mut(bands * columns);
        let mut quads = q0.iter_mut().zip(q1).zip(q2).zip(q3).take(columns);
        let mut put = |pairs: [I16x8; 4]| {
            let Some((((q0, q1), q2), q3)) = quads.next() else { return };
            for (pairs, to) in pairs.into_iter().zip([q0, q1, q2, q3]) {
                pairs.store(to);
            }
        };
        for _ in 0..left {
            put(nothing);
        }
        for x in 0..width.min(columns - left) {
            let [upper, lower] = rows.map(|row| {
                let bytes = &row[x * channels + first..];
                bytes.first_chunk().map_or_else(|| load_some(bytes), U8x16::load)
            });
            put(upper.interleave(lower));
        }
        for _ in left + width..columns {
            put(nothing);
        }
    }

    /// Sums to bytes: up to sixteen channels of one output row.
    #[inline(never)]
    fn finish(&self, quads: &[Quad], sums: &[[i32; 4]], channels: usize, output: &mut [u8]) {
        let scales: [F32x4; 4] = from_fn(|quad| F32x4::load(&quads[quad].scales));
        let (ab, cd) = sums.split_at(sums.len() / 2);
        let ((a, b), (c, d)) = (ab.split_at(ab.len() / 2), cd.split_at(cd.len() / 2));
        let pixels = a.iter().zip(b).zip(c).zip(d).zip(output.chunks_mut(self.shape.channels_out));
        for ((((a, b), c), d), output) in pixels {
            let bytes = self.rounding.apply([a, b, c, d].map(I32x4::load), scales);
            match output.first_chunk_mut() {
                Some(output) if channels == CHANNELS => bytes.store(output),
                _ => {
                    let mut some = [0; CHANNELS];
                    bytes.store(&mut some);
                    output[..channels].copy_from_slice(&some[..channels]);
                }
            }
        }
    }
}

/// What one band of the kernel makes of four channels of an output row, added to their sums; the `FIRST` is added to the bias. A
/// function of its own, since engines put optimized code in place only when one is called.
#[inline(never)]
fn sum_band<const SIZE: usize, const FIRST: bool>(
    band: &[[i16; 8]],
    weights: &[[i8; 8]],
    stride: usize,
    bias: &[i32; 4],
    sums: &mut [[i32; 4]],
) {
    let Some(weights) = weights.first_chunk::<SIZE>() else { return };
    let weights = weights.each_ref().map(I16x8::from_i8);
    let bias = I32x4::load(bias);
    for (sum, pixel) in sums.iter_mut().zip(band.windows(SIZE).step_by(stride)) {
        let mut total = if FIRST { bias } else { I32x4::load(sum) };
        for (pairs, &weights) in pixel.iter().zip(&weights) {
            total = total.add(I16x8::load(pairs).dot(weights));
        }
        total.store(sum);
    }
}

/// Fewer than sixteen bytes are left at a row's end.
fn load_some(bytes: &[u8]) -> U8x16 {
    let mut padded = [0; CHANNELS];
    padded[..bytes.len()].copy_from_slice(bytes);
    U8x16::load(&padded)
}

/// At stride 1 every other output row begins in the lower row of a band.
fn phases(shape: &Shape) -> usize {
    if shape.stride[0] == 1 { 2 } else { 1 }
}
