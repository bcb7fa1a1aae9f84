use proptest::prelude::*;
use tagdrop::image::{Pixels, decode, preprocess};

use crate::photos;

/// Our crop and filter against Pillow's, on photos that are shrunk and on one that is enlarged.
#[test]
fn the_input_is_pillows_but_for_rounding() {
    for (photo, golden, mean_limit) in [
        ("coffee.jpg", "coffee-224.png", 0.6),
        ("chelsea.jpg", "chelsea-224.png", 0.6),
        ("formats/rgb.png", "rgb-224.png", 0.21),
    ] {
        let ours = preprocess(&decode(&photos::photo(photo)).unwrap(), 224, 0.875).unwrap().rgb;
        let theirs = image::load_from_memory(&photos::read(&format!("tests/fixtures/golden/{golden}")))
            .unwrap()
            .into_rgb8()
            .into_raw();
        assert_eq!(ours.len(), theirs.len());
        let differences: Vec<u8> = ours.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).collect();
        let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
        let largest = differences.iter().max().unwrap();
        // The JPEG decoders differ by a few steps at sharp colour edges. The PNG shows the resizers alone: ours filters down
        // the columns first and Pillow along the rows, and where a sharp edge overshoots, the first pass clips it.
        assert!(mean <= mean_limit, "{photo}: {mean:.3} on average, at most {largest}");
        assert!(golden != "rgb-224.png" || *largest <= 8, "{photo}: {largest}");
    }
}

fn stripes(width: u32, height: u32) -> Pixels {
    let rgba = (0..width * height).flat_map(|i| [(i % width) as u8, (i / width) as u8, 7, 255]).collect();
    Pixels::from_rgba(width, height, rgba).unwrap()
}

#[test]
fn the_centre_is_cropped() {
    // 200×100: the square is 87 pixels, from 57 and 7 on; unscaled, its corners are those pixels.
    let input = preprocess(&stripes(200, 100), 87, 0.875).unwrap();
    assert_eq!(&input.rgb[..3], [57, 7, 7]);
    assert_eq!(&input.rgb[87 * 87 * 3 - 3..], [57 + 86, 7 + 86, 7]);
}

#[test]
fn any_size_gives_an_input() {
    for (width, height) in [(1, 1), (1, 500), (500, 1), (3, 2), (223, 224), (2000, 10)] {
        assert_eq!(
            preprocess(&stripes(width, height), 224, 0.875).unwrap().rgb.len(),
            224 * 224 * 3,
            "{width}×{height}"
        );
    }
}

/// A picture at half its size, and one whose edges were odd: the square is that of the whole, to parts of a pixel.
#[test]
fn of_a_scaled_picture_the_same_square_is_taken() {
    // Twelve steps a pixel across and eight down, so that a tenth of a pixel shows.
    let ramp = |width: u32, height: u32, per: u32, original: [u32; 2]| {
        let level = |at: u32, step: u32| (at * step * per + step * (per - 1) / 2) as u8;
        let rgba = (0..width * height).flat_map(|i| [level(i % width, 12), level(i / width, 8), 7, 255]).collect();
        Pixels { original, ..Pixels::from_rgba(width, height, rgba).unwrap() }
    };
    for [width, height] in [[20, 30], [19, 30], [20, 27]] {
        let whole = preprocess(&ramp(width, height, 1, [width, height]), 4, 0.9).unwrap();
        let half = preprocess(&ramp(width.div_ceil(2), height.div_ceil(2), 2, [width, height]), 4, 0.9).unwrap();
        for (whole, half) in whole.rgb.iter().zip(&half.rgb) {
            assert!(whole.abs_diff(*half) <= 6, "{width}×{height}: {whole} and {half}");
        }
    }
}

proptest! {
    #[test]
    fn a_scaled_picture_always_has_its_square(
        original in prop::array::uniform2(1u32..900), eighths in prop::sample::select(vec![1u32, 2, 4, 8]), crop in 0.1f64..=1.0,
    ) {
        let [width, height] = original.map(|edge| (edge * eighths).div_ceil(8));
        let pixels = Pixels { original, ..stripes(width, height) };
        prop_assert!(preprocess(&pixels, 8, crop).is_ok());
    }
}
