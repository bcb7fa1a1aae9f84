//! Operators that look at one value at a time: quantize, add, dequantize.

use crate::requantize::ROUNDER;

/// How one `u8` operand or result is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operand {
    /// Real value of one step.
    pub scale: f32,
    /// The `u8` that means zero.
    pub zero_point: u8,
}

impl Operand {
    /// `real` to the nearest step, ties to even, saturated.
    #[inline]
    pub fn quantize(self, real: f32) -> u8 {
        let steps = (real / self.scale).round_ties_even() + f32::from(self.zero_point);
        // The cast saturates, and turns NaN into 0.
        steps as u8
    }

    /// The real value of `quantized`.
    #[inline]
    pub fn dequantize(self, quantized: u8) -> f32 {
        (i32::from(quantized) - i32::from(self.zero_point)) as f32 * self.scale
    }
}

/// Sum of two tensors of equal shape, each with its own quantization.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Add {
    /// First operand.
    pub a: Operand,
    /// Second operand.
    pub b: Operand,
    /// Result.
    pub sum: Operand,
}

impl Add {
    /// Adds `a` and `b` into `sum`, three slices of one length.
    pub fn run(&self, a: &[u8], b: &[u8], sum: &mut [u8]) {
        let zero_point = f32::from(self.sum.zero_point);
        for ((&a, &b), sum) in a.iter().zip(b).zip(sum) {
            let real = self.a.dequantize(a) + self.b.dequantize(b);
            let steps = (real / self.sum.scale).clamp(-zero_point, 255.0 - zero_point) + zero_point;
            *sum = ((steps + ROUNDER).to_bits() - ROUNDER.to_bits()) as u8;
        }
    }
}
