//! Arbitrary bytes through the decoders, under the limits: `cargo xtask test fuzz --fuzz`, or cargo-fuzz with `--fuzz-dir tests/fuzz`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pixels) = tagdrop::image::decode(bytes) {
        assert_eq!(pixels.rgba.len() as u64, u64::from(pixels.width) * u64::from(pixels.height) * 4);
        assert!(pixels.rgba.iter().skip(3).step_by(4).all(|&alpha| alpha == 255));
    }
});
