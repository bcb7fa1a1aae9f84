//! Bytes → [`Pixels`]. The only room that names image decoders.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, metadata::Orientation};
use jpeg_decoder::PixelFormat;

use super::pixels::{Pixels, check_size, lay_on_white};
use crate::{Error, ErrorCode, Result, limits};

/// JPEGs are decoded at 1/8, 1/4, 1/2 or full size, whichever is the smallest that leaves so many pixels on the short side.
///
/// On 500 photos (`cargo xtask eval --enlarged 4`) the five best classes stay the same on 92.6 %, and the best is right on 446 instead
/// of 448; with 448 pixels, twice a network's 224, on 86.2 % and 445, for the same time at 12 megapixels and 0.7 of it at 24.
/// Much of what is left is chance: with one byte of the network's input changed by one, the five stay the same on 87 of 97.
const JPEG_SHORT_SIDE: u32 = 750;

/// Decodes the first picture of a file: upright, on white, JPEGs scaled down as they are decoded.
///
/// The format is told from the bytes, never from a name: JPEG, PNG, WebP, GIF, BMP, TIFF, ICO, QOI, PNM, TGA (version 2), HDR.
///
/// # Errors
/// `empty-file`, `unsupported-format`, `corrupt-image`, `image-too-large`.
pub fn decode(bytes: &[u8]) -> Result<Pixels> {
    decode_to(bytes, JPEG_SHORT_SIDE)
}

/// As [`decode()`], with JPEGs at the smallest scale that leaves `short_side` pixels or more on the short side: `u32::MAX` for
/// full size, which scaled pictures are held against.
///
/// # Errors
/// As [`decode()`].
pub fn decode_to(bytes: &[u8], short_side: u32) -> Result<Pixels> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorCode::EmptyFile, "The file is empty. Was it copied to the end?"));
    }
    if bytes.len() > limits::MAX_FILE_BYTES {
        return Err(Error::new(
            ErrorCode::ImageTooLarge,
            format!("The file has {} MiB; at most {} are read.", bytes.len() >> 20, limits::MAX_FILE_BYTES >> 20),
        ));
    }
    match sniff(bytes)? {
        ImageFormat::Jpeg => decode_jpeg(bytes, short_side),
        format => decode_other(bytes, format),
    }
}

/// The format by its first bytes (TGA: its last).
fn sniff(bytes: &[u8]) -> Result<ImageFormat> {
    if let Ok(format) = image::guess_format(bytes)
        && format.reading_enabled() | (format == ImageFormat::Jpeg)
    {
        return Ok(format);
    }
    if bytes.ends_with(b"TRUEVISION-XFILE.\0") {
        return Ok(ImageFormat::Tga);
    }
    let known = match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4) {
            Some(b"avif" | b"avis") => "AVIF",
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => "HEIC",
            Some(b"crx ") => "a camera's raw format (CR3)",
            _ => "a video",
        },
        [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => "JPEG XL",
        [0, 0, 0, 0x0c, b'j', b'P', b' ', b' ', ..] => "JPEG 2000",
        [0x76, 0x2f, 0x31, 0x01, ..] => "OpenEXR",
        [b'8', b'B', b'P', b'S', ..] => "Photoshop",
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [b'D', b'D', b'S', b' ', ..] => "DirectDraw Surface",
        [b'I', b'I' | b'M', 0x2b, 0, ..] | [b'M', b'M', 0, 0x2b, ..] => "BigTIFF",
        _ if looks_like_svg(bytes) => "SVG",
        _ => {
            return Err(Error::new(
                ErrorCode::UnsupportedFormat,
                "This is not an image Tagdrop can read. JPEG, PNG, WebP, GIF, BMP, TIFF, ICO, QOI, PNM, TGA and HDR are.",
            ));
        }
    };
    Err(Error::new(
        ErrorCode::UnsupportedFormat,
        format!("This is {known}, which Tagdrop cannot read. Convert it to JPEG, PNG or WebP first."),
    ))
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let start = bytes.get(..512).unwrap_or(bytes);
    start.windows(4).any(|w| w.eq_ignore_ascii_case(b"<svg"))
}

fn decode_jpeg(bytes: &[u8], short_side: u32) -> Result<Pixels> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(limits::MAX_DECODER_BYTES as usize);
    decoder.read_info().map_err(jpeg_error)?;
    let whole = jpeg_info(&decoder)?;
    let original = [u32::from(whole.width), u32::from(whole.height)];
    let [width, height] = original;
    check_size(width, height, limits::MAX_JPEG_PIXELS)?;
    let short = width.min(height);
    if short > short_side {
        // The decoder stops scaling as soon as either edge reaches what is asked for, so ask in proportion.
        let wanted = |edge: u32| u16::try_from((edge * short_side).div_ceil(short)).unwrap_or(u16::MAX);
        decoder.scale(wanted(width), wanted(height)).map_err(jpeg_error)?;
    }
    let data = decoder.decode().map_err(jpeg_error)?;
    let info = jpeg_info(&decoder)?;
    let turn = decoder.exif_data().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let upright = Upright::new(turn, [u32::from(info.width), u32::from(info.height)]);
    let rgba = match info.pixel_format {
        PixelFormat::RGB24 => upright.lay(&data, |[r, g, b]| [r, g, b, 255]),
        PixelFormat::L8 => upright.lay(&data, |[l]| [l, l, l, 255]),
        PixelFormat::L16 => upright.lay(&data, |sample| {
            // Native byte order; the high byte is what 8 bits can hold.
            let l = (u16::from_ne_bytes(sample) >> 8) as u8;
            [l, l, l, 255]
        }),
        PixelFormat::CMYK32 => upright.lay(&data, |[c, m, y, k]| {
            let paper = 255 - u32::from(k);
            let light = |ink: u8| ((255 - u32::from(ink)) * paper / 255) as u8;
            [light(c), light(m), light(y), 255]
        }),
    };
    let Some(rgba) = rgba else {
        return Err(Error::new(
            ErrorCode::CorruptImage,
            "The JPEG decoder gave another number of pixels than it said.",
        ));
    };
    Ok(upright.pixels(rgba, original, "jpeg"))
}

fn jpeg_info<R: std::io::Read>(decoder: &jpeg_decoder::Decoder<R>) -> Result<jpeg_decoder::ImageInfo> {
    decoder.info().ok_or_else(|| Error::new(ErrorCode::CorruptImage, "The JPEG has no frame."))
}

fn jpeg_error(error: jpeg_decoder::Error) -> Error {
    match error {
        jpeg_decoder::Error::Unsupported(feature) => Error::new(
            ErrorCode::UnsupportedFormat,
            format!("This JPEG uses a rare feature ({feature:?}). Save it again as an ordinary JPEG."),
        ),
        other => corrupt(&other),
    }
}

fn decode_other(bytes: &[u8], format: ImageFormat) -> Result<Pixels> {
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(limits::MAX_EDGE);
    bounds.max_image_height = Some(limits::MAX_EDGE);
    bounds.max_alloc = Some(limits::MAX_DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(image_error)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits::MAX_PIXELS)?;
    let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(image_error)?;
    let name = format.extensions_str().first().copied().unwrap_or("image");
    let name = if format == ImageFormat::Pnm { "pnm" } else { name };
    let upright = Upright::new(turn, [width, height]);
    let rgba = match picture {
        DynamicImage::ImageRgb8(rgb) => upright.lay(&rgb, |[r, g, b]| [r, g, b, 255]),
        other => {
            let mut rgba = other.into_rgba8().into_raw();
            lay_on_white(&mut rgba);
            if turn == Orientation::NoTransforms { Some(rgba) } else { upright.lay(&rgba, |pixel| pixel) }
        }
    };
    let rgba = rgba.ok_or_else(|| Error::new(ErrorCode::CorruptImage, "The image has fewer pixels than it says."))?;
    Ok(upright.pixels(rgba, [width, height], name))
}

/// Where the pixels of a file come to lie when its picture stands upright.
struct Upright {
    /// Width and height as stored.
    stored: [u32; 2],
    /// Whether width and height change places.
    sideways: bool,
    /// Index of the first stored pixel in the upright picture, and what one pixel across and one down in the file adds to it.
    first: usize,
    across: isize,
    down: isize,
}

impl Upright {
    fn new(turn: Orientation, stored: [u32; 2]) -> Self {
        let [width, height] = stored.map(|edge| edge as usize);
        let [across, down] = stored.map(|edge| edge as isize);
        let (right, bottom) = (width - 1, height - 1);
        let (sideways, first, across, down) = match turn {
            Orientation::NoTransforms => (false, 0, 1, across),
            Orientation::FlipHorizontal => (false, right, -1, across),
            Orientation::FlipVertical => (false, bottom * width, 1, -across),
            Orientation::Rotate180 => (false, bottom * width + right, -1, -across),
            Orientation::Rotate90FlipH => (true, 0, down, 1),
            Orientation::Rotate90 => (true, bottom, down, -1),
            Orientation::Rotate270 => (true, right * height, -down, 1),
            Orientation::Rotate270FlipH => (true, right * height + bottom, -down, -1),
        };
        Self { stored, sideways, first, across, down }
    }

    /// RGBA pixels in their places, from stored ones of `N` bytes each, in one pass; `None` if `stored` has another length than
    /// the sizes say.
    fn lay<const N: usize>(&self, stored: &[u8], rgba: impl Fn([u8; N]) -> [u8; 4]) -> Option<Vec<u8>> {
        let width = self.stored[0] as usize;
        let (stored, []) = stored.as_chunks::<N>() else { return None };
        if stored.len() != width * self.stored[1] as usize {
            return None;
        }
        let mut upright = vec![[0; 4]; stored.len()];
        let mut start = self.first;
        for row in stored.chunks_exact(width) {
            let mut at = start;
            for &pixel in row {
                upright[at] = rgba(pixel);
                at = at.wrapping_add_signed(self.across);
            }
            start = start.wrapping_add_signed(self.down);
        }
        Some(upright.into_flattened())
    }

    /// `original`: width and height as stored in the file.
    fn pixels(&self, rgba: Vec<u8>, original: [u32; 2], format: &'static str) -> Pixels {
        let turned = |[width, height]: [u32; 2]| if self.sideways { [height, width] } else { [width, height] };
        let [width, height] = turned(self.stored);
        Pixels { width, height, rgba, original: turned(original), format }
    }
}

fn image_error(error: ImageError) -> Error {
    match error {
        ImageError::Limits(limit) => Error::new(
            ErrorCode::ImageTooLarge,
            format!("The image is too large to read ({limit}). Scale it down first."),
        ),
        ImageError::Unsupported(feature) => Error::new(
            ErrorCode::UnsupportedFormat,
            format!("This file uses a rare feature ({feature}). Save it again as JPEG, PNG or WebP."),
        ),
        other => corrupt(&other),
    }
}

fn corrupt(error: &dyn std::error::Error) -> Error {
    Error::new(ErrorCode::CorruptImage, format!("The file is damaged or cut short ({error}). Copy or export it again."))
}
