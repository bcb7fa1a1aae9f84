//! WebAssembly's fixed-width SIMD.

use core::arch::wasm32::*;

/// Four floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct F32x4(v128);

impl F32x4 {
    #[inline(always)]
    pub(crate) fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline(always)]
    pub(crate) fn load(from: &[f32; 4]) -> Self {
        // SAFETY: the array is 16 bytes long; no alignment is asked for.
        Self(unsafe { v128_load(from.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [f32; 4]) {
        // SAFETY: as in `load`.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn to_bits(self) -> I32x4 {
        I32x4(self.0)
    }
}

/// Four accumulators.
#[derive(Debug, Clone, Copy)]
pub(crate) struct I32x4(pub(crate) v128);

impl I32x4 {
    #[inline(always)]
    pub(crate) fn splat(value: i32) -> Self {
        Self(i32x4_splat(value))
    }

    #[inline(always)]
    pub(crate) fn load(from: &[i32; 4]) -> Self {
        // SAFETY: the array is 16 bytes long; no alignment is asked for.
        Self(unsafe { v128_load(from.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [i32; 4]) {
        // SAFETY: as in `load`.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn to_f32(self) -> F32x4 {
        F32x4(f32x4_convert_i32x4(self.0))
    }
}

/// Eight factors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct I16x8(v128);

impl I16x8 {
    #[inline(always)]
    pub(crate) fn load(from: &[i16; 8]) -> Self {
        // SAFETY: the array is 16 bytes long; no alignment is asked for.
        Self(unsafe { v128_load(from.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [i16; 8]) {
        // SAFETY: as in `load`.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(crate) fn store_pairs(self, to: &mut [super::Pair; 4]) {
        // SAFETY: as in `load`.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(crate) fn zero() -> Self {
        Self(i16x8_splat(0))
    }

    /// The pairs of four rows as columns.
    #[inline(always)]
    pub(crate) fn transpose_pairs([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        transpose([a.0, b.0, c.0, d.0]).map(Self)
    }

    #[inline(always)]
    pub(crate) fn from_u8(from: &[u8; 8]) -> Self {
        // SAFETY: the array is 8 bytes long; no alignment is asked for.
        Self(unsafe { u16x8_load_extend_u8x8(from.as_ptr()) })
    }

    #[inline(always)]
    pub(crate) fn from_i8(from: &[i8; 8]) -> Self {
        // SAFETY: the array is 8 bytes long; no alignment is asked for.
        Self(unsafe { i16x8_load_extend_i8x8(from.as_ptr()) })
    }

    #[inline(always)]
    pub(crate) fn splat(pair: &super::Pair) -> Self {
        // SAFETY: a pair is 4 bytes long; no alignment is asked for.
        Self(unsafe { v128_load32_splat(pair.as_ptr().cast()) })
    }

    /// Each integer as an `i16`, saturated.
    #[inline(always)]
    pub(crate) fn narrow(low: I32x4, high: I32x4) -> Self {
        Self(i16x8_narrow_i32x4(low.0, high.0))
    }

    #[inline(always)]
    pub(crate) fn add_saturating(self, other: Self) -> Self {
        Self(i16x8_add_sat(self.0, other.0))
    }

    /// Sum of the products of each two neighbouring lanes.
    #[inline(always)]
    pub(crate) fn dot(self, other: Self) -> I32x4 {
        I32x4(i32x4_dot_i16x8(self.0, other.0))
    }
}

/// Sixteen bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct U8x16(pub(crate) v128);

impl U8x16 {
    #[inline(always)]
    pub(crate) fn splat(value: u8) -> Self {
        Self(u8x16_splat(value))
    }

    #[inline(always)]
    pub(crate) fn load(from: &[u8; 16]) -> Self {
        // SAFETY: the array is 16 bytes long; no alignment is asked for.
        Self(unsafe { v128_load(from.as_ptr().cast()) })
    }

    /// Four bytes, four times.
    #[cfg(any(test, feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn splat_four(four: &[u8; 4]) -> Self {
        // SAFETY: the array is 4 bytes long; no alignment is asked for.
        Self(unsafe { v128_load32_splat(four.as_ptr().cast()) })
    }

    /// The fours of four rows as columns.
    #[cfg(any(test, feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn transpose_fours([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        transpose([a.0, b.0, c.0, d.0]).map(Self)
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [u8; 16]) {
        // SAFETY: the array is 16 bytes long; no alignment is asked for.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    /// Each integer as an `i8`, saturated.
    #[inline(always)]
    pub(crate) fn narrow(low: I16x8, high: I16x8) -> Self {
        Self(i8x16_narrow_i16x8(low.0, high.0))
    }

    #[inline(always)]
    pub(crate) fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn store_half<const HALF: usize>(self, to: &mut [u8; 8]) {
        // SAFETY: the array is 8 bytes long; no alignment is asked for.
        unsafe { v128_store64_lane::<HALF>(self.0, to.as_mut_ptr().cast()) }
    }

    /// Lanes of `self` and `other` in turn, widened.
    #[inline(always)]
    pub(crate) fn interleave(self, other: Self) -> [I16x8; 4] {
        let low = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, other.0);
        let high = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(self.0, other.0);
        [
            I16x8(u16x8_extend_low_u8x16(low)),
            I16x8(u16x8_extend_high_u8x16(low)),
            I16x8(u16x8_extend_low_u8x16(high)),
            I16x8(u16x8_extend_high_u8x16(high)),
        ]
    }
}

/// Four rows of four lanes of 32 bits as columns.
#[inline(always)]
fn transpose([a, b, c, d]: [v128; 4]) -> [v128; 4] {
    let [low_ab, low_cd] = [(a, b), (c, d)].map(|(x, y)| i32x4_shuffle::<0, 4, 1, 5>(x, y));
    let [high_ab, high_cd] = [(a, b), (c, d)].map(|(x, y)| i32x4_shuffle::<2, 6, 3, 7>(x, y));
    [
        i64x2_shuffle::<0, 2>(low_ab, low_cd),
        i64x2_shuffle::<1, 3>(low_ab, low_cd),
        i64x2_shuffle::<0, 2>(high_ab, high_cd),
        i64x2_shuffle::<1, 3>(high_ab, high_cd),
    ]
}
