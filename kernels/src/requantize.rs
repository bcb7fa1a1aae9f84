//! From a 32-bit accumulator back to 8 bits.

use crate::simd::{F32x4, I16x8, I32x4, U8x16};

/// How accumulators of one layer become `u8`: multiply, round, add the zero point, saturate.
#[derive(Debug, Clone)]
pub struct Requantize {
    /// One factor an output channel: input scale × weight scale ÷ output scale.
    pub scales: Box<[f32]>,
    /// The `u8` that means zero.
    pub zero_point: u8,
}

impl Requantize {
    /// `accumulator` of output channel `channel` as `u8`.
    #[inline]
    pub fn apply(&self, accumulator: i32, channel: usize) -> u8 {
        let zero_point = f32::from(self.zero_point);
        // Clamping before rounding cannot change the result, since both bounds are whole numbers.
        let scaled = (accumulator as f32 * self.scales[channel]).clamp(-zero_point, 255.0 - zero_point);
        (scaled.round_ties_even() as i32 + i32::from(self.zero_point)) as u8
    }
}

/// 1.5 · 2²³. Between 2²³ and 2²⁴ floats are whole numbers: added to one within ±2²², this rounds it, ties to even, and leaves it
/// in the low bits.
pub(crate) const ROUNDER: f32 = 12_582_912.0;

/// [`Requantize`] for sixteen sums at a time.
///
/// Its constants are kept in memory: where they are written in the code, engines make them anew at each use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounding {
    rounder: F32x4,
    /// Takes the rounder's bits off again.
    unrounder: I32x4,
    /// Adds the zero point, and moves `u8` to `i8`: signed narrowing is one instruction, for the unsigned one LLVM clamps first.
    /// It stands between the two steps of narrowing, because LLVM joins neighbours to a slow sequence.
    offset: I16x8,
    sign: U8x16,
}

impl Rounding {
    /// Scaled sums must stay below this in magnitude: 2²² and some room for the product's own rounding.
    pub(crate) const RANGE: f64 = 4_194_000.0;

    pub(crate) fn new(zero_point: u8) -> Self {
        Self {
            rounder: F32x4::splat(ROUNDER),
            unrounder: I32x4::splat(-ROUNDER.to_bits().cast_signed()),
            offset: I16x8::splat(&[i16::from(zero_point) - 128; 2]),
            sign: U8x16::splat(0x80),
        }
    }

    #[inline(always)]
    pub(crate) fn apply(&self, sums: [I32x4; 4], scales: [F32x4; 4]) -> U8x16 {
        let [a, b, c, d] = sums;
        let [s, t, u, v] = scales;
        let round =
            |sums: I32x4, scales: F32x4| sums.to_f32().mul(scales).add(self.rounder).to_bits().add(self.unrounder);
        let low = I16x8::narrow(round(a, s), round(b, t)).add_saturating(self.offset);
        let high = I16x8::narrow(round(c, u), round(d, v)).add_saturating(self.offset);
        U8x16::narrow(low, high).xor(self.sign)
    }
}

#[cfg(test)]
mod tests {
    use super::Requantize;

    #[test]
    fn ties_go_to_even_and_ends_saturate() {
        let half = Requantize { scales: [0.5].into(), zero_point: 10 };
        let of = |accumulator| half.apply(accumulator, 0);
        assert_eq!([of(1), of(3), of(5), of(-1), of(-3)], [10, 12, 12, 10, 8]);
        assert_eq!([of(i32::MIN), of(-21), of(490), of(491), of(i32::MAX)], [0, 0, 255, 255, 255]);
    }
}
