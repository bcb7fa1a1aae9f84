//! Depthwise convolution with a 3×3 or 5×5 kernel: each channel by itself.
//!
//! Rows of the input are taken two by two, the padding's included: bytes of the upper and the lower row in turn, widened to 16
//! bits. One multiplication of such a *band* then serves two taps of the kernel, and every output row needs (height + 1) / 2
//! bands, its first tap in the upper or in the lower row of the first. Sixteen channels at a time and as many rows as stay in
//! the nearest cache are made into bands once, for all columns of the kernel and all output rows.

use std::{array::from_fn, cell::RefCell};

use crate::{
    convolution::{ConvolutionParameters, Shape},
    requantize::Rounding,
    simd::{F32x4, I16x8, I32x4, U8x16},
};

/// Channels in a band.
const CHANNELS: usize = 16;

/// Output pixels computed together.
const PIXELS: usize = 4;

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

thread_local! {
    /// Bands, kept between calls: `[quad][band][x]`.
    static BANDS: RefCell<Vec<[i16; 8]>> = const { RefCell::new(Vec::new()) };
}

impl Depthwise {
    /// Whether there is a kernel for `shape`.
    pub(crate) fn suits(shape: &Shape) -> bool {
        shape.groups == shape.channels_in
            && shape.groups == shape.channels_out
            && [[3, 3], [5, 5]].contains(&shape.kernel)
            && [[1, 1], [2, 2]].contains(&shape.stride)
    }

    pub(crate) fn new(parameters: &ConvolutionParameters) -> Self {
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
        match (self.shape.kernel, self.shape.stride) {
            ([3, _], [1, _]) => self.run_sized::<3, 2, 1, { PIXELS + 2 }>(input, output),
            ([3, _], _) => self.run_sized::<3, 2, 2, { 2 * (PIXELS - 1) + 3 }>(input, output),
            (_, [1, _]) => self.run_sized::<5, 3, 1, { PIXELS + 4 }>(input, output),
            _ => self.run_sized::<5, 3, 2, { 2 * (PIXELS - 1) + 5 }>(input, output),
        }
    }

    /// `SIZE`: of the kernel; `DEEP`: bands it spans; `WIDE`: columns of the input that [`PIXELS`] output pixels read.
    fn run_sized<const SIZE: usize, const DEEP: usize, const STRIDE: usize, const WIDE: usize>(
        &self,
        input: &[u8],
        output: &mut [u8],
    ) {
        let [height, width] = self.shape.output;
        let phases = phases(&self.shape);
        let columns = (width.next_multiple_of(PIXELS) - PIXELS) * STRIDE + WIDE;
        // Each output row, or each pair of them at stride 1, begins one band below the last.
        let first_band = |y: usize| y * STRIDE / 2;
        let rows = ((CACHED / 4 / columns).saturating_sub(DEEP - 1).max(1) * 2 / STRIDE).min(height);
        BANDS.with_borrow_mut(|bands| {
            for top in (0..height).step_by(rows) {
                let bottom = height.min(top + rows);
                let range = first_band(top)..first_band(bottom - 1) + DEEP;
                bands.resize(4 * range.len() * columns, [0; 8]);
                for first in (0..self.shape.channels_in).step_by(CHANNELS) {
                    for (at, band) in range.clone().enumerate() {
                        self.fill(input, band, first, columns, range.len(), &mut bands[at * columns..]);
                    }
                    let channels = CHANNELS.min(self.shape.channels_in - first);
                    for quad in 0..channels.div_ceil(4) {
                        let bands = &bands[quad * range.len() * columns..][..range.len() * columns];
                        let at = first / 4 + quad;
                        for y in top..bottom {
                            let weights =
                                &self.weights[(at * phases + y * STRIDE % 2 % phases) * DEEP * SIZE..][..DEEP * SIZE];
                            let bands = &bands[(first_band(y) - range.start) * columns..];
                            let to =
                                &mut output[y * width * self.shape.channels_out..][..width * self.shape.channels_out];
                            self.row::<SIZE, DEEP, STRIDE, WIDE>(at, weights, bands, columns, to);
                        }
                    }
                }
            }
        });
    }

    /// Makes band `band` of 16 channels from `first` on. The quads lie `bands` bands of `columns` vectors apart.
    #[inline(always)]
    fn fill(&self, input: &[u8], band: usize, first: usize, columns: usize, bands: usize, to: &mut [[i16; 8]]) {
        let Shape { input: [height, width], padding: [above, left], channels_in: channels, .. } = self.shape;
        let nothing = U8x16::splat(self.padding_value);
        let [upper, lower] = from_fn(|row| {
            let y = (band * 2 + row).checked_sub(above).filter(|&y| y < height)?;
            Some(&input[y * width * channels..][..width * channels])
        });
        let load = |row: Option<&[u8]>, x: usize| {
            let Some(row) = row else { return nothing };
            let bytes = &row[x * channels + first..(x + 1) * channels];
            if let Some(bytes) = bytes.first_chunk() {
                return U8x16::load(bytes);
            }
            let mut padded = [0; CHANNELS];
            padded[..bytes.len()].copy_from_slice(bytes);
            U8x16::load(&padded)
        };
        let (q0, rest) = to.split_at_mut(bands * columns);
        let (q1, rest) = rest.split_at_mut(bands * columns);
        let (q2, q3) = rest.split_at_mut(bands * columns);
        for (column, (((q0, q1), q2), q3)) in (0..columns).zip(q0.iter_mut().zip(q1).zip(q2).zip(q3)) {
            let pairs = match column.checked_sub(left).filter(|&x| x < width) {
                Some(x) => load(upper, x).interleave(load(lower, x)),
                None => nothing.interleave(nothing),
            };
            for (pairs, to) in pairs.into_iter().zip([q0, q1, q2, q3]) {
                pairs.store(to);
            }
        }
    }

    /// Four channels of one output row.
    #[inline(always)]
    fn row<const SIZE: usize, const DEEP: usize, const STRIDE: usize, const WIDE: usize>(
        &self,
        quad: usize,
        weights: &[[i8; 8]],
        bands: &[[i16; 8]],
        columns: usize,
        output: &mut [u8],
    ) {
        let channels = self.shape.channels_out;
        let weights: [[I16x8; SIZE]; DEEP] = from_fn(|band| from_fn(|x| I16x8::from_i8(&weights[band * SIZE + x])));
        let bands: [&[[i16; 8]]; DEEP] = from_fn(|band| &bands[band * columns..][..columns]);
        let Quad { bias, scales } = &self.quads[quad];
        let (bias, scales) = (I32x4::load(bias), F32x4::load(scales));
        for (tile, output) in output.chunks_mut(PIXELS * channels).enumerate() {
            let mut sums = [bias; PIXELS];
            for (band, weights) in bands.iter().zip(&weights) {
                let Some(band) = band[tile * PIXELS * STRIDE..].first_chunk::<WIDE>() else { return };
                for (x, &weights) in weights.iter().enumerate() {
                    for (pixel, sum) in sums.iter_mut().enumerate() {
                        *sum = sum.add(I16x8::load(&band[pixel * STRIDE + x]).dot(weights));
                    }
                }
            }
            let bytes = self.rounding.apply(sums, [scales; PIXELS]);
            let mut pixels = output.chunks_exact_mut(channels).map(|pixel| &mut pixel[quad * 4..]);
            store::<0>(bytes, pixels.next());
            store::<1>(bytes, pixels.next());
            store::<2>(bytes, pixels.next());
            store::<3>(bytes, pixels.next());
        }
    }
}

#[inline(always)]
fn store<const QUARTER: usize>(bytes: U8x16, to: Option<&mut [u8]>) {
    let Some(to) = to else { return };
    if let Some(to) = to.first_chunk_mut() {
        bytes.store_quarter::<QUARTER>(to);
    } else {
        let mut quarter = [0; 4];
        bytes.store_quarter::<QUARTER>(&mut quarter);
        to.copy_from_slice(&quarter[..to.len()]);
    }
}

/// At stride 1 every other output row begins in the lower row of a band.
fn phases(shape: &Shape) -> usize {
    if shape.stride[0] == 1 { 2 } else { 1 }
}
