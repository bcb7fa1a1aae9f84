//! Tagdrop beside other engines, in browsers: what `tests/bench/` needs, and running it.

use std::ffi::OsString;

use anyhow::Result;
use xshell::cmd;

use crate::repo::{Repo, read, sha256};
use crate::step::step;
use crate::tools::{self, Browsers};
use crate::{build, fingerprint, models};

/// Everything that the models of the other engines and the photos are made from, as far as files go.
const MODEL_INPUTS: [&str; 14] = [
    "models/build/bench_photos.py",
    "models/build/network.py",
    "models/build/peers.py",
    "models/build/photos.py",
    "models/build/quantize.py",
    "models/build/requirements-peers.txt",
    "models/build/requirements.txt",
    "models/build/run.py",
    "models/build/sources.txt",
    "models/build/tfjs.py",
    "models/build/tflite.py",
    "models/build/weights.py",
    "models/efficientnet-lite0",
    "tests/fixtures/images",
];

/// `tests/bench/bench.mjs` does the work and reads the flags.
pub(crate) fn run(repo: &Repo, arguments: &[OsString]) -> Result<()> {
    build::build(repo, true)?;
    tools::node_modules(repo)?;
    let Browsers { chromium, firefox, .. } = Browsers::ensure(repo)?;
    peers(repo)?;
    peers_models(repo)?;
    let bench = repo.path("tests/bench/bench.mjs");
    step("measure", || {
        cmd!(repo.shell, "node {bench} {arguments...}")
            .env("TAGDROP_CHROMIUM", &chromium)
            .env("TAGDROP_FIREFOX", &firefox)
            .run()
            .map_err(Into::into)
    })
}

/// The other engines, as `tests/bench/package-lock.json` pins them.
fn peers(repo: &Repo) -> Result<()> {
    let folder = repo.path("tests/bench");
    let lock = sha256(&read(&folder.join("package-lock.json"))?);
    let note = folder.join("node_modules/.installed-from");
    if fingerprint::is_known(&note, &lock) {
        return Ok(());
    }
    step("install the other engines", || {
        let _here = repo.shell.push_dir(&folder);
        cmd!(repo.shell, "npm ci --ignore-scripts --no-audit --no-fund").run()?;
        fingerprint::remember(&note, &lock)
    })
}

/// Our network in the forms that they read, and photos, in `target/models/peers`, unless it has been made from the same files.
fn peers_models(repo: &Repo) -> Result<()> {
    let now = fingerprint::of(&repo.root, &MODEL_INPUTS, &[])?;
    let note = repo.path("target/models/peers/made-from");
    if fingerprint::is_known(&note, &now) {
        return Ok(());
    }
    models::peers(repo)?;
    fingerprint::remember(&note, &now)
}
