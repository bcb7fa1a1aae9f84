//! The few 128-bit vector operations the kernels are made of, once for each instruction set. All are safe to call: they read
//! and write whole arrays, and their instructions are always there on the target they are compiled for.

#[cfg_attr(target_arch = "x86_64", path = "simd/x86_64.rs")]
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), path = "simd/wasm.rs")]
#[cfg_attr(
    not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))),
    path = "simd/portable.rs"
)]
mod instructions;

pub(crate) use instructions::{F32x4, I16x8, I32x4, U8x16};

/// Two neighbours along the axis that is summed: what one lane of [`I16x8::dot`] multiplies.
pub(crate) type Pair = [i16; 2];

/// How values are multiplied with weights: the first operand of a product of matrices.
pub(crate) trait Factor: Copy + Default {
    /// Four channels × four deep.
    type Weights: Copy;

    /// Where in its 16 the weight of `channel` and `k`, both below 4, is stored.
    fn place(channel: usize, k: usize) -> usize;
    fn load(weights: &[i8; 16]) -> Self::Weights;
    /// The zero point of values once they are laid out.
    fn zero_point(self, zero_point: u8) -> i32;
    fn widen(self, values: &[u8; 8]) -> [[Self; 4]; 2];
    fn multiply_add(values: &[Self; 4], weights: Self::Weights, sums: I32x4) -> I32x4;
}

impl Factor for i16 {
    type Weights = [I16x8; 2];

    fn place(channel: usize, k: usize) -> usize {
        k / 2 * 8 + channel * 2 + k % 2
    }

    #[inline(always)]
    fn load(weights: &[i8; 16]) -> Self::Weights {
        let [a, b] = weights.as_chunks::<8>().0 else { unreachable!() };
        [I16x8::from_i8(a), I16x8::from_i8(b)]
    }

    fn zero_point(self, zero_point: u8) -> i32 {
        zero_point.into()
    }

    #[inline(always)]
    fn widen(self, values: &[u8; 8]) -> [[i16; 4]; 2] {
        let mut wide = [0; 8];
        I16x8::from_u8(values).store(&mut wide);
        let [low, high] = wide.as_chunks().0 else { unreachable!() };
        [*low, *high]
    }

    #[inline(always)]
    fn multiply_add(&[a, b, c, d]: &[i16; 4], weights: Self::Weights, sums: I32x4) -> I32x4 {
        sums.add(I16x8::splat(&[a, b]).dot(weights[0])).add(I16x8::splat(&[c, d]).dot(weights[1]))
    }
}

#[cfg(test)]
mod tests {
    use super::{F32x4, I16x8, I32x4, U8x16};

    fn lanes(vector: I32x4) -> [i32; 4] {
        // Exact: floats hold every whole number up to 2²⁴.
        let mut lanes = [0.0; 4];
        vector.to_f32().store(&mut lanes);
        lanes.map(|lane| lane as i32)
    }

    #[test]
    fn integers_widen_and_multiply() {
        let a = I16x8::from_u8(&[0, 1, 2, 127, 128, 200, 254, 255]);
        let b = I16x8::from_i8(&[-128, -127, -1, 0, 1, 2, 126, 127]);
        let mut words = [0; 8];
        b.store(&mut words);
        assert_eq!(words, [-128, -127, -1, 0, 1, 2, 126, 127]);
        assert_eq!(lanes(a.dot(b)), [-127, -2, 528, 64_389]);
        assert_eq!(lanes(a.dot(I16x8::splat(&[3, -2]))), [-2, -248, -16, 252]);
        assert_eq!(lanes(a.dot(b).add(I32x4::load(&[127, 2, -28, 1]))), [0, 0, 500, 64_390]);
    }

    #[test]
    fn integers_narrow() {
        let quads =
            [[i32::MIN, -40_000, -129, -128], [-1, 0, 1, 2], [126, 127, 128, 129], [255, 256, 40_000, i32::MAX]];
        let bytes = U8x16::narrow(quads.map(|quad| I32x4::load(&quad))).xor(U8x16::splat(0x80));
        let expected = [0, 0, 0, 0, 127, 128, 129, 130, 254, 255, 255, 255, 255, 255, 255, 255];
        let mut halves = [[0; 8]; 2];
        bytes.store_half::<0>(&mut halves[0]);
        bytes.store_half::<1>(&mut halves[1]);
        assert_eq!(halves.as_flattened(), expected);
        let mut quarters = [[0; 4]; 4];
        bytes.store_quarter::<0>(&mut quarters[0]);
        bytes.store_quarter::<1>(&mut quarters[1]);
        bytes.store_quarter::<2>(&mut quarters[2]);
        bytes.store_quarter::<3>(&mut quarters[3]);
        assert_eq!(quarters.as_flattened(), expected);
    }

    #[test]
    fn bytes_interleave() {
        let [a, b] = [0, 240].map(|first: u8| U8x16::load(&std::array::from_fn(|lane| first + lane as u8)));
        for (quarter, pairs) in a.interleave(b).into_iter().enumerate() {
            let expected = std::array::from_fn(|lane| 4 * quarter + lane / 2 + lane % 2 * 240);
            let mut words = [0; 8];
            pairs.store(&mut words);
            assert_eq!(words.map(|word| word as usize), expected);
        }
    }

    #[test]
    fn floats_multiply_and_add() {
        let mut sums = [0.0; 4];
        F32x4::load(&[0.5, -1.5, 3.0, 0.0]).mul(F32x4::splat(2.0)).add(F32x4::splat(1.0)).store(&mut sums);
        assert_eq!(sums, [2.0, -2.0, 7.0, 1.0]);
        assert_eq!(lanes(F32x4::splat(f32::from_bits(77)).to_bits()), [77; 4]);
    }
}
