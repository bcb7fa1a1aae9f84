//! Making the models anew, with a pinned Python pipeline in an environment of its own.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use xshell::cmd;

use crate::repo::{Repo, read, sha256};
use crate::step::step;
use crate::{fingerprint, tools};

/// `models/build/build.py` does the work and reads the flags, except that `--peers` is a work of its own.
pub(crate) fn run(repo: &Repo, arguments: &[OsString]) -> Result<()> {
    if arguments == ["--peers"] {
        return peers(repo);
    }
    // onnxruntime-web under Node is what the quantized network's integers are compared with.
    tools::node_modules(repo)?;
    let python = environment(repo, "models-venv", "requirements.txt")?;
    let pipeline = repo.path("models/build/build.py");
    let _here = repo.shell.push_dir(std::env::current_dir()?);
    step("make the models", || Ok(cmd!(repo.shell, "{python} {pipeline} {arguments...}").run()?))
}

/// The shipped network in each form that other engines read, and the benchmark's photos, into `target/models/peers`.
pub(crate) fn peers(repo: &Repo) -> Result<()> {
    tools::node_modules(repo)?;
    let python = environment(repo, "peers-venv", "requirements-peers.txt")?;
    let pipeline = repo.path("models/build/peers.py");
    step("make the other engines' models, and photos", || Ok(cmd!(repo.shell, "{python} {pipeline}").run()?))
}

/// The Python of `target/<name>`, with the packages that a list in `models/build` pins.
fn environment(repo: &Repo, name: &str, requirements: &str) -> Result<PathBuf> {
    let shell = &repo.shell;
    let folder = repo.path("target").join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let requirements = repo.path("models/build").join(requirements);
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
