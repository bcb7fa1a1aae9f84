//! Tags image files: `cargo run --release --example tag -- PHOTO… [--json]`. The same code path as in the browser.

use std::{env, fs, process::ExitCode, time::Instant};

use tagdrop::{Tagger, tags::SelectOptions};

const MANIFEST: &str = include_str!("../models/efficientnet-lite0/manifest.json");
const MODEL: &[u8] = include_bytes!("../models/efficientnet-lite0/efficientnet-lite0-int8.onnx");
const CONCEPTS: &str = include_str!("../models/efficientnet-lite0/vocabulary/concepts.tsv");
const NAMES: &str = include_str!("../models/efficientnet-lite0/vocabulary/en.tsv");

fn main() -> ExitCode {
    let (flags, photos): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|argument| argument.starts_with("--"));
    if photos.is_empty() || flags.iter().any(|flag| flag != "--json") {
        eprintln!("usage: tag PHOTO… [--json]");
        return ExitCode::from(2);
    }
    let tagger = Tagger::verified(MANIFEST, MODEL, SelectOptions::default())
        .and_then(|tagger| tagger.with_vocabulary(CONCEPTS, "en", NAMES.to_owned()));
    let tagger = match tagger {
        Ok(tagger) => tagger,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut failed = false;
    for photo in &photos {
        let start = Instant::now();
        let outcome =
            fs::read(photo).map_err(|e| e.to_string()).and_then(|bytes| tagger.tag(&bytes).map_err(|e| e.to_string()));
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        failed |= outcome.is_err();
        match outcome {
            _ if !flags.is_empty() => {
                let (tags, error) = match outcome {
                    Ok(tags) => (tags, None),
                    Err(error) => (vec![], Some(error)),
                };
                println!("{}", serde_json::json!({ "photo": photo, "tags": tags, "error": error, "ms": milliseconds }));
            }
            Ok(tags) => {
                let tags: Vec<String> =
                    tags.iter().map(|tag| format!("{} {:.0} %", tag.name, tag.confidence * 100.0)).collect();
                println!(
                    "{photo}: {} ({milliseconds:.0} ms)",
                    if tags.is_empty() { "no confident tag".into() } else { tags.join(", ") }
                );
            }
            Err(error) => println!("{photo}: {error}"),
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
