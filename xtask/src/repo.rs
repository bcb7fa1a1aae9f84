//! The repository: where it lies, what its plan is, and reading its files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use xshell::{Shell, cmd};

use crate::wasm_pack_toml::WasmPackToml;

/// The folder of the model that the package ships, below `models/`.
pub(crate) const MODEL: &str = "efficientnet-lite0";

/// The repository, with a shell that stands at its top.
pub(crate) struct Repo {
    pub(crate) root: PathBuf,
    pub(crate) shell: Shell,
    pub(crate) plan: WasmPackToml,
}

impl Repo {
    pub(crate) fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask/ lies in the repository")?.to_owned();
        let shell = Shell::new()?;
        shell.change_dir(&root);
        let plan = WasmPackToml::read(&root.join("wasm-pack.toml"))?;
        Ok(Self { root, shell, plan })
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Where chores keep what they remember between runs.
    pub(crate) fn notes(&self) -> Result<PathBuf> {
        let folder = self.path("target/xtask");
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// What cargo knows of the packages that end up in the wasm binary.
    pub(crate) fn metadata(&self) -> Result<Metadata> {
        let json = cmd!(self.shell, "cargo metadata --format-version 1 --filter-platform wasm32-unknown-unknown")
            .quiet()
            .read()?;
        Ok(serde_json::from_str(&json)?)
    }
}

/// The part of `cargo metadata` that chores read.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) resolve: Resolve,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) repository: Option<String>,
    /// Absent for the packages of this repository.
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) kind: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Resolve {
    pub(crate) root: String,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
pub(crate) struct DependencyKind {
    /// Absent for an ordinary dependency; `dev` or `build` otherwise.
    pub(crate) kind: Option<String>,
}

impl Metadata {
    /// The package at the top of the repository.
    pub(crate) fn root(&self) -> Result<&Package> {
        self.packages.iter().find(|package| package.id == self.resolve.root).context("the workspace has a root package")
    }
}

/// Every file below `folder`, in a fixed order; none when there is no such folder.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files_below(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file, naming it when that fails.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
