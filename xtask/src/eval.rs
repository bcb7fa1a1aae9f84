//! Accuracy and time of the native path, from a photo's bytes to its label.

use std::ffi::OsString;

use anyhow::Result;
use xshell::cmd;

use crate::repo::Repo;

/// `examples/eval.rs` does the work and reads the flags.
pub(crate) fn run(repo: &Repo, arguments: &[OsString]) -> Result<()> {
    // Paths given to it are the caller's, not relative to the repository.
    let _here = repo.shell.push_dir(std::env::current_dir()?);
    let manifest = repo.path("Cargo.toml");
    Ok(cmd!(repo.shell, "cargo run --release --manifest-path {manifest} --example eval -- {arguments...}").run()?)
}
