use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage, metadata::Orientation};
use proptest::prelude::*;
use tagdrop::{
    ErrorCode,
    image::{Pixels, decode, decode::decode_to},
};

use crate::photos;

fn code(bytes: &[u8]) -> ErrorCode {
    decode(bytes).expect_err("this must not decode").code
}

fn pixel(pixels: &Pixels, x: u32, y: u32) -> [u8; 3] {
    let at = ((y * pixels.width + x) * 4) as usize;
    pixels.rgba[at..at + 3].try_into().unwrap()
}

fn mean_difference(a: &Pixels, b: &Pixels) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let sum: u64 = a.rgba.iter().zip(&b.rgba).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.rgba.len() as f64
}

/// Every colour variant shows the same small picture, so each must decode to nearly the same pixels.
#[test]
fn every_format_shows_the_same_picture() {
    let reference = decode(&photos::photo("formats/rgb.png")).unwrap();
    for (file, format, limit) in [
        ("baseline.jpg", "jpeg", 6.0),
        ("progressive.jpg", "jpeg", 6.0),
        // Pillow makes its CMYK without a colour profile, and with all ink in three colours.
        ("cmyk.jpg", "jpeg", 6.0),
        ("lossless.webp", "webp", 0.0),
        ("lossy.webp", "webp", 8.0),
        ("palette.png", "png", 12.0),
        ("rgb.bmp", "bmp", 0.0),
        ("rgb.ppm", "pnm", 0.0),
        ("rgb.qoi", "qoi", 0.0),
        ("rgb.tga", "tga", 0.0),
        ("rgb.tiff", "tiff", 0.0),
        ("still.gif", "gif", 12.0),
        ("animated.gif", "gif", 12.0),
        ("animated.webp", "webp", 8.0),
    ] {
        let pixels = decode(&photos::photo(&format!("formats/{file}"))).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(pixels.format, format, "{file}");
        let difference = mean_difference(&pixels, &reference);
        assert!(difference <= limit, "{file}: {difference:.2}");
    }
}

#[test]
fn grey_variants_agree_with_each_other() {
    let reference = decode(&photos::photo("formats/grey.png")).unwrap();
    for (file, limit) in [("grey.jpg", 4.0), ("grey.pgm", 0.0), ("grey.tiff", 0.0), ("grey-16-bit.png", 1.0)] {
        let pixels = decode(&photos::photo(&format!("formats/{file}"))).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(mean_difference(&pixels, &reference) <= limit, "{file}: {}", mean_difference(&pixels, &reference));
        assert!(pixels.rgba.chunks_exact(4).all(|p| p[0] == p[1] && p[1] == p[2]), "{file}");
    }
}

#[test]
fn transparency_is_laid_on_white() {
    for file in ["rgba.png", "alpha.webp", "palette-transparent.png", "grey-alpha.png", "icon.ico"] {
        let pixels = decode(&photos::photo(&format!("formats/{file}"))).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(pixels.rgba.chunks_exact(4).all(|p| p[3] == 255), "{file}");
    }
    let glass = RgbaImage::from_raw(3, 1, vec![10, 20, 30, 0, 0, 0, 0, 128, 10, 20, 30, 255]).unwrap();
    let pixels = decode(&photos::encode(&DynamicImage::ImageRgba8(glass), ImageFormat::Png)).unwrap();
    assert_eq!(pixels.rgba, [255, 255, 255, 255, 127, 127, 127, 255, 10, 20, 30, 255]);
}

/// The eight files store one picture in eight ways; all must come out upright.
#[test]
fn exif_orientation_is_applied() {
    let upright = decode(&photos::photo("orientation/orientation-1.jpg")).unwrap();
    for n in 2..=8 {
        let pixels = decode(&photos::photo(&format!("orientation/orientation-{n}.jpg"))).unwrap();
        assert_eq!(pixels.original, upright.original, "orientation {n}");
        let difference = mean_difference(&pixels, &upright);
        assert!(difference < 6.0, "orientation {n}: {difference:.2}");
    }
}

/// One stored picture under each orientation, against what `image` makes of it.
#[test]
fn pixels_are_turned_to_the_very_place() {
    let mut jpeg = photos::photo("orientation/orientation-6.jpg");
    // The tag 0x0112, a 16-bit number, one of them; it stands behind these eight bytes, in the file's byte order.
    let tag = |little: bool| {
        let entry: [u8; 8] = if little { *b"\x12\x01\x03\0\x01\0\0\0" } else { *b"\x01\x12\0\x03\0\0\0\x01" };
        jpeg.windows(8).position(|window| window == entry).map(|at| if little { at + 8 } else { at + 9 })
    };
    let at = tag(true).or_else(|| tag(false)).expect("the file says how it is turned");
    jpeg[at] = 1;
    let stored = decode(&jpeg).unwrap();
    assert_ne!(stored.width, stored.height);
    for n in 1..=8 {
        jpeg[at] = n;
        let pixels = decode(&jpeg).unwrap();
        let rgba = RgbaImage::from_raw(stored.width, stored.height, stored.rgba.clone()).unwrap();
        let mut expected = DynamicImage::ImageRgba8(rgba);
        expected.apply_orientation(Orientation::from_exif(n).unwrap());
        assert_eq!([pixels.width, pixels.height], [expected.width(), expected.height()], "orientation {n}");
        assert_eq!(pixels.original, [pixels.width, pixels.height], "orientation {n}");
        assert_eq!(pixels.rgba, expected.into_rgba8().into_raw(), "orientation {n}");
    }
}

#[test]
fn large_jpegs_are_scaled_as_they_are_decoded() {
    // 2000×1000 by 1/2 leaves 500 on the short side.
    let pixels = decode_to(&photos::photo("formats/large.jpg"), 448).unwrap();
    assert_eq!(([pixels.width, pixels.height], pixels.original), ([1000, 500], [2000, 1000]));
    // It holds a gradient: red grows to the right, green downwards.
    for (x, y) in [(10, 10), (500, 250), (990, 490)] {
        let [r, g, b] = pixel(&pixels, x, y).map(i32::from);
        assert!(
            (r - x as i32 * 255 / 999).abs() <= 4 && (g - y as i32 * 255 / 499).abs() <= 4 && (b - 90).abs() <= 4,
            "{x} {y}"
        );
    }
    // By 1/4 and by 1/2 just 750 are left on the short side, and where 1/2 leaves less, all of it is decoded.
    for ([width, height], expected) in
        [([4000, 3000], [1000, 750]), ([1500, 2000], [750, 1000]), ([1990, 1490], [1990, 1490])]
    {
        let mut jpeg = vec![];
        let grey = vec![90; width * height];
        jpeg_encoder::Encoder::new(&mut jpeg, 50)
            .encode(&grey, width as u16, height as u16, jpeg_encoder::ColorType::Luma)
            .unwrap();
        let pixels = decode(&jpeg).unwrap();
        assert_eq!([pixels.width, pixels.height], expected);
        assert_eq!(pixels.original, [width, height].map(|edge| edge as u32));
    }
    for (short_side, expected) in [(0, 125), (125, 125), (126, 250), (501, 1000), (u32::MAX, 1000)] {
        let pixels = decode_to(&photos::photo("formats/large.jpg"), short_side).unwrap();
        assert_eq!([pixels.width, pixels.height], [2 * expected, expected], "{short_side}");
    }
}

#[test]
fn an_empty_file_has_its_own_code() {
    assert_eq!(code(b""), ErrorCode::EmptyFile);
}

#[test]
fn what_cannot_be_read_is_named() {
    for (bytes, word) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\xff\x0a\xff\xff", "JPEG XL"),
        (b"II\x2b\0\x08\0\0\0", "BigTIFF"),
        (b"The quick brown fox", "not an image"),
        (b"\x7fELF\x02\x01\x01", "not an image"),
    ] {
        let error = decode(bytes).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedFormat, "{error}");
        assert!(error.message.contains(word), "{error}");
    }
}

#[test]
fn the_name_does_not_matter_only_the_bytes() {
    // A PNG is a PNG whatever its file is called, and a text called .jpg is none.
    assert_eq!(decode(&photos::photo("formats/rgb.png")).unwrap().format, "png");
}

/// A PNG that says it is `width` × `height` and holds a few bytes of rubbish.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(png_chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat()));
    file.extend(png_chunk(b"IDAT", &[7; 20]));
    file
}

fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let chunk = [&kind[..], data].concat();
    let crc = chunk.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    [&(data.len() as u32).to_be_bytes()[..], &chunk, &(!crc).to_be_bytes()].concat()
}

#[test]
fn sizes_beyond_the_limits_are_refused_before_anything_is_allocated() {
    for (width, height) in [(100_000, 100_000), (65_536, 1), (10_000, 10_000), (u32::MAX >> 1, u32::MAX >> 1)] {
        assert_eq!(code(&png_header(width, height)), ErrorCode::ImageTooLarge, "{width}×{height}");
    }
    // A JPEG whose header promises 65 535 × 65 535.
    let mut jpeg = photos::photo("formats/baseline.jpg");
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert_eq!(code(&jpeg), ErrorCode::ImageTooLarge);
}

#[test]
fn an_image_without_pixels_is_corrupt() {
    assert_eq!(code(&png_header(0, 10)), ErrorCode::CorruptImage);
}

#[test]
fn files_cut_short_anywhere_have_a_code_or_pixels_but_never_panic() {
    for file in [
        "chelsea.jpg",
        "formats/progressive.jpg",
        "formats/rgb.png",
        "formats/lossy.webp",
        "formats/animated.gif",
        "formats/rgb.tiff",
        "formats/rgb.bmp",
        "formats/icon.ico",
        "formats/rgb.qoi",
        "formats/rgb.tga",
    ] {
        let whole = photos::photo(file);
        for length in (0..whole.len()).step_by((whole.len() / 40).max(1)) {
            if let Err(error) = decode(&whole[..length]) {
                assert!(
                    matches!(error.code, ErrorCode::CorruptImage | ErrorCode::UnsupportedFormat | ErrorCode::EmptyFile),
                    "{file} cut at {length}: {error}"
                );
            }
        }
    }
}

/// Each file that ever broke the decoders is kept and replayed.
#[test]
fn past_crashers_stay_fixed() {
    for entry in std::fs::read_dir(photos::path("tests/fixtures/crashers")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "md") {
            continue;
        }
        let answer = decode(&std::fs::read(&path).unwrap());
        let survived = path.file_name().unwrap() == "zip-bomb.png";
        assert_eq!(answer.is_ok(), survived, "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _answer = decode(&bytes);
    }

    #[test]
    fn flipped_bytes_never_panic(
        file in prop::sample::select(vec!["formats/baseline.jpg", "formats/progressive.jpg", "formats/cmyk.jpg", "formats/palette.png", "formats/lossy.webp", "formats/lossless.webp", "formats/animated.gif", "formats/rgb.tiff", "formats/icon.ico", "formats/rgb.qoi", "formats/rgb.tga", "formats/rgb.bmp", "formats/grey.pgm"]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = photos::photo(file);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(pixels) = decode(&bytes) {
            prop_assert_eq!(pixels.rgba.len() as u64, u64::from(pixels.width) * u64::from(pixels.height) * 4);
        }
    }

    #[test]
    fn lossless_formats_give_back_what_was_stored(width in 1u32..40, height in 1u32..40, seed in any::<u32>()) {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            let hash = (x * 73_856_093) ^ (y * 19_349_663) ^ seed;
            image::Rgb([hash as u8, (hash >> 8) as u8, (hash >> 16) as u8])
        });
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Qoi, ImageFormat::WebP, ImageFormat::Pnm] {
            let pixels = decode(&photos::encode(&DynamicImage::ImageRgb8(picture.clone()), format)).unwrap();
            prop_assert_eq!((pixels.width, pixels.height), (width, height));
            for (x, y, colour) in picture.enumerate_pixels() {
                prop_assert_eq!(pixel(&pixels, x, y), colour.0, "{:?}", format);
            }
        }
    }
}
