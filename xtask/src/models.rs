//! Making the models anew, with a pinned Python pipeline in an environment of its own.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use xshell::cmd;

use crate::repo::{Repo, read, sha256};
use crate::step::step;
use crate::{fingerprint, tools};

/// `models/build/build.py` does the work and reads the flags.
pub(crate) fn run(repo: &Repo, arguments: &[OsString]) -> Result<()> {
    // onnxruntime-web under Node is what the quantized network's integers are compared with.
    tools::node_modules(repo)?;
    let python = environment(repo)?;
    let pipeline = repo.path("models/build/build.py");
    let _here = repo.shell.push_dir(std::env::current_dir()?);
    step("make the models", || Ok(cmd!(repo.shell, "{python} {pipeline} {arguments...}").run()?))
}

/// The Python of `target/models-venv`, with the packages that `requirements.txt` pins.
fn environment(repo: &Repo) -> Result<PathBuf> {
    let shell = &repo.shell;
    let folder = repo.path("target/models-venv");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let requirements = repo.path("models/build/requirements.txt");
    let now = sha256(&read(&requirements)?);
    let note = folder.join("installed-from");
    if !fingerprint::is_known(&note, &now) {
        step("install the model pipeline's Python packages", || {
            let system = if cfg!(windows) { "python" } else { "python3" };
            cmd!(shell, "{system} -m venv --clear {folder}").run()?;
            cmd!(shell, "{python} -m pip install --quiet --disable-pip-version-check -r {requirements}").run()?;
            fingerprint::remember(&note, &now)
        })?;
    }
    Ok(python)
}
