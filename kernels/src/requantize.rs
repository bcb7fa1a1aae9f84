//! From a 32-bit accumulator back to 8 bits.

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
