//! Scores a folder of labelled photos: `cargo xtask eval --images DIR [--json]`.
//!
//! A photo's file name starts with the index of its class (`282_tabby.jpg`) or ends with it (`imagenet_07_282.png`).

use std::{env, error::Error, fs, path::Path, process::ExitCode, time::Instant};

use tagdrop::{
    Tagger,
    image::decode,
    model::Manifest,
    tags::{SelectOptions, Selector},
};

#[path = "eval/tag_quality.rs"]
mod tag_quality;

use tag_quality::TagQuality;

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
    let arguments: Vec<String> = env::args().skip(1).collect();
    let at =
        arguments.iter().position(|a| a == "--images").ok_or("usage: eval --images DIR [--exclude FILE] [--json]")?;
    let folder = Path::new(arguments.get(at + 1).ok_or("--images needs a folder")?);
    let excluded = match arguments.iter().position(|a| a == "--exclude") {
        Some(at) => fs::read_to_string(arguments.get(at + 1).ok_or("--exclude needs a list of file names")?)?,
        None => String::new(),
    };
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
    let (mut quality, mut plain_quality) = (TagQuality::default(), TagQuality::default());

    let mut photos: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    photos.retain(|photo| !excluded.lines().any(|name| photo.file_name().to_str() == Some(name.trim())));
    photos.sort_by_key(fs::DirEntry::file_name);
    let (mut top1, mut top5, mut milliseconds, mut selecting, mut bad) = (0, 0, vec![], 0.0, 0_usize);
    for photo in &photos {
        let Some(class) = photo.file_name().to_str().and_then(class_of) else { continue };
        let bytes = fs::read(photo.path())?;
        let start = Instant::now();
        let logits = match decode(&bytes).and_then(|pixels| tagger.classify(&pixels)) {
            Ok(scores) => scores.logits,
            Err(error) => {
                bad += 1;
                eprintln!("{}: {error}", photo.path().display());
                continue;
            }
        };
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let selection = tagger.select(&logits, &tagger.options);
        selecting += start.elapsed().as_secs_f64() * 1e3;
        quality.add(class, &selection, tagger.selector());
        plain_quality.add(class, &plain.select(&logits, &usual), &plain);
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        top1 += usize::from(order[0] == class);
        top5 += usize::from(order[..5].contains(&class));
    }
    let scored = milliseconds.len();
    if scored == 0 {
        return Err("no photo whose name holds a class index was found".into());
    }
    milliseconds.sort_by(f64::total_cmp);
    let median = milliseconds[scored / 2];
    let share = |n: usize| n as f64 / scored as f64;
    println!("photos  {scored}{}", if bad > 0 { format!(" ({bad} could not be read)") } else { String::new() });
    println!("top-1   {top1} ({:.1} %)", share(top1) * 100.0);
    println!("top-5   {top5} ({:.1} %)", share(top5) * 100.0);
    println!("median  {median:.1} ms a photo, file to scores; {:.2} ms more to tags", selecting / scored as f64);
    let mut answer = quality.print("tags");
    let plain = plain_quality.print("plain classes, uncalibrated, for comparison");
    if arguments.iter().any(|a| a == "--json") {
        let rest = [
            ("photos", scored.into()),
            ("top1", share(top1).into()),
            ("top5", share(top5).into()),
            ("median_ms", median.into()),
            ("select_ms", (selecting / scored as f64).into()),
            ("unreadable", bad.into()),
            ("plain", plain),
        ];
        for (key, value) in rest {
            answer[key] = value;
        }
        println!("{answer}");
    }
    Ok(())
}

fn class_of(name: &str) -> Option<usize> {
    let stem = name.rsplit_once('.')?.0;
    let leading = stem.split('_').next()?.parse();
    leading.or_else(|_| stem.rsplit('_').next().unwrap_or_default().parse()).ok()
}
