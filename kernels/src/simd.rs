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
pub(crate) trait Factor: Copy {
    /// Values of a row that one step multiplies.
    const DEEP: usize;
    /// A row's `DEEP` values.
    type Values: Copy + Default;
    /// `DEEP` weights of eight channels.
    type Weights: Copy + Default;

    /// Packs the weights of eight channels: `[step]`, then in an order of its own.
    fn pack(channels: [&[i8]; 8], to: &mut [i8]);
    /// The zero point of values once they are laid out.
    fn zero_point(self, zero_point: u8) -> i32;
    fn widen_weights(packed: &[i8], to: &mut [Self::Weights]);
    /// `[step][row]`, from rows whose length is a multiple of 4.
    fn widen_values<const ROWS: usize>(self, rows: [&[u8]; ROWS], to: &mut [Self::Values]);
    /// Adds one step to the sums of a tile's rows and channels.
    fn multiply_add<const ROWS: usize>(
        self,
        values: &[Self::Values; ROWS],
        weights: &Self::Weights,
        sums: &mut [[I32x4; 2]; ROWS],
    );
}

/// Everything widened to 16 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words;

impl Factor for Words {
    const DEEP: usize = 2;
    type Values = Pair;
    type Weights = [[i16; 8]; 2];

    fn pack(channels: [&[i8]; 8], to: &mut [i8]) {
        pack::<{ Self::DEEP }>(channels, to);
    }

    fn zero_point(self, zero_point: u8) -> i32 {
        zero_point.into()
    }

    #[inline(always)]
    fn widen_weights(packed: &[i8], to: &mut [Self::Weights]) {
        for (to, packed) in to.as_flattened_mut().iter_mut().zip(packed.as_chunks().0) {
            I16x8::from_i8(packed).store(to);
        }
    }

    #[inline(always)]
    fn widen_values<const ROWS: usize>(self, rows: [&[u8]; ROWS], to: &mut [Pair]) {
        let (steps, _) = to.as_chunks_mut::<ROWS>();
        let (fours, last) = steps.as_chunks_mut::<4>();
        for (at, steps) in fours.iter_mut().enumerate() {
            let wide =
                rows.map(|row| row.get(8 * at..).and_then(<[u8]>::first_chunk).map_or(I16x8::zero(), I16x8::from_u8));
            if let (Some(&[a, b, c, d]), Some(steps)) =
                (wide.first_chunk(), steps.as_flattened_mut().as_chunks_mut::<4>().0.first_chunk_mut::<4>())
                && ROWS == 4
            {
                for (to, pairs) in steps.iter_mut().zip(I16x8::transpose_pairs([a, b, c, d])) {
                    pairs.store_pairs(to);
                }
            } else {
                for (row, wide) in wide.into_iter().enumerate() {
                    let mut pairs = [[0; 2]; 4];
                    wide.store_pairs(&mut pairs);
                    for (step, pair) in steps.iter_mut().zip(pairs) {
                        step[row] = pair;
                    }
                }
            }
        }
        let done = fours.len() * 8;
        for (at, step) in last.iter_mut().enumerate() {
            for (pair, row) in step.iter_mut().zip(rows) {
                *pair = [0, 1].map(|k| row[done + 2 * at + k].into());
            }
        }
    }

    #[inline(always)]
    fn multiply_add<const ROWS: usize>(
        self,
        values: &[Pair; ROWS],
        weights: &Self::Weights,
        sums: &mut [[I32x4; 2]; ROWS],
    ) {
        let weights = weights.each_ref().map(I16x8::load);
        for (sums, values) in sums.iter_mut().zip(values) {
            let values = I16x8::splat(values);
            for half in 0..2 {
                sums[half] = sums[half].add(values.dot(weights[half]));
            }
        }
    }
}

/// `[step][channel][k]`.
pub(crate) fn pack<const DEEP: usize>(channels: [&[i8]; 8], to: &mut [i8]) {
    let channels = channels.map(|channel| channel.as_chunks::<DEEP>().0);
    for (step, to) in to.as_chunks_mut::<DEEP>().0.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        for (to, channel) in to.iter_mut().zip(channels) {
            *to = channel[step];
        }
    }
}

/// What stands in where there are no vectors, held to the same tests.
#[cfg(test)]
#[path = "simd/portable.rs"]
#[allow(dead_code, reason = "kernels use more of it than tests do")]
mod portable;

#[cfg(test)]
macro_rules! tests {
    ($name:ident, $instructions:ident) => {
        mod $name {
            use super::$instructions::{F32x4, I16x8, I32x4, U8x16};

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
                let quads = [
                    [i32::MIN, -40_000, -129, -128],
                    [-1, 0, 1, 2],
                    [126, 127, 128, 129],
                    [255, 256, 40_000, i32::MAX],
                ];
                let [low, high] = [[quads[0], quads[1]], [quads[2], quads[3]]]
                    .map(|[low, high]| I16x8::narrow(I32x4::load(&low), I32x4::load(&high)));
                let most = I16x8::splat(&[i16::MAX; 2]);
                let mut words = [0; 8];
                low.add_saturating(most).store(&mut words);
                assert_eq!(words, [-1, -1, 32_638, 32_639, 32_766, 32_767, 32_767, 32_767]);
                let bytes = U8x16::narrow(low, high).xor(U8x16::splat(0x80));
                let expected = [0, 0, 0, 0, 127, 128, 129, 130, 254, 255, 255, 255, 255, 255, 255, 255];
                let mut halves = [[0; 8]; 2];
                bytes.store_half::<0>(&mut halves[0]);
                bytes.store_half::<1>(&mut halves[1]);
                assert_eq!(halves.as_flattened(), expected);
                let mut whole = [0; 16];
                bytes.store(&mut whole);
                assert_eq!(whole, expected);
            }

            #[test]
            fn pairs_transpose() {
                let rows =
                    std::array::from_fn(|row| I16x8::load(&std::array::from_fn(|lane| (10 * row + lane) as i16)));
                for (column, pairs) in (0..).zip(I16x8::transpose_pairs(rows)) {
                    let mut found = [[0; 2]; 4];
                    pairs.store_pairs(&mut found);
                    assert_eq!(found, std::array::from_fn(|row| [0, 1].map(|k| 10 * row as i16 + 2 * column + k)));
                }
                assert_eq!(lanes(I16x8::zero().dot(rows[0])), [0; 4]);
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
    };
}

#[cfg(test)]
tests!(tests, instructions);
#[cfg(test)]
tests!(portable_tests, portable);
