//! A factor that multiplies bytes as they are, by an instruction that some engines have.

#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
use std::array::from_fn;

use crate::simd::{Factor, I32x4, U8x16, pack};

/// Bytes as they are, where one instruction multiplies four of them with four weights and adds all to a sum.
///
/// That is `i32x4.relaxed_dot_i8x16_i7x16_add` of relaxed SIMD. Its second operand is exact up to 127 everywhere; beyond, machines
/// differ: with x86's VNNI it is a `u8`, with Arm's dot product an `i8`, and elsewhere products saturate. [`Bytes::detect`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes {
    /// Whether the instruction takes an `i8`: then 128 is taken off every value.
    pub(crate) signed: bool,
}

impl Bytes {
    /// `None` where the instruction is not exact.
    pub(crate) fn detect() -> Option<Self> {
        let mut sums = [0; 4];
        dot(U8x16::splat(0x80), U8x16::splat(0xff), I32x4::splat(0), false).store(&mut sums);
        match sums {
            [-130_560, ..] => Some(Self { signed: false }),
            [512, ..] => Some(Self { signed: true }),
            _ => None,
        }
    }

    fn flip(self) -> u8 {
        if self.signed { 0x80 } else { 0 }
    }
}

impl Factor for Bytes {
    const DEEP: usize = 4;
    type Values = [u8; 4];
    type Weights = [[u8; 16]; 2];

    fn pack(channels: [&[i8]; 8], to: &mut [i8]) {
        pack::<{ Self::DEEP }>(channels, to);
    }

    fn zero_point(self, zero_point: u8) -> i32 {
        i32::from(zero_point) - i32::from(self.flip())
    }

    #[inline(always)]
    fn widen_weights(packed: &[i8], to: &mut [Self::Weights]) {
        for (to, packed) in to.as_flattened_mut().as_flattened_mut().iter_mut().zip(packed) {
            *to = packed.cast_unsigned();
        }
    }

    #[inline(always)]
    fn widen_values<const ROWS: usize>(self, rows: [&[u8]; ROWS], to: &mut [[u8; 4]]) {
        let flip = U8x16::splat(self.flip());
        let (steps, _) = to.as_chunks_mut::<ROWS>();
        let (fours, last) = steps.as_chunks_mut::<4>();
        let mut done = 0;
        if let (4, Some(rows)) = (ROWS, rows.first_chunk()) {
            for (at, steps) in fours.iter_mut().enumerate() {
                let wide = rows.map(|row| row[16 * at..].first_chunk().map_or(flip, U8x16::load).xor(flip));
                let (columns, _) = steps.as_flattened_mut().as_flattened_mut().as_chunks_mut();
                for (to, column) in columns.iter_mut().zip(U8x16::transpose_fours(wide)) {
                    column.store(to);
                }
            }
            done = 4 * fours.len();
        }
        let rest = if done == 0 { fours.as_flattened_mut() } else { &mut [] };
        for (at, step) in rest.iter_mut().chain(last).enumerate() {
            for (to, row) in step.iter_mut().zip(rows) {
                let four = row[4 * (done + at)..].first_chunk::<4>().copied().unwrap_or_default();
                *to = four.map(|value| value ^ self.flip());
            }
        }
    }

    #[inline(always)]
    fn multiply_add<const ROWS: usize>(
        self,
        values: &[[u8; 4]; ROWS],
        weights: &Self::Weights,
        sums: &mut [[I32x4; 2]; ROWS],
    ) {
        let weights = weights.each_ref().map(U8x16::load);
        for (sums, values) in sums.iter_mut().zip(values) {
            let values = U8x16::splat_four(values);
            for half in 0..2 {
                sums[half] = dot(weights[half], values, sums[half], self.signed);
            }
        }
    }
}

/// Adds to each sum the products of four weights (`i8`) and four values. The machine knows whether these are signed.
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
#[inline(always)]
fn dot(weights: U8x16, values: U8x16, sums: I32x4, _signed: bool) -> I32x4 {
    I32x4(core::arch::wasm32::i32x4_relaxed_dot_i8x16_i7x16_add(weights.0, values.0, sums.0))
}

/// The same without the instruction, for tests.
#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
fn dot(weights: U8x16, values: U8x16, sums: I32x4, signed: bool) -> I32x4 {
    let [weights, values] = [weights, values].map(|vector| {
        let mut bytes = [0; 16];
        vector.store(&mut bytes);
        bytes
    });
    let value = |value: u8| if signed { value.cast_signed().into() } else { i32::from(value) };
    let products: [i32; 16] = from_fn(|lane| i32::from(weights[lane].cast_signed()) * value(values[lane]));
    sums.add(I32x4::load(&from_fn(|lane| products[4 * lane..4 * lane + 4].iter().sum())))
}
