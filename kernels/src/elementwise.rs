//! Operators that look at one value at a time: quantize, look up, add, dequantize.
//!
//! Those that take long are functions of their own, since engines put optimized code in place only when one is called.

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

/// Red, green and blue bytes to `u8` by a table each, as normalizing and quantizing a picture does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// `None` if every byte stays what it is.
    tables: Option<Box<[[u8; 256]; 3]>>,
}

impl Lookup {
    /// The result for each byte of each colour.
    pub fn new(tables: [[u8; 256]; 3]) -> Self {
        let is_identity =
            tables.iter().all(|table| table.iter().enumerate().all(|(from, &to)| usize::from(to) == from));
        Self { tables: (!is_identity).then(|| Box::new(tables)) }
    }

    /// Looks up `input` (pixels × 3) into `output` of the same length.
    #[inline(never)]
    pub fn run(&self, input: &[u8], output: &mut [u8]) {
        let Some(tables) = &self.tables else { return output.copy_from_slice(input) };
        for (to, from) in output.as_chunks_mut().0.iter_mut().zip(input.as_chunks::<3>().0) {
            *to = [0, 1, 2].map(|colour| tables[colour][usize::from(from[colour])]);
        }
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
    #[inline(never)]
    pub fn run(&self, a: &[u8], b: &[u8], sum: &mut [u8]) {
        let zero_point = f32::from(self.sum.zero_point);
        for ((&a, &b), sum) in a.iter().zip(b).zip(sum) {
            let real = self.a.dequantize(a) + self.b.dequantize(b);
            let steps = (real / self.sum.scale).clamp(-zero_point, 255.0 - zero_point) + zero_point;
            *sum = ((steps + ROUNDER).to_bits() - ROUNDER.to_bits()) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lookup;

    #[test]
    fn each_colour_has_its_table() {
        let table = |step: u8| std::array::from_fn(|byte| (byte as u8).wrapping_mul(step));
        let mut found = [0; 6];
        Lookup::new([table(1), table(2), table(3)]).run(&[10, 10, 10, 100, 100, 100], &mut found);
        assert_eq!(found, [10, 20, 30, 100, 200, 44]);
        Lookup::new([table(1); 3]).run(&[1, 2, 3, 4, 5, 6], &mut found);
        assert_eq!(found, [1, 2, 3, 4, 5, 6]);
    }
}
