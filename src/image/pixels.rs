//! A decoded picture, as it passes between rooms.

use crate::{Error, ErrorCode, Result, limits};

/// An upright, opaque picture in sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels across; at least 1.
    pub width: u32,
    /// Pixels down; at least 1.
    pub height: u32,
    /// `width × height` pixels of red, green, blue and 255, row by row.
    pub rgba: Vec<u8>,
    /// Width and height of the picture in its file, upright: a JPEG may have been decoded to a fraction of it.
    pub original: [u32; 2],
    /// The file's format: `jpeg`, `png`, …, or `pixels`.
    pub format: &'static str,
}

impl Pixels {
    /// Pixels that something else decoded: `rgba` holds `width × height` pixels, row by row, alpha not premultiplied.
    ///
    /// # Errors
    /// `image-too-large` beyond the limits, `invalid-source` if the length does not fit the size.
    pub fn from_rgba(width: u32, height: u32, mut rgba: Vec<u8>) -> Result<Self> {
        check_size(width, height, limits::MAX_PIXELS)?;
        if rgba.len() as u64 != u64::from(width) * u64::from(height) * 4 {
            return Err(Error::new(
                ErrorCode::InvalidSource,
                format!(
                    "{width}×{height} RGBA pixels take {} bytes, not {}.",
                    u64::from(width) * u64::from(height) * 4,
                    rgba.len()
                ),
            ));
        }
        lay_on_white(&mut rgba);
        Ok(Self { width, height, rgba, original: [width, height], format: "pixels" })
    }
}

/// Refuses sizes beyond the limits, and empty ones.
pub(super) fn check_size(width: u32, height: u32, max_pixels: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::new(ErrorCode::CorruptImage, "The image has no pixels."));
    }
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > limits::MAX_EDGE || pixels > max_pixels {
        return Err(Error::new(
            ErrorCode::ImageTooLarge,
            format!(
                "The image is {width}×{height} pixels; at most {} along an edge and {} million in all are read. Scale it down first.",
                limits::MAX_EDGE,
                max_pixels / 1_000_000
            ),
        ));
    }
    Ok(())
}

/// Blends transparent pixels with white, as a page would show them, and makes all opaque.
pub(super) fn lay_on_white(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        if alpha == 255 {
            continue;
        }
        for value in &mut pixel[..3] {
            // Rounded to nearest.
            *value = ((u32::from(*value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
        pixel[3] = 255;
    }
}
