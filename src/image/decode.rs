//! Bytes → [`Pixels`]. The only room that names image decoders.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage, metadata::Orientation,
};
use jpeg_decoder::PixelFormat;

use super::pixels::{Pixels, check_size, lay_on_white};
use crate::{Error, ErrorCode, Result, limits};

/// JPEGs are decoded at 1/8, 1/4, 1/2 or full size, whichever is the smallest that leaves so many pixels on the short side: with
/// twice a network's 224 the top five tags stayed the same on 56 of 60 photos, with 224 on 41.
const JPEG_SHORT_SIDE: u32 = 448;

/// Decodes the first picture of a file: upright, on white, JPEGs scaled down as they are decoded.
///
/// The format is told from the bytes, never from a name: JPEG, PNG, WebP, GIF, BMP, TIFF, ICO, QOI, PNM, TGA (version 2), HDR.
///
/// # Errors
/// `empty-file`, `unsupported-format`, `corrupt-image`, `image-too-large`.
pub fn decode(bytes: &[u8]) -> Result<Pixels> {
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
        ImageFormat::Jpeg => decode_jpeg(bytes),
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

fn decode_jpeg(bytes: &[u8]) -> Result<Pixels> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(limits::MAX_DECODER_BYTES as usize);
    decoder.read_info().map_err(jpeg_error)?;
    let whole = jpeg_info(&decoder)?;
    let [width, height] = [u32::from(whole.width), u32::from(whole.height)];
    check_size(width, height, limits::MAX_JPEG_PIXELS)?;
    // The decoder stops scaling as soon as either edge reaches what is asked for, so ask in proportion.
    let wanted = |edge: u32| -> u16 {
        let short = width.min(height);
        let scaled = if short <= JPEG_SHORT_SIDE { edge } else { (edge * JPEG_SHORT_SIDE).div_ceil(short) };
        u16::try_from(scaled).unwrap_or(u16::MAX)
    };
    decoder.scale(wanted(width), wanted(height)).map_err(jpeg_error)?;
    let data = decoder.decode().map_err(jpeg_error)?;
    let info = jpeg_info(&decoder)?;
    let rgba: Vec<u8> = match info.pixel_format {
        PixelFormat::RGB24 => data.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
        PixelFormat::L8 => data.iter().flat_map(|&l| [l, l, l, 255]).collect(),
        // Native byte order; the high byte is what 8 bits can hold.
        PixelFormat::L16 => data
            .chunks_exact(2)
            .flat_map(|p| {
                let l = (u16::from_ne_bytes([p[0], p[1]]) >> 8) as u8;
                [l, l, l, 255]
            })
            .collect(),
        PixelFormat::CMYK32 => data
            .chunks_exact(4)
            .flat_map(|p| {
                let paper = 255 - u32::from(p[3]);
                let light = |ink: u8| ((255 - u32::from(ink)) * paper / 255) as u8;
                [light(p[0]), light(p[1]), light(p[2]), 255]
            })
            .collect(),
    };
    let turn = decoder.exif_data().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let picture = RgbaImage::from_raw(u32::from(info.width), u32::from(info.height), rgba).ok_or_else(|| {
        Error::new(ErrorCode::CorruptImage, "The JPEG decoder gave another number of pixels than it said.")
    })?;
    Ok(upright(DynamicImage::ImageRgba8(picture), turn, [width, height], "jpeg"))
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
    Ok(upright(DynamicImage::ImageRgba8(picture.into_rgba8()), turn, [width, height], name))
}

/// Turns the picture as its orientation says and lays it on white. `original`: width and height as stored in the file.
fn upright(mut picture: DynamicImage, turn: Orientation, original: [u32; 2], format: &'static str) -> Pixels {
    let [width, height] = original;
    let original = match turn {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            [height, width]
        }
        _ => original,
    };
    picture.apply_orientation(turn);
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let mut rgba = picture.into_raw();
    lay_on_white(&mut rgba);
    Pixels { width, height, rgba, original, format }
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
