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
/// The pixels that are rounded to are those of the file: of a picture that was scaled as it was decoded the very same square is
/// taken, whose sides then lie between pixels.
///
/// # Errors
/// `internal` if the resizer refuses; it has no reason to.
pub fn preprocess(pixels: &Pixels, edge: u32, crop: f64) -> Result<InputTensor> {
    let [width, height] = pixels.original;
    let side = ((f64::from(width.min(height)) * crop) as u32).max(1);
    let square = |length: u32, decoded: u32| {
        // JPEGs are scaled by eighths; a last pixel that is not whole counts as one, so the quotient is rounded down.
        let place = |at: u32| f64::from(at * (decoded * 8 / length)) / 8.0;
        let start = (length - side).div_ceil(2);
        Span { start: place(start), end: place(start + side) }
    };
    let (across, down) = (square(width, pixels.width), square(height, pixels.height));
    let defect = |e: &dyn std::error::Error| Error::new(ErrorCode::Internal, format!("Resizing failed: {e}."));
    let picture = ImageRef::new(pixels.width, pixels.height, &pixels.rgba, PixelType::U8x4).map_err(|e| defect(&e))?;
    let ([left, columns], [top, rows]) = (across.pixels(), down.pixels());
    let square = CroppedImage::new(&picture, left, top, columns, rows).map_err(|e| defect(&e))?;
    let mut resized = Image::new(edge, edge, PixelType::U8x4);
    // The pixels are opaque, so there is no alpha to weigh them by.
    let options =
        ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false).crop(
            across.start - f64::from(left),
            down.start - f64::from(top),
            across.end - across.start,
            down.end - down.start,
        );
    Resizer::new().resize(&square, &mut resized, &options).map_err(|e| defect(&e))?;
    let rgb = resized.buffer().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Ok(InputTensor { edge, rgb })
}

/// Where the square lies along one side of the decoded picture, in pixels from the picture's edge.
struct Span {
    start: f64,
    end: f64,
}

impl Span {
    /// The first pixel that it touches, and how many.
    fn pixels(&self) -> [u32; 2] {
        let first = self.start.floor();
        [first as u32, (self.end.ceil() - first) as u32]
    }
}
