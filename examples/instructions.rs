//! The native path in stages, each a function that `cargo xtask instructions` finds by its name: under valgrind the instructions
//! of each are counted. Prints the best tag, so that nothing of it is left out.

use std::{env, error::Error, fs, hint::black_box, process::ExitCode};

use tagdrop::{
    Tagger,
    image::{InputTensor, Pixels, decode, preprocess},
    model::Scores,
    tags::SelectOptions,
};

const MANIFEST: &str = include_str!("../models/efficientnet-lite0/manifest.json");
const MODEL: &[u8] = include_bytes!("../models/efficientnet-lite0/efficientnet-lite0-int8.onnx");

fn main() -> ExitCode {
    match count() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn count() -> Result<(), Box<dyn Error>> {
    let photo = fs::read(env::args().nth(1).ok_or("usage: instructions PHOTO")?)?;
    let tagger = stage_load()?;
    let pixels = stage_decode(&photo)?;
    let input = stage_preprocess(&tagger, &pixels)?;
    // The first run allocates what the second finds.
    stage_run(&tagger, &input)?;
    let scores = stage_run(&tagger, &input)?;
    for tag in tagger.select(&scores.logits, &tagger.options).tags {
        println!("{} {:.3}", tag.name, tag.confidence);
    }
    Ok(())
}

// `black_box` makes each return to its stage: what is called last would otherwise return past it, and the stage never end.

#[inline(never)]
fn stage_load() -> tagdrop::Result<Tagger> {
    black_box(Tagger::new(MANIFEST, MODEL, SelectOptions { max_tags: 1, ..SelectOptions::default() }))
}

#[inline(never)]
fn stage_decode(photo: &[u8]) -> tagdrop::Result<Pixels> {
    black_box(decode(photo))
}

#[inline(never)]
fn stage_preprocess(tagger: &Tagger, pixels: &Pixels) -> tagdrop::Result<InputTensor> {
    black_box(preprocess(pixels, tagger.manifest().edge(), tagger.manifest().input.crop))
}

#[inline(never)]
fn stage_run(tagger: &Tagger, input: &InputTensor) -> tagdrop::Result<Scores> {
    black_box(tagger.classifier().run(input))
}
