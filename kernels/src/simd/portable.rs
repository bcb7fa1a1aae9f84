//! Plain arrays, for the compiler to do its best with.

use std::array::from_fn;

/// Four floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct F32x4([f32; 4]);

impl F32x4 {
    pub(crate) fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    pub(crate) fn load(from: &[f32; 4]) -> Self {
        Self(*from)
    }

    pub(crate) fn store(self, to: &mut [f32; 4]) {
        *to = self.0;
    }

    pub(crate) fn mul(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] * other.0[lane]))
    }

    pub(crate) fn add(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    pub(crate) fn to_bits(self) -> I32x4 {
        I32x4(self.0.map(|value| value.to_bits().cast_signed()))
    }
}

/// Four accumulators.
#[derive(Debug, Clone, Copy)]
pub(crate) struct I32x4([i32; 4]);

impl I32x4 {
    pub(crate) fn splat(value: i32) -> Self {
        Self([value; 4])
    }

    pub(crate) fn load(from: &[i32; 4]) -> Self {
        Self(*from)
    }

    pub(crate) fn store(self, to: &mut [i32; 4]) {
        *to = self.0;
    }

    pub(crate) fn add(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane].wrapping_add(other.0[lane])))
    }

    pub(crate) fn to_f32(self) -> F32x4 {
        F32x4(self.0.map(|value| value as f32))
    }
}

/// Eight factors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct I16x8([i16; 8]);

impl I16x8 {
    pub(crate) fn load(from: &[i16; 8]) -> Self {
        Self(*from)
    }

    pub(crate) fn store(self, to: &mut [i16; 8]) {
        *to = self.0;
    }

    pub(crate) fn store_pairs(self, to: &mut [crate::simd::Pair; 4]) {
        *to = from_fn(|pair| [self.0[2 * pair], self.0[2 * pair + 1]]);
    }

    pub(crate) fn zero() -> Self {
        Self([0; 8])
    }

    /// The pairs of four rows as columns.
    pub(crate) fn transpose_pairs(rows: [Self; 4]) -> [Self; 4] {
        from_fn(|column| Self(from_fn(|lane| rows[lane / 2].0[2 * column + lane % 2])))
    }

    pub(crate) fn from_u8(from: &[u8; 8]) -> Self {
        Self(from.map(i16::from))
    }

    pub(crate) fn from_i8(from: &[i8; 8]) -> Self {
        Self(from.map(i16::from))
    }

    pub(crate) fn splat(pair: &crate::simd::Pair) -> Self {
        Self(from_fn(|lane| pair[lane % 2]))
    }

    /// Each integer as an `i16`, saturated.
    pub(crate) fn narrow(low: I32x4, high: I32x4) -> Self {
        let quads = [low.0, high.0];
        Self(from_fn(|lane| quads[lane / 4][lane % 4].clamp(i16::MIN.into(), i16::MAX.into()) as i16))
    }

    pub(crate) fn add_saturating(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane].saturating_add(other.0[lane])))
    }

    /// Sum of the products of each two neighbouring lanes.
    pub(crate) fn dot(self, other: Self) -> I32x4 {
        let product = |lane: usize| i32::from(self.0[lane]) * i32::from(other.0[lane]);
        I32x4(from_fn(|lane| product(2 * lane).wrapping_add(product(2 * lane + 1))))
    }
}

/// Sixteen bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct U8x16([u8; 16]);

impl U8x16 {
    pub(crate) fn splat(value: u8) -> Self {
        Self([value; 16])
    }

    pub(crate) fn load(from: &[u8; 16]) -> Self {
        Self(*from)
    }

    /// Four bytes, four times.
    #[cfg(any(test, feature = "relaxed-simd"))]
    pub(crate) fn splat_four(four: &[u8; 4]) -> Self {
        Self(from_fn(|lane| four[lane % 4]))
    }

    /// The fours of four rows as columns.
    #[cfg(any(test, feature = "relaxed-simd"))]
    pub(crate) fn transpose_fours(rows: [Self; 4]) -> [Self; 4] {
        from_fn(|column| Self(from_fn(|lane| rows[lane / 4].0[4 * column + lane % 4])))
    }

    pub(crate) fn store(self, to: &mut [u8; 16]) {
        *to = self.0;
    }

    /// Each integer as an `i8`, saturated.
    pub(crate) fn narrow(low: I16x8, high: I16x8) -> Self {
        let words = [low.0, high.0];
        Self(from_fn(|lane| (words[lane / 8][lane % 8].clamp(-128, 127) as i8).cast_unsigned()))
    }

    pub(crate) fn xor(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] ^ other.0[lane]))
    }

    pub(crate) fn store_half<const HALF: usize>(self, to: &mut [u8; 8]) {
        *to = from_fn(|lane| self.0[8 * HALF + lane]);
    }

    /// Lanes of `self` and `other` in turn, widened.
    pub(crate) fn interleave(self, other: Self) -> [I16x8; 4] {
        from_fn(|quarter| {
            I16x8(from_fn(|lane| {
                let source = if lane % 2 == 0 { &self.0 } else { &other.0 };
                i16::from(source[4 * quarter + lane / 2])
            }))
        })
    }
}
