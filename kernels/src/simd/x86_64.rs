//! SSE2, which every x86-64 has.

use core::arch::x86_64::*;

/// Calls of intrinsics.
macro_rules! sse2 {
    ($call:expr) => {
        // SAFETY: the instructions are there, and what is loaded and stored below are whole arrays behind references.
        unsafe { $call }
    };
}

/// Four floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct F32x4(__m128);

impl F32x4 {
    #[inline(always)]
    pub(crate) fn splat(value: f32) -> Self {
        Self(sse2!(_mm_set1_ps(value)))
    }

    #[inline(always)]
    pub(crate) fn load(from: &[f32; 4]) -> Self {
        Self(sse2!(_mm_loadu_ps(from.as_ptr())))
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [f32; 4]) {
        sse2!(_mm_storeu_ps(to.as_mut_ptr(), self.0));
    }

    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        Self(sse2!(_mm_mul_ps(self.0, other.0)))
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(sse2!(_mm_add_ps(self.0, other.0)))
    }

    #[inline(always)]
    pub(crate) fn to_bits(self) -> I32x4 {
        I32x4(sse2!(_mm_castps_si128(self.0)))
    }
}

/// Four accumulators.
#[derive(Debug, Clone, Copy)]
pub(crate) struct I32x4(__m128i);

impl I32x4 {
    #[inline(always)]
    pub(crate) fn splat(value: i32) -> Self {
        Self(sse2!(_mm_set1_epi32(value)))
    }

    #[inline(always)]
    pub(crate) fn load(from: &[i32; 4]) -> Self {
        Self(sse2!(_mm_loadu_si128(from.as_ptr().cast())))
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [i32; 4]) {
        sse2!(_mm_storeu_si128(to.as_mut_ptr().cast(), self.0));
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(sse2!(_mm_add_epi32(self.0, other.0)))
    }

    #[inline(always)]
    pub(crate) fn to_f32(self) -> F32x4 {
        F32x4(sse2!(_mm_cvtepi32_ps(self.0)))
    }
}

/// Eight factors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct I16x8(__m128i);

impl I16x8 {
    #[inline(always)]
    pub(crate) fn load(from: &[i16; 8]) -> Self {
        Self(sse2!(_mm_loadu_si128(from.as_ptr().cast())))
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [i16; 8]) {
        sse2!(_mm_storeu_si128(to.as_mut_ptr().cast(), self.0));
    }

    #[inline(always)]
    pub(crate) fn store_pairs(self, to: &mut [super::Pair; 4]) {
        sse2!(_mm_storeu_si128(to.as_mut_ptr().cast(), self.0));
    }

    #[inline(always)]
    pub(crate) fn zero() -> Self {
        Self(sse2!(_mm_setzero_si128()))
    }

    /// The pairs of four rows as columns.
    #[inline(always)]
    pub(crate) fn transpose_pairs([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        transpose([a.0, b.0, c.0, d.0]).map(Self)
    }

    #[inline(always)]
    pub(crate) fn from_u8(from: &[u8; 8]) -> Self {
        let bytes = sse2!(_mm_loadl_epi64(from.as_ptr().cast()));
        Self(sse2!(_mm_unpacklo_epi8(bytes, _mm_setzero_si128())))
    }

    #[inline(always)]
    pub(crate) fn from_i8(from: &[i8; 8]) -> Self {
        let bytes = sse2!(_mm_loadl_epi64(from.as_ptr().cast()));
        Self(sse2!(_mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes))))
    }

    #[inline(always)]
    pub(crate) fn splat(&[first, second]: &super::Pair) -> Self {
        Self(sse2!(_mm_set1_epi32(i32::from(first as u16) | i32::from(second) << 16)))
    }

    /// Each integer as an `i16`, saturated.
    #[inline(always)]
    pub(crate) fn narrow(low: I32x4, high: I32x4) -> Self {
        Self(sse2!(_mm_packs_epi32(low.0, high.0)))
    }

    #[inline(always)]
    pub(crate) fn add_saturating(self, other: Self) -> Self {
        Self(sse2!(_mm_adds_epi16(self.0, other.0)))
    }

    /// Sum of the products of each two neighbouring lanes.
    #[inline(always)]
    pub(crate) fn dot(self, other: Self) -> I32x4 {
        I32x4(sse2!(_mm_madd_epi16(self.0, other.0)))
    }
}

/// Sixteen bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct U8x16(__m128i);

impl U8x16 {
    #[inline(always)]
    pub(crate) fn splat(value: u8) -> Self {
        Self(sse2!(_mm_set1_epi8(value.cast_signed())))
    }

    #[inline(always)]
    pub(crate) fn load(from: &[u8; 16]) -> Self {
        Self(sse2!(_mm_loadu_si128(from.as_ptr().cast())))
    }

    /// Four bytes, four times.
    #[cfg(any(test, feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn splat_four(&four: &[u8; 4]) -> Self {
        Self(sse2!(_mm_set1_epi32(i32::from_le_bytes(four))))
    }

    /// The fours of four rows as columns.
    #[cfg(any(test, feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn transpose_fours([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        transpose([a.0, b.0, c.0, d.0]).map(Self)
    }

    #[inline(always)]
    pub(crate) fn store(self, to: &mut [u8; 16]) {
        sse2!(_mm_storeu_si128(to.as_mut_ptr().cast(), self.0));
    }

    /// Each integer as an `i8`, saturated.
    #[inline(always)]
    pub(crate) fn narrow(low: I16x8, high: I16x8) -> Self {
        Self(sse2!(_mm_packs_epi16(low.0, high.0)))
    }

    #[inline(always)]
    pub(crate) fn xor(self, other: Self) -> Self {
        Self(sse2!(_mm_xor_si128(self.0, other.0)))
    }

    #[inline(always)]
    pub(crate) fn store_half<const HALF: usize>(self, to: &mut [u8; 8]) {
        let half = if HALF == 0 { self.0 } else { sse2!(_mm_unpackhi_epi64(self.0, self.0)) };
        sse2!(_mm_storel_epi64(to.as_mut_ptr().cast(), half));
    }

    /// Lanes of `self` and `other` in turn, widened.
    #[inline(always)]
    pub(crate) fn interleave(self, other: Self) -> [I16x8; 4] {
        let zero = sse2!(_mm_setzero_si128());
        let [low, high] = [sse2!(_mm_unpacklo_epi8(self.0, other.0)), sse2!(_mm_unpackhi_epi8(self.0, other.0))];
        [
            I16x8(sse2!(_mm_unpacklo_epi8(low, zero))),
            I16x8(sse2!(_mm_unpackhi_epi8(low, zero))),
            I16x8(sse2!(_mm_unpacklo_epi8(high, zero))),
            I16x8(sse2!(_mm_unpackhi_epi8(high, zero))),
        ]
    }
}

/// Four rows of four lanes of 32 bits as columns.
#[inline(always)]
fn transpose([a, b, c, d]: [__m128i; 4]) -> [__m128i; 4] {
    let [low_ab, low_cd] = [(a, b), (c, d)].map(|(x, y)| sse2!(_mm_unpacklo_epi32(x, y)));
    let [high_ab, high_cd] = [(a, b), (c, d)].map(|(x, y)| sse2!(_mm_unpackhi_epi32(x, y)));
    [
        sse2!(_mm_unpacklo_epi64(low_ab, low_cd)),
        sse2!(_mm_unpackhi_epi64(low_ab, low_cd)),
        sse2!(_mm_unpacklo_epi64(high_ab, high_cd)),
        sse2!(_mm_unpackhi_epi64(high_ab, high_cd)),
    ]
}
