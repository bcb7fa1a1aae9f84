//! What a picture is known by, whatever is written about it.

use super::{Format, jpeg, png, tiff, webp};
use crate::hash::sha256;

/// SHA-256 (64 hexadecimal digits) of what carries the picture: scans, tables and frames of a JPEG's first picture; a PNG's or WebP's
/// chunks of pixels; a TIFF's strips and tiles with the values that say how to read them. EXIF, ICC, XMP, IPTC, thumbnails and what
/// follows the picture do not count, so writing tags or stripping metadata does not change it. Of all other files and of those whose
/// structure cannot be followed, the whole counts.
pub fn content_hash(bytes: &[u8]) -> String {
    let parts = match Format::of(bytes) {
        Ok(Format::Jpeg) => jpeg::picture(bytes),
        Ok(Format::Png) => png::picture(bytes),
        Ok(Format::WebP) => webp::picture(bytes),
        Ok(Format::Tiff) => tiff::picture(bytes),
        Ok(Format::Sidecar) | Err(_) => vec![],
    };
    // Strips of a hostile TIFF may all be the same, many times.
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    if parts.is_empty() || length > bytes.len() {
        return sha256([bytes]);
    }
    sha256(parts.into_iter().map(|part| &bytes[part]))
}
