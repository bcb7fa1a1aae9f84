//! The npm package's generated files: one wasm binary per variant, the model, what names both, and licence notices.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;
use xshell::cmd;

use crate::repo::{MODEL, Repo, files_below, read, sha256};
use crate::step::step;
use crate::tools::{self, CargoTool};
use crate::wasm_pack_toml::{Build, Variant};
use crate::{fingerprint, notices};

/// Everything a binary is made from, as far as files go.
const INPUTS: [&str; 12] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "inventory",
    "kernels",
    "models/efficientnet-lite0",
    "package-lock.json",
    "src",
    "wasm-pack.toml",
    "xtask",
];

/// Beside a model's files, what its tags mean and are called.
const VOCABULARY: &str = "vocabulary";

/// Builds what `js/` needs, unless the last build was from the same inputs. `optimize` runs wasm-opt and makes the glue small.
pub(crate) fn build(repo: &Repo, optimize: bool) -> Result<()> {
    let _lock = tools::lock(repo)?;
    tools::for_wasm(repo)?;
    if optimize {
        tools::node_modules(repo)?;
    }
    let compiler = cmd!(repo.shell, "rustc --version").quiet().read()?;
    let now = fingerprint::of(&repo.root, &INPUTS, &[compiler, format!("optimize: {optimize}")])?;
    let note = repo.notes()?.join("build.fingerprint");
    let is_there = repo.plan.variants.iter().all(|variant| wasm(repo, variant).is_file());
    if is_there && repo.path("js/pkg/build.js").is_file() && fingerprint::is_known(&note, &now) {
        eprintln!("• build: nothing changed since the last one");
        return Ok(());
    }
    step("build", || {
        // A thread each: while one is in wasm-opt, which keeps a single core busy, cargo compiles the next. They take
        // turns at cargo, whose output for all of them is the same file.
        let compiling = &Mutex::new(());
        thread::scope(|scope| {
            let variants = repo.plan.variants.iter();
            let making: Vec<_> = variants
                .map(|variant| scope.spawn(move || make(&Repo::open()?, variant, optimize, compiling)))
                .collect();
            making.into_iter().try_for_each(|made| made.join().map_err(|_| anyhow!("a build thread panicked"))?)
        })?;
        if optimize {
            step("shrink the generated modules", || shrink_glue(repo))?;
        }
        repo.plan.variants.iter().try_for_each(|variant| publish(repo, variant))?;
        remove_strangers(repo)?;
        copy_model(repo)?;
        fs::write(repo.path("js/pkg/build.js"), build_js(repo)?)?;
        step("licence notices", || notices::write(repo))?;
        fingerprint::remember(&note, &now)
    })
}

/// The finished binary of a variant.
pub(crate) fn wasm(repo: &Repo, variant: &Variant) -> PathBuf {
    package_folder(repo, variant).join(wasm_name(repo))
}

fn wasm_name(repo: &Repo) -> String {
    format!("{}_bg.wasm", repo.plan.build.out_name)
}

fn made_folder(repo: &Repo, variant: &Variant) -> PathBuf {
    repo.path("target/wasm-pack").join(&variant.name)
}

fn package_folder(repo: &Repo, variant: &Variant) -> PathBuf {
    repo.path("js/pkg").join(&variant.name)
}

/// A variant that the plan no longer lists would be published all the same.
fn remove_strangers(repo: &Repo) -> Result<()> {
    for entry in fs::read_dir(repo.path("js/pkg"))? {
        let entry = entry?;
        if !repo.plan.variants.iter().any(|variant| entry.file_name() == *variant.name) {
            repo.shell.remove_path(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a variant in `target/`.
fn make(repo: &Repo, variant: &Variant, optimize: bool, compiling: &Mutex<()>) -> Result<()> {
    let made = made_folder(repo, variant);
    {
        let _turn = compiling.lock();
        step(&format!("wasm-pack, variant {}", variant.name), || wasm_pack(repo, variant, &made))?;
    }
    if optimize {
        wasm_opt(repo, variant, &made.join(wasm_name(repo)))?;
    }
    Ok(())
}

/// Puts what was made in place, so that `js/pkg` lacks it only for a moment.
fn publish(repo: &Repo, variant: &Variant) -> Result<()> {
    let finished = package_folder(repo, variant);
    repo.shell.remove_path(&finished)?;
    copy_folder(&made_folder(repo, variant), &finished)
}

fn wasm_pack(repo: &Repo, variant: &Variant, out: &Path) -> Result<()> {
    let shell = &repo.shell;
    shell.remove_path(out)?;
    let wasm_pack = CargoTool::wasm_pack(repo).ensure(repo)?;
    let wasm_bindgen = CargoTool::wasm_bindgen(repo).ensure(repo)?;
    let tools = wasm_bindgen.parent().context("a program lies in a folder")?.to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([tools].into_iter().chain(env::split_paths(&path)))?;
    let Build { target, out_name, profile } = &repo.plan.build;
    // `no-install`: wasm-pack would otherwise download tools of its own choosing. `no-opt`: wasm-opt comes after it,
    // because wasm-pack has one set of flags for it where each variant needs its own.
    let ours = ["--mode", "no-install", "--no-opt", "--no-pack", "--no-gitignore", "--profile", profile];
    let cargos = variant.features_for_cargo();
    cmd!(shell, "{wasm_pack} build --target {target} --out-name {out_name} --out-dir {out} {ours...} . {cargos...}")
        .env("PATH", path)
        .env("RUSTFLAGS", variant.rustflags.join(" "))
        .run()?;
    Ok(())
}

/// Optimizes `file` in place. It takes minutes, so the last result is kept, with a fingerprint of what it came from.
fn wasm_opt(repo: &Repo, variant: &Variant, file: &Path) -> Result<()> {
    let shell = &repo.shell;
    let program = repo.path("node_modules/.bin/wasm-opt");
    let flags = &variant.wasm_opt;
    let version = cmd!(shell, "{program} --version").quiet().read()?;
    let now = sha256(&[&read(file)?, version.as_bytes(), flags.join(" ").as_bytes()].concat());
    let note = repo.notes()?.join(format!("wasm-opt-{}.fingerprint", variant.name));
    let kept = note.with_extension("wasm");
    if !(kept.is_file() && fingerprint::is_known(&note, &now)) {
        step(&format!("wasm-opt, variant {}", variant.name), || {
            cmd!(shell, "{program} {flags...} {file} -o {kept}").run()?;
            fingerprint::remember(&note, &now)
        })?;
    }
    fs::copy(&kept, file)?;
    Ok(())
}

/// Makes the generated modules smaller, and with them what the binaries say of their imports.
fn shrink_glue(repo: &Repo) -> Result<()> {
    let script = repo.path("xtask/src/shrink_glue.mjs");
    let name = &repo.plan.build.out_name;
    let modules: Vec<_> = repo.plan.variants.iter().map(|variant| made_folder(repo, variant).join(name)).collect();
    Ok(cmd!(repo.shell, "node {script} {modules...}").run()?)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().context("a file lies in a folder")?)?;
        fs::copy(&file, &target)?;
    }
    Ok(())
}

/// The part of a model's `manifest.json` that says which file it is.
#[derive(Deserialize)]
struct Manifest {
    file: String,
    sha256: String,
}

fn manifest(repo: &Repo) -> Result<Manifest> {
    Ok(serde_json::from_slice(&read(&repo.path("models").join(MODEL).join("manifest.json"))?)?)
}

fn copy_model(repo: &Repo) -> Result<()> {
    let from = repo.path("models").join(MODEL);
    let to = repo.path("js/models").join(MODEL);
    let Manifest { file, sha256: expected } = manifest(repo)?;
    let found = sha256(&read(&from.join(&file))?);
    ensure!(found == expected, "{file} is not the file its manifest describes: SHA-256 {found}, expected {expected}");
    repo.shell.remove_path(&to)?;
    fs::create_dir_all(&to)?;
    for name in ["manifest.json", &file] {
        fs::copy(from.join(name), to.join(name))?;
    }
    copy_folder(&from.join(VOCABULARY), &to.join(VOCABULARY))
}

/// The languages of the model's vocabulary, by their codes, and the files that name its concepts in them.
pub(crate) fn languages(repo: &Repo) -> Result<Vec<(String, PathBuf)>> {
    let folder = vocabulary_folder(repo);
    let mut languages = vec![];
    for file in files_below(&folder)? {
        let code = file.file_stem().and_then(|stem| stem.to_str()).context("a file has a name")?;
        if file.extension().is_some_and(|ending| ending == "tsv") && file != concepts(repo) {
            languages.push((code.to_owned(), file));
        }
    }
    ensure!(languages.iter().any(|(code, _)| code == "en"), "{} has no en.tsv", folder.display());
    languages.sort();
    Ok(languages)
}

/// What the tags of the model mean.
pub(crate) fn concepts(repo: &Repo) -> PathBuf {
    vocabulary_folder(repo).join("concepts.tsv")
}

fn vocabulary_folder(repo: &Repo) -> PathBuf {
    repo.path("js/models").join(MODEL).join(VOCABULARY)
}

/// The module by which the loaders know what was built. URLs are literal, so that bundlers see them.
fn build_js(repo: &Repo) -> Result<String> {
    let mut script = "// What there is to load, by `cargo xtask build`.\n".to_owned();
    writeln!(script, "export const VERSION = '{}';", repo.metadata()?.root()?.version)?;
    writeln!(script, "export const VARIANTS = [")?;
    for variant in &repo.plan.variants {
        let name = &variant.name;
        let (detect, features) = (strings(&variant.detect), strings(&variant.features));
        let asset = asset(&format!("./{name}/{}", wasm_name(repo)), &wasm(repo, variant))?;
        writeln!(script, "  {{ name: '{name}', detect: {detect}, features: {features}, {asset} }},")?;
    }
    writeln!(script, "];")?;
    writeln!(script, "export const MODEL = {{")?;
    let folder = repo.path("js/models").join(MODEL);
    let files = ["manifest.json".into(), manifest(repo)?.file, format!("{VOCABULARY}/concepts.tsv")];
    for (part, file) in ["manifest", "model", "concepts"].into_iter().zip(files) {
        let asset = asset(&format!("../models/{MODEL}/{file}"), &folder.join(&file))?;
        writeln!(script, "  {part}: {{ {asset} }},")?;
    }
    writeln!(script, "}};")?;
    writeln!(script, "export const NAMES = {{")?;
    for (code, file) in languages(repo)? {
        let asset = asset(&format!("../models/{MODEL}/{VOCABULARY}/{code}.tsv"), &file)?;
        writeln!(script, "  {code}: {{ {asset} }},")?;
    }
    writeln!(script, "}};")?;
    Ok(script)
}

/// A JavaScript array of names.
fn strings(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// `url: …, sha256: …, bytes: …` of a file that a module reaches by `relative`.
fn asset(relative: &str, file: &Path) -> Result<String> {
    let bytes = read(file)?;
    Ok(format!("url: new URL('{relative}', import.meta.url), sha256: '{}', bytes: {}", sha256(&bytes), bytes.len()))
}

#[cfg(test)]
mod tests {
    use xshell::Shell;

    use super::*;

    #[test]
    fn an_asset_is_named_by_literal_url_hash_and_size() {
        let folder = Shell::new().unwrap().create_temp_dir().unwrap();
        let file = folder.path().join("x.wasm");
        fs::write(&file, "abc").unwrap();
        assert_eq!(
            asset("./simd/x.wasm", &file).unwrap(),
            "url: new URL('./simd/x.wasm', import.meta.url), \
             sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', bytes: 3"
        );
    }

    #[test]
    fn a_folder_is_copied_with_what_is_below_it() {
        let folder = Shell::new().unwrap().create_temp_dir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("deep")).unwrap();
        fs::write(from.join("deep/file"), "x").unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("deep/file")).unwrap(), "x");
    }
}
