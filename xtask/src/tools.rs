//! Installing what is missing. Each function returns at once when its tool is there, and says so when it is not.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xshell::cmd;

use crate::fingerprint;
use crate::repo::{Repo, read, sha256};
use crate::step::step;

/// A program built from a Rust package, in exactly the version that `wasm-pack.toml` names.
pub(crate) struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: String,
    /// Optimization level. They are compiled more often than they work hard, so the least that does.
    level: u8,
}

impl CargoTool {
    pub(crate) fn wasm_pack(repo: &Repo) -> Self {
        Self { package: "wasm-pack", program: "wasm-pack", version: repo.plan.tools.wasm_pack.clone(), level: 0 }
    }

    /// Brings `wasm-bindgen-test-runner` with it, in the same folder.
    pub(crate) fn wasm_bindgen(repo: &Repo) -> Self {
        let version = repo.plan.tools.wasm_bindgen.clone();
        Self { package: "wasm-bindgen-cli", program: "wasm-bindgen", version, level: 1 }
    }

    pub(crate) fn geckodriver(repo: &Repo) -> Self {
        Self { package: "geckodriver", program: "geckodriver", version: repo.plan.tools.geckodriver.clone(), level: 0 }
    }

    pub(crate) fn cargo_deny(repo: &Repo) -> Self {
        Self { package: "cargo-deny", program: "cargo-deny", version: repo.plan.tools.cargo_deny.clone(), level: 0 }
    }

    /// Where the program is, installed into `target/tools` if neither that folder nor PATH has its version.
    pub(crate) fn ensure(&self, repo: &Repo) -> Result<PathBuf> {
        let ours = repo.path("target/tools/bin").join(self.program).with_extension(env::consts::EXE_EXTENSION);
        let candidates = [Some(ours.clone()), on_path(&[self.program])];
        if let Some(found) = candidates.into_iter().flatten().find(|program| self.is(repo, program)) {
            return Ok(found);
        }
        let Self { package, version, .. } = self;
        step(&format!("install {package} {version}"), || {
            let shell = &repo.shell;
            let tools = repo.path("target/tools");
            let install = |locked: Option<&str>| {
                cmd!(shell, "cargo install --quiet --root {tools} --version ={version} {locked...} {package}")
                    // Shared by the tools, which have many dependencies in common.
                    .env("CARGO_TARGET_DIR", tools.join("build"))
                    .env("CARGO_PROFILE_RELEASE_LTO", "off")
                    .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.level.to_string())
                    .run()
            };
            // A registry mirror may lack a version that the package's own lock file names: then cargo chooses.
            install(Some("--locked")).or_else(|_| install(None))?;
            Ok(ours)
        })
    }

    fn is(&self, repo: &Repo, program: &Path) -> bool {
        let said = cmd!(repo.shell, "{program} --version").quiet().ignore_stderr().read();
        said.is_ok_and(|said| said.split_whitespace().any(|word| word == self.version))
    }
}

/// The two programs that a wasm build needs besides cargo, and the target to build for.
pub(crate) fn for_wasm(repo: &Repo) -> Result<()> {
    let shell = &repo.shell;
    let libraries = cmd!(shell, "rustc --print target-libdir --target wasm32-unknown-unknown").quiet().read()?;
    if !Path::new(libraries.trim()).is_dir() {
        step("install the target wasm32-unknown-unknown", || {
            Ok(cmd!(shell, "rustup target add wasm32-unknown-unknown").run()?)
        })?;
    }
    CargoTool::wasm_bindgen(repo).ensure(repo)?;
    CargoTool::wasm_pack(repo).ensure(repo)?;
    Ok(())
}

/// rustfmt and clippy, which rustup's minimal profile leaves out.
pub(crate) fn rust_components(repo: &Repo) -> Result<()> {
    let shell = &repo.shell;
    for (component, program) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if cmd!(shell, "{program} --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
            step(&format!("install {component}"), || Ok(cmd!(shell, "rustup component add {component}").run()?))?;
        }
    }
    Ok(())
}

/// `node_modules` as `package-lock.json` describes it.
pub(crate) fn node_modules(repo: &Repo) -> Result<()> {
    let shell = &repo.shell;
    let lock = sha256(&read(&repo.path("package-lock.json"))?);
    // Inside node_modules, so that whoever deletes that folder deletes the note too.
    let note = repo.path("node_modules/.installed-from");
    if fingerprint::is_known(&note, &lock) {
        return Ok(());
    }
    if on_path(&["npm"]).is_none() {
        bail!("npm is missing: install Node.js 20 or newer");
    }
    step("install node_modules", || {
        cmd!(shell, "npm ci --ignore-scripts --no-audit --no-fund").run()?;
        fingerprint::remember(&note, &lock)
    })
}

/// The browsers that tests drive, and their drivers.
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
    pub(crate) firefox: PathBuf,
    pub(crate) geckodriver: PathBuf,
}

impl Browsers {
    pub(crate) fn ensure(repo: &Repo) -> Result<Self> {
        let geckodriver = CargoTool::geckodriver(repo).ensure(repo)?;
        let find = || {
            Some(Self {
                chromium: on_path(&["chromium", "chromium-browser", "google-chrome"])?,
                chromedriver: on_path(&["chromedriver"])?,
                firefox: on_path(&["firefox-esr", "firefox"])?,
                geckodriver: geckodriver.clone(),
            })
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        install_by_apt(
            repo,
            "Chromium and Firefox",
            &["chromium", "chromium-driver", "firefox-esr", "fonts-liberation"],
        )?;
        find().context(
            "the browser tests need Chromium with its chromedriver, and Firefox, on PATH; on Debian: \
             sudo apt-get install chromium chromium-driver firefox-esr",
        )
    }
}

/// valgrind, which counts instructions.
pub(crate) fn valgrind(repo: &Repo) -> Result<()> {
    let is_there = || on_path(&["valgrind"]).is_some();
    if !is_there() {
        install_by_apt(repo, "valgrind", &["valgrind"])?;
    }
    ensure!(is_there(), "valgrind is missing; on Debian: sudo apt-get install valgrind");
    Ok(())
}

/// Installs packages where that can be done unasked: on Debian, as root.
fn install_by_apt(repo: &Repo, what: &str, packages: &[&str]) -> Result<()> {
    let shell = &repo.shell;
    let is_root = || cmd!(shell, "id -u").quiet().read().is_ok_and(|user| user == "0");
    if on_path(&["apt-get"]).is_none() || !is_root() {
        return Ok(());
    }
    step(&format!("install {what}"), || {
        let _quietly = shell.push_env("DEBIAN_FRONTEND", "noninteractive");
        cmd!(shell, "apt-get update -qq").run()?;
        Ok(cmd!(shell, "apt-get install -qq -y --no-install-recommends {packages...}").ignore_stdout().run()?)
    })
}

/// exiftool and exiv2, which judge the tags we write into files. Tests that ask them say so when they are missing, and pass.
pub(crate) fn metadata_readers(repo: &Repo) {
    let are_here = || ["exiftool", "exiv2"].iter().all(|program| on_path(&[program]).is_some());
    if !are_here() {
        // Without a network the rest of the suite still says something.
        let _ = install_by_apt(repo, "exiftool and exiv2", &["libimage-exiftool-perl", "exiv2"]);
    }
    if !are_here() {
        eprintln!("• exiftool and exiv2 are not both on PATH: what they judge is skipped");
    }
}

/// One chore at a time sets up or builds; a second one waits until the returned file is dropped.
pub(crate) fn lock(repo: &Repo) -> Result<File> {
    let file = File::create(repo.notes()?.join("lock"))?;
    if file.try_lock().is_err() {
        eprintln!("• another chore is at work; waiting for it …");
        file.lock()?;
    }
    Ok(file)
}

/// The first of `programs` that a folder of PATH holds.
fn on_path(programs: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<_> = env::split_paths(&path).collect();
    programs.iter().find_map(|program| {
        let file = Path::new(program).with_extension(env::consts::EXE_EXTENSION);
        folders.iter().map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_the_order_asked_for() {
        assert!(on_path(&["no-such-program-anywhere", "cargo"]).is_some_and(|found| found.ends_with("cargo")));
        assert_eq!(on_path(&["no-such-program-anywhere"]), None);
    }

    #[test]
    fn a_tool_of_another_version_is_not_ours() {
        let repo = Repo::open().unwrap();
        let cargo = on_path(&["cargo"]).unwrap();
        let said = cmd!(repo.shell, "cargo --version").quiet().read().unwrap();
        let version = said.split_whitespace().nth(1).unwrap().to_owned();
        let tool = |version| CargoTool { package: "cargo", program: "cargo", version, level: 0 };
        assert!(tool(version).is(&repo, &cargo));
        assert!(!tool("0.0.1".to_owned()).is(&repo, &cargo));
    }
}
