//! From a 32-bit accumulator back to 8 bits.

use crate::simd::{F32x4, I32x4};

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

/// [`Requantize`] for four channels at a time, each vector's own scales beside it.
///
/// Its results still have to be saturated, which narrowing them to bytes does for nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounding {
    zero_point: I32x4,
}

impl Rounding {
    /// Scaled accumulators must stay below this in magnitude; a little less than 2²² leaves room for the product's own rounding.
    pub(crate) const RANGE: f64 = 4_194_000.0;

    pub(crate) fn new(zero_point: u8) -> Self {
        Self { zero_point: I32x4::splat(zero_point.into()) }
    }

    #[inline(always)]
    pub(crate) fn apply(self, accumulators: I32x4, scales: F32x4) -> I32x4 {
        accumulators.to_f32().mul(scales).round().add(self.zero_point)
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
