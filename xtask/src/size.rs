//! What a visitor downloads, in bytes: as it lies, with gzip, and with brotli, which is what a budget is held against.

use std::collections::BTreeMap;
use std::fs;
use std::iter::Sum;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xshell::cmd;

use crate::build;
use crate::repo::{MODEL, Repo, files_below, read, sha256};

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Of files that are fetched, and so compressed, one by one.
impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), |sum, one| Self {
            raw: sum.raw + one.raw,
            gzip: sum.gzip + one.gzip,
            brotli: sum.brotli + one.brotli,
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
    let all: Vec<_> = parts.iter().flat_map(|(_, files)| files).map(PathBuf::as_path).collect();
    let sizes = measure(repo, &all)?;
    let sizes: Vec<Bytes> =
        parts.iter().map(|(_, files)| files.iter().map(|file| sizes[file.as_path()]).sum()).collect();

    println!("{:<16}{:>12}{:>12}{:>12}{:>15}", "bytes", "raw", "gzip -9", "brotli 11", "brotli budget");
    for (index, ((name, _), size)) in parts.iter().zip(&sizes).enumerate() {
        let budget = variants.get(index).map_or_else(String::new, |variant| variant.max_brotli_bytes.to_string());
        println!("{name:<16}{:>12}{:>12}{:>12}{budget:>15}", size.raw, size.gzip, size.brotli);
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
    let others: Vec<_> = repo.plan.variants[1..].iter().map(|variant| js.join("pkg").join(&variant.name)).collect();
    let mut files = files_below(&js)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "js"));
    files.retain(|file| !others.iter().any(|other| file.starts_with(other)));
    Ok(files)
}

/// The size of each file. It takes a while, so sizes once measured are kept, by the hash of what was measured.
fn measure<'a>(repo: &Repo, files: &[&'a Path]) -> Result<BTreeMap<&'a Path, Bytes>> {
    let note = repo.notes()?.join("sizes.json");
    let mut known: BTreeMap<String, Bytes> =
        fs::read(&note).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    let hashed: Vec<_> = files
        .iter()
        .map(|file| Ok((*file, sha256(&read(file).context("run `cargo xtask build` first")?))))
        .collect::<Result<_>>()?;
    let (new, hashes): (Vec<_>, Vec<_>) = hashed.iter().filter(|(_, hash)| !known.contains_key(hash)).cloned().unzip();
    if !new.is_empty() {
        let script = repo.path("xtask/src/compressed_size.mjs");
        let missing = &new;
        let measured: Vec<Bytes> =
            serde_json::from_str(&cmd!(repo.shell, "node {script} {missing...}").quiet().read()?)?;
        ensure!(measured.len() == new.len(), "node measured {} of {} files", measured.len(), new.len());
        known.extend(hashes.into_iter().zip(measured));
        fs::write(&note, serde_json::to_vec(&known)?)?;
    }
    Ok(hashed.into_iter().map(|(file, hash)| (file, known[&hash])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_measured_by_itself_and_remembered() {
        let repo = Repo::open().unwrap();
        let folder = repo.shell.create_temp_dir().unwrap();
        let [tags, void] = ["tags", "void"].map(|name| folder.path().join(name));
        fs::write(&tags, "tag".repeat(10_000)).unwrap();
        fs::write(&void, "").unwrap();
        let first = measure(&repo, &[&tags, &void]).unwrap();
        let size = first[tags.as_path()];
        assert!(size.raw == 30_000 && size.brotli < size.gzip && size.gzip < 300, "{size:?}");
        assert_eq!(first[void.as_path()].raw, 0);
        assert_eq!(measure(&repo, &[&tags, &void]).unwrap(), first);
        assert_eq!([size, size].into_iter().sum::<Bytes>().brotli, 2 * size.brotli);
    }

    #[test]
    fn a_file_that_was_not_built_is_an_error() {
        assert!(measure(&Repo::open().unwrap(), &[Path::new("no/such/file")]).is_err());
    }
}
