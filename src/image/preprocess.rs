//! [`Pixels`] → [`InputTensor`], as the model's manifest asks.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{CroppedImage, Image, ImageRef},
};

use super::Pixels;
use crate::{Error, ErrorCode, Result};

/// What a network looks at: `edge × edge` pixels of red, green and blue, row by row (NHWC with one image). Bytes, because every
/// model's normalization is a function of one byte; the classifier applies it where it costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputTensor {
    /// Pixels along each edge.
    pub edge: u32,
    /// `edge × edge × 3` values.
    pub rgb: Vec<u8>,
}

/// Crops the centre square of `crop` (0 to 1) of the short side and resizes it to `edge` pixels with an antialiased bicubic filter
/// (Catmull-Rom, a = −0.5, as in Pillow, with which the accuracy figures of the models were made). The square's side is rounded
/// down and its corner to the nearest pixel, as in the networks' training code; the filter does not look beyond the square.
///
/// # Errors
/// `internal` if the resizer refuses; it has no reason to.
pub fn preprocess(pixels: &Pixels, edge: u32, crop: f64) -> Result<InputTensor> {
    let side = ((f64::from(pixels.width.min(pixels.height)) * crop) as u32).max(1);
    let middle = |length: u32| (length - side).div_ceil(2);
    let defect = |e: &dyn std::error::Error| Error::new(ErrorCode::Internal, format!("Resizing failed: {e}."));
    let picture = ImageRef::new(pixels.width, pixels.height, &pixels.rgba, PixelType::U8x4).map_err(|e| defect(&e))?;
    let square =
        CroppedImage::new(&picture, middle(pixels.width), middle(pixels.height), side, side).map_err(|e| defect(&e))?;
    let mut resized = Image::new(edge, edge, PixelType::U8x4);
    // The pixels are opaque, so there is no alpha to weigh them by.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
    Resizer::new().resize(&square, &mut resized, &options).map_err(|e| defect(&e))?;
    let rgb = resized.buffer().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Ok(InputTensor { edge, rgb })
}
