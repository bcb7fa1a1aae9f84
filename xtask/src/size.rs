//! What a visitor downloads, in bytes: as it lies, with gzip, and with brotli, which is what a budget is held against.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter::Sum;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xshell::cmd;

use crate::build;
use crate::repo::{MODEL, Repo, files_below, read, sha256};
use crate::wasm_pack_toml::Variant;

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

/// What a visitor downloads together, and what it may weigh.
struct Part {
    name: String,
    files: Vec<PathBuf>,
    budget: Option<u64>,
}

/// Prints a table, with `as_json` also one JSON object as the last line, and fails when a part exceeds its budget.
pub(crate) fn report(repo: &Repo, as_json: bool) -> Result<()> {
    let parts = parts(repo)?;
    let all: Vec<_> = parts.iter().flat_map(|part| &part.files).map(PathBuf::as_path).collect();
    let sizes = measure(repo, &all)?;
    let sizes: Vec<Bytes> =
        parts.iter().map(|part| part.files.iter().map(|file| sizes[file.as_path()]).sum()).collect();

    println!("{:<22}{:>12}{:>12}{:>12}{:>15}", "bytes", "raw", "gzip -9", "brotli 11", "brotli budget");
    for (Part { name, budget, .. }, size) in parts.iter().zip(&sizes) {
        let budget = budget.map_or_else(String::new, |bytes| bytes.to_string());
        println!("{name:<22}{:>12}{:>12}{:>12}{budget:>15}", size.raw, size.gzip, size.brotli);
    }
    if as_json {
        let brotli = |name: &str| parts.iter().position(|part| part.name == name).map(|index| sizes[index].brotli);
        let wasm = wasm_name(repo.plan.main_variant());
        println!(
            "{}",
            json!({ "wasm_brotli": brotli(&wasm), "js_brotli": brotli(JAVASCRIPT), "model_brotli": brotli(MODEL_FILES) })
        );
    }
    for (Part { name, budget, .. }, Bytes { brotli, .. }) in parts.iter().zip(&sizes) {
        let over = brotli.saturating_sub(budget.unwrap_or(u64::MAX));
        ensure!(over == 0, "{name}: {brotli} bytes in brotli, {over} more than the budget in wasm-pack.toml");
    }
    Ok(())
}

const JAVASCRIPT: &str = "JavaScript";
const MODEL_FILES: &str = "model";

fn wasm_name(variant: &Variant) -> String {
    format!("wasm {}", variant.name)
}

fn parts(repo: &Repo) -> Result<Vec<Part>> {
    let budgets = &repo.plan.max_brotli_bytes;
    let js = repo.path("js");
    let loaded = imported(&[js.join("index.js"), js.join("worker.js")])?;
    let glue = js.join("pkg");
    let on_demand = files_below(&js)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "js"))
        .filter(|file| !loaded.contains(file) && !file.starts_with(&glue));
    let is_vocabulary = |file: &PathBuf| file.parent().is_some_and(|folder| folder.ends_with("vocabulary"));
    let model = files_below(&js.join("models").join(MODEL))?.into_iter().filter(|file| !is_vocabulary(file)).collect();
    let mut parts: Vec<_> = repo
        .plan
        .variants
        .iter()
        .map(|variant| Part {
            name: wasm_name(variant),
            files: vec![build::wasm(repo, variant)],
            budget: Some(variant.max_brotli_bytes),
        })
        .collect();
    parts.extend([
        Part { name: JAVASCRIPT.to_owned(), files: loaded.iter().cloned().collect(), budget: Some(budgets.javascript) },
        Part { name: "JavaScript on demand".to_owned(), files: on_demand.collect(), budget: None },
        Part { name: MODEL_FILES.to_owned(), files: model, budget: Some(budgets.model) },
    ]);
    let mut english = vec![build::concepts(repo)];
    let mut others = vec![];
    for (code, file) in build::languages(repo)? {
        if code == "en" {
            english.push(file);
        } else {
            others.push(Part { name: format!("names {code}"), files: vec![file], budget: Some(budgets.language) });
        }
    }
    parts.push(Part { name: "concepts, names en".to_owned(), files: english, budget: Some(budgets.vocabulary) });
    parts.extend(others);
    Ok(parts)
}

/// `entries`, and every module that they import or re-export, directly or not; those of `import()` are not among them.
fn imported(entries: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = entries.to_vec();
    while let Some(file) = waiting.pop() {
        let text =
            fs::read_to_string(&file).with_context(|| format!("{}: run `cargo xtask build` first", file.display()))?;
        let folder = file.parent().context("a file lies in a folder")?;
        // One statement a line, in the modules written by hand; the generated ones import nothing.
        let statements = text.lines().filter(|line| line.starts_with("import ") || line.starts_with("export "));
        let named = statements.filter_map(|line| line.split_once(" from './")?.1.strip_suffix("';"));
        let named: Vec<_> = named.map(|path| folder.join(path)).collect();
        if found.insert(file) {
            waiting.extend(named);
        }
    }
    Ok(found)
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
    fn a_page_loads_what_its_modules_import_and_not_what_they_may_import_later() {
        let repo = Repo::open().unwrap();
        let folder = repo.shell.create_temp_dir().unwrap();
        let write = |name: &str, text: &str| repo.shell.write_file(folder.path().join(name), text).unwrap();
        write("index.js", "export { a } from './a.js';\n");
        write("a.js", "import * as b from './deep/b.js';\nexport const a = () => import('./later.js');\n");
        write("deep/b.js", "export * from './d.js';\n");
        write("deep/d.js", "import { c } from './b.js';\n");
        write("later.js", "");
        let found = imported(&[folder.path().join("index.js")]).unwrap();
        let names: BTreeSet<_> = found.iter().filter_map(|file| file.file_name()?.to_str()).collect();
        assert_eq!(names, BTreeSet::from(["a.js", "b.js", "d.js", "index.js"]));
        assert!(imported(&[folder.path().join("absent.js")]).is_err());
    }

    #[test]
    fn a_file_that_was_not_built_is_an_error() {
        assert!(measure(&Repo::open().unwrap(), &[Path::new("no/such/file")]).is_err());
    }
}
