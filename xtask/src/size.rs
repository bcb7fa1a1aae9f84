//! What a visitor downloads, in bytes: as it lies, with gzip, and with brotli, which is what a budget is held against.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::build;
use crate::repo::{MODEL, Repo, files_below, read};

#[derive(Clone, Copy, Default)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Bytes {
    fn of(content: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content)?;
        let mut brotli = Vec::new();
        // What a careful site compresses with once and for all: best quality, largest ordinary window.
        let parameters = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: content.len(), ..Default::default() };
        brotli::BrotliCompress(&mut &*content, &mut brotli, &parameters)?;
        let length = |bytes: &[u8]| bytes.len() as u64;
        Ok(Self { raw: length(content), gzip: length(&gzip.finish()?), brotli: length(&brotli) })
    }

    /// Of files that are fetched, and so compressed, one by one.
    fn of_files(files: &[PathBuf]) -> Result<Self> {
        ensure!(!files.is_empty(), "nothing to measure; run `cargo xtask build` first");
        files.iter().try_fold(Self::default(), |sum, file| {
            let one = Self::of(&read(file)?)?;
            Ok(Self { raw: sum.raw + one.raw, gzip: sum.gzip + one.gzip, brotli: sum.brotli + one.brotli })
        })
    }
}

/// Prints a table, with `as_json` also one JSON object as the last line, and fails when a variant exceeds its budget.
pub(crate) fn report(repo: &Repo, as_json: bool) -> Result<()> {
    let variants = &repo.plan.variants;
    let parts: Vec<(String, Vec<PathBuf>)> = variants
        .iter()
        .map(|variant| (format!("wasm {}", variant.name), vec![build::wasm(repo, variant)]))
        .chain([
            ("JavaScript".to_owned(), scripts(repo)?),
            ("model".to_owned(), files_below(&repo.path("js/models").join(MODEL))?),
        ])
        .collect();
    let sizes: Vec<Bytes> = thread::scope(|scope| {
        let measuring: Vec<_> = parts.iter().map(|(_, files)| scope.spawn(|| Bytes::of_files(files))).collect();
        measuring.into_iter().map(|part| part.join().map_err(|_| anyhow!("measuring panicked"))?).collect::<Result<_>>()
    })?;

    println!("{:<14}{:>12}{:>12}{:>12}{:>14}", "bytes", "raw", "gzip -9", "brotli 11", "brotli budget");
    for (index, ((name, _), size)) in parts.iter().zip(&sizes).enumerate() {
        let budget = variants.get(index).map_or_else(String::new, |variant| variant.max_brotli_bytes.to_string());
        println!("{name:<14}{:>12}{:>12}{:>12}{budget:>14}", size.raw, size.gzip, size.brotli);
    }
    let (wasm, [javascript, model]) = sizes.split_last_chunk().context("two parts follow the variants")?;
    if as_json {
        let [wasm, javascript, model] = [wasm[0], *javascript, *model].map(|size| size.brotli);
        println!("{}", json!({ "wasm_brotli": wasm, "js_brotli": javascript, "model_brotli": model }));
    }
    for (variant, size) in variants.iter().zip(wasm) {
        ensure!(
            size.brotli <= variant.max_brotli_bytes,
            "variant {} has {} bytes in brotli, {} more than its budget in wasm-pack.toml",
            variant.name,
            size.brotli,
            size.brotli - variant.max_brotli_bytes
        );
    }
    Ok(())
}

/// The modules that a page with one tagger loads: ours, and the glue of the first variant.
fn scripts(repo: &Repo) -> Result<Vec<PathBuf>> {
    let js = repo.path("js");
    let first = &repo.plan.main_variant().name;
    let is_served = |file: &Path| {
        let inside = file.strip_prefix(&js).unwrap_or(file);
        let is_other_variant = inside.components().count() > 2
            && inside.starts_with("pkg")
            && !inside.starts_with(Path::new("pkg").join(first));
        inside.extension().is_some_and(|extension| extension == "js")
            && !is_other_variant
            && !inside.starts_with("node_modules")
    };
    Ok(files_below(&js)?.into_iter().filter(|file| is_served(file)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured_for_each_file_by_itself() {
        let folder = xshell::Shell::new().unwrap().create_temp_dir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "tag".repeat(10_000)).unwrap();
        let one = Bytes::of_files(std::slice::from_ref(&file)).unwrap();
        assert_eq!(one.raw, 30_000);
        assert!(one.brotli < one.gzip && one.gzip < 300);
        let two = Bytes::of_files(&[file.clone(), file]).unwrap();
        assert_eq!((two.raw, two.brotli), (60_000, 2 * one.brotli));
    }

    #[test]
    fn measuring_nothing_is_an_error() {
        assert!(Bytes::of_files(&[]).is_err());
    }
}
