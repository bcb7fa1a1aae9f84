//! Scores a folder of labelled photos: `cargo xtask eval --images DIR [--enlarged N] [--json]`.
//!
//! A photo's file name starts with the index of its class (`282_tabby.jpg`) or ends with it (`imagenet_07_282.png`).
//!
//! `--enlarged N` makes each photo N times as large first and a JPEG of quality 90 of it, as cameras give them. That is decoded
//! twice: scaled, as it is in use, and at full size.

use std::{env, error::Error, fs, path::Path, process::ExitCode, time::Instant};

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tagdrop::{
    Tagger,
    image::{Pixels, decode, decode::decode_to},
    model::Manifest,
    tags::{SelectOptions, Selector},
};

#[path = "eval/tag_quality.rs"]
mod tag_quality;

use tag_quality::TagQuality;

const USAGE: &str = "usage: eval --images DIR [--exclude FILE] [--enlarged N] [--short-side PIXELS] [--json]";

const MANIFEST: &str = include_str!("../models/efficientnet-lite0/manifest.json");
const MODEL: &[u8] = include_bytes!("../models/efficientnet-lite0/efficientnet-lite0-int8.onnx");
const CONCEPTS: &str = include_str!("../models/efficientnet-lite0/vocabulary/concepts.tsv");
const NAMES: &str = include_str!("../models/efficientnet-lite0/vocabulary/en.tsv");

fn main() -> ExitCode {
    match evaluate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn evaluate() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (mut folder, mut excluded, mut times, mut short_side, mut as_json) = (None, String::new(), None, None, false);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value; {USAGE}"));
        match argument.as_str() {
            "--images" => folder = Some(value()?),
            "--exclude" => excluded = fs::read_to_string(value()?)?,
            "--enlarged" => times = Some(value()?.parse::<u32>()?),
            "--short-side" => short_side = Some(value()?.parse::<u32>()?),
            "--json" => as_json = true,
            _ => return Err(USAGE.into()),
        }
    }
    let mut photos = fs::read_dir(folder.ok_or(USAGE)?)?.collect::<Result<Vec<_>, _>>()?;
    photos.retain(|photo| !excluded.lines().any(|name| photo.file_name().to_str() == Some(name.trim())));
    photos.sort_by_key(fs::DirEntry::file_name);

    let tagger = Tagger::verified(MANIFEST, MODEL, SelectOptions::default())?;
    let tagger = tagger.with_vocabulary(CONCEPTS, "en", NAMES.to_owned())?;
    // What the layer of concepts is worth: the same scores as plain classes, uncalibrated, by usual thresholds.
    let plain = Selector::plain(&Manifest { calibration: None, ..tagger.manifest().clone() })?;
    let usual = SelectOptions {
        min_confidence: 0.2,
        accept_confidence: 0.65,
        accept_all_confidence: 0.65,
        relative_cut: 1.0 / 3.0,
        ..SelectOptions::default()
    };
    let (mut quality, mut plain_quality, mut selecting) = (TagQuality::default(), TagQuality::default(), 0.0);
    let as_shipped = |file: &[u8]| short_side.map_or_else(|| decode(file), |short_side| decode_to(file, short_side));
    let (mut shipped, mut whole, mut same, mut bad) = (Tally::default(), Tally::default(), 0, 0);
    for photo in &photos {
        let Some(class) = photo.file_name().to_str().and_then(class_of) else { continue };
        let scored = file(&photo.path(), times).and_then(|file| {
            let (best, logits) = shipped.add(class, &tagger, || as_shipped(&file))?;
            let start = Instant::now();
            let selection = tagger.select(&logits, &tagger.options);
            selecting += start.elapsed().as_secs_f64() * 1e3;
            quality.add(class, &selection, tagger.selector());
            plain_quality.add(class, &plain.select(&logits, &usual), &plain);
            if times.is_some() {
                same += usize::from(whole.add(class, &tagger, || decode_to(&file, u32::MAX))?.0 == best);
            }
            Ok(())
        });
        if let Err(error) = scored {
            bad += 1;
            eprintln!("{}: {error}", photo.path().display());
        }
    }
    let photos = shipped.milliseconds.len();
    if photos == 0 {
        return Err("no photo whose name holds a class index was found".into());
    }
    println!("photos  {photos}{}", if bad > 0 { format!(" ({bad} could not be read)") } else { String::new() });
    let mut answer = shipped.print();
    answer["photos"] = photos.into();
    answer["unreadable"] = bad.into();
    if times.is_some() {
        println!("at full size:");
        answer["whole"] = whole.print();
        answer["same_top5"] = share(same, photos).into();
        println!("the same top-5 set at both scales: {same} ({:.1} %)", share(same, photos) * 100.0);
    }
    let selecting = selecting / photos as f64;
    println!("tags    {selecting:.2} ms more a photo");
    for (key, value) in quality.print("tags").as_object().into_iter().flatten() {
        answer[key] = value.clone();
    }
    answer["select_ms"] = selecting.into();
    answer["plain"] = plain_quality.print("plain classes, uncalibrated, for comparison");
    if as_json {
        println!("{answer}");
    }
    Ok(())
}

/// What was found on one way through the photos.
#[derive(Default)]
struct Tally {
    top1: usize,
    top5: usize,
    milliseconds: Vec<f64>,
    /// Of all scores, bit by bit.
    hash: Sha256,
}

impl Tally {
    /// Scores one photo of class `class` and gives its best five classes, sorted by index, and all scores.
    fn add(
        &mut self,
        class: usize,
        tagger: &Tagger,
        decode: impl FnOnce() -> tagdrop::Result<Pixels>,
    ) -> Result<([usize; 5], Vec<f32>), Box<dyn Error>> {
        let start = Instant::now();
        let logits = decode().and_then(|pixels| tagger.classify(&pixels))?.logits;
        self.milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        for logit in &logits {
            self.hash.update(logit.to_le_bytes());
        }
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        let (best, _) = order.split_first_chunk::<5>().ok_or("the network has fewer than five classes")?;
        self.top1 += usize::from(best[0] == class);
        self.top5 += usize::from(best.contains(&class));
        let mut best = *best;
        best.sort_unstable();
        Ok((best, logits))
    }

    fn print(&mut self) -> Value {
        let photos = self.milliseconds.len();
        self.milliseconds.sort_by(f64::total_cmp);
        let median = self.milliseconds[photos / 2];
        let (top1, top5) = (share(self.top1, photos), share(self.top5, photos));
        println!("top-1   {} ({:.1} %)", self.top1, top1 * 100.0);
        println!("top-5   {} ({:.1} %)", self.top5, top5 * 100.0);
        println!("median  {median:.1} ms a photo, file to scores");
        let hash: String = self.hash.finalize_reset().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "top1": top1, "top5": top5, "median_ms": median, "scores_sha256": hash })
    }
}

fn share(n: usize, of: usize) -> f64 {
    n as f64 / of as f64
}

fn file(path: &Path, times: Option<u32>) -> Result<Vec<u8>, Box<dyn Error>> {
    let file = fs::read(path)?;
    match times {
        Some(times) => enlarge(&decode_to(&file, u32::MAX)?, times),
        None => Ok(file),
    }
}

/// A JPEG of quality 90 with colours at half resolution, as cameras make them, of `pixels` × `times` with a bicubic filter.
fn enlarge(pixels: &Pixels, times: u32) -> Result<Vec<u8>, Box<dyn Error>> {
    let [width, height] = [pixels.width, pixels.height].map(|edge| edge.saturating_mul(times));
    let small = ImageRef::new(pixels.width, pixels.height, &pixels.rgba, PixelType::U8x4)?;
    let mut large = Image::new(width, height, PixelType::U8x4);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
    Resizer::new().resize(&small, &mut large, &options)?;
    let mut jpeg = vec![];
    let mut encoder = Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode(large.buffer(), u16::try_from(width)?, u16::try_from(height)?, ColorType::Rgba)?;
    Ok(jpeg)
}

fn class_of(name: &str) -> Option<usize> {
    let stem = name.rsplit_once('.')?.0;
    let leading = stem.split('_').next()?.parse();
    leading.or_else(|_| stem.rsplit('_').next().unwrap_or_default().parse()).ok()
}
