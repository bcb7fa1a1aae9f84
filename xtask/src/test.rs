//! Everything that a change can break, as a list of suites.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use lexopt::prelude::*;
use xshell::{Cmd, cmd};

use crate::repo::{Repo, files_below};
use crate::step::{seconds, step};
use crate::tools::{self, CargoTool};
use crate::wasm_pack_toml::Variant;
use crate::{build, instructions, serve, size};

use self::Need::{Browsers, CargoDeny, MetadataReaders, NodeModules, RustComponents, Wasm};

/// What a suite needs installed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    RustComponents,
    Wasm,
    NodeModules,
    Browsers,
    CargoDeny,
    MetadataReaders,
}

struct Suite {
    name: &'static str,
    what: &'static str,
    /// Run only when this flag is given.
    flag: Option<&'static str>,
    /// Begun with the first suite, beside those before it.
    early: bool,
    needs: &'static [Need],
    run: fn(&Repo) -> Result<Outcome>,
}

enum Outcome {
    Passed,
    /// With the reason.
    Skipped(String),
}

impl Suite {
    const fn new(
        name: &'static str,
        what: &'static str,
        needs: &'static [Need],
        run: fn(&Repo) -> Result<Outcome>,
    ) -> Self {
        Self { name, what, flag: None, early: false, needs, run }
    }

    const fn behind(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    const fn early(self) -> Self {
        Self { early: true, ..self }
    }

    /// What came of it, and how long it took.
    fn run(&self, repo: &Repo) -> (Result<Outcome>, Duration) {
        let start = Instant::now();
        let outcome = step(&format!("{}: {}", self.name, self.what), || (self.run)(repo));
        (outcome, start.elapsed())
    }
}

/// The quick ones first, and each before those that build on what it checks. Browsers come last, when nothing else is at work.
const SUITES: [Suite; 14] = [
    Suite::new("fmt", "rustfmt has nothing to change", &[RustComponents], fmt),
    Suite::new("deny", "licences and sources are allowed, nothing is linked twice", &[CargoDeny], deny),
    Suite::new("advisories", "no known vulnerability in a dependency", &[CargoDeny], advisories),
    Suite::new("clippy", "no lint fires, natively and for wasm", &[RustComponents, Wasm], clippy),
    Suite::new("native", "cargo test, all crates", &[MetadataReaders], native),
    Suite::new("docs", "rustdoc builds without a warning", &[], docs),
    Suite::new("instructions", "the native path takes no more of them than it did", &[], instructions)
        .behind("--instructions"),
    Suite::new("fuzz", "decoders and metadata, a minute each target", &[], fuzz).behind("--fuzz"),
    // Much of it is linking and wasm-opt, which keep one core busy.
    Suite::new("build", "the npm package and tests/web.rs build", &[Wasm, NodeModules], built).early(),
    Suite::new("size", "binaries keep to their budgets", &[Wasm, NodeModules], budgets),
    Suite::new("types", "tsc --strict over JavaScript", &[Wasm, NodeModules], types),
    Suite::new("node", "tests/js under Node", &[NodeModules], node),
    Suite::new("wasm", "tests/web.rs in a dedicated worker, in Chromium and Firefox", &[Wasm, Browsers], wasm),
    Suite::new("browser", "stories on the demo page, in both browsers", &[Wasm, NodeModules, Browsers], browser),
];

/// How long each fuzz target runs.
const FUZZ_TIME: Duration = Duration::from_secs(60);

/// What the command line asks for.
#[derive(Default)]
pub(crate) struct Choice {
    /// All, when none is named.
    suites: Vec<String>,
    flags: Vec<String>,
    keep_going: bool,
    list: bool,
}

impl Choice {
    pub(crate) fn parse(arguments: &[OsString]) -> Result<Self> {
        let mut choice = Self::default();
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(name) => {
                    let name = name.string()?;
                    ensure!(
                        SUITES.iter().any(|suite| suite.name == name),
                        "no suite is called '{name}'; --list names them"
                    );
                    choice.suites.push(name);
                }
                Long("keep-going") => choice.keep_going = true,
                Long("list") => choice.list = true,
                Long("all") => choice.flags.extend(SUITES.iter().filter_map(|suite| suite.flag).map(str::to_owned)),
                Long(name) if SUITES.iter().any(|suite| suite.flag == Some(&format!("--{name}"))) => {
                    choice.flags.push(format!("--{name}"));
                }
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(choice)
    }

    fn names(&self, suite: &Suite) -> bool {
        self.suites.is_empty() || self.suites.iter().any(|name| name == suite.name)
    }

    /// Why a suite is not run, if it is not: its flag is missing, and its name was not given either.
    fn reason_to_skip(&self, suite: &Suite) -> Option<String> {
        let flag = suite.flag?;
        let asked = self.flags.iter().any(|given| given == flag) || !self.suites.is_empty();
        (!asked).then(|| format!("asked for by {flag}"))
    }
}

pub(crate) fn run(repo: &Repo, choice: Choice) -> Result<()> {
    let suites: Vec<_> = SUITES.iter().filter(|suite| choice.names(suite)).collect();
    if choice.list {
        for suite in suites {
            println!(
                "{:<14}{}{}",
                suite.name,
                suite.what,
                suite.flag.map(|flag| format!("  ({flag})")).unwrap_or_default()
            );
        }
        return Ok(());
    }
    let mut table = String::new();
    let mut tell = |name: &str, time: Duration, said: &str| {
        table += &format!("{name:<14}{:>13}  {said}\n", seconds(time));
    };

    let start = Instant::now();
    let is_run = |suite: &&&Suite| choice.reason_to_skip(suite).is_none();
    step("set-up", || set_up(repo, suites.iter().filter(is_run).flat_map(|suite| suite.needs).copied().collect()))?;
    tell("set-up", start.elapsed(), "done");

    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    thread::scope(|scope| -> Result<()> {
        let is_early = |suite: &&&Suite| suite.early && is_run(suite);
        let early = suites.iter().filter(is_early).map(|suite| {
            let run = || Repo::open().map(|repo| suite.run(&repo));
            (suite.name, scope.spawn(run))
        });
        let mut early: HashMap<_, _> = early.collect();
        for suite in &suites {
            let (outcome, time) = match (choice.reason_to_skip(suite), early.remove(suite.name)) {
                (Some(reason), _) => (Ok(Outcome::Skipped(reason)), Duration::ZERO),
                (None, Some(begun)) => begun.join().map_err(|_| anyhow!("the suite panicked"))??,
                (None, None) => suite.run(repo),
            };
            let said = match outcome {
                Ok(Outcome::Passed) => {
                    passed += 1;
                    "passed".to_owned()
                }
                Ok(Outcome::Skipped(reason)) => {
                    skipped += 1;
                    format!("skipped: {reason}")
                }
                Err(error) => {
                    failed += 1;
                    eprintln!("error: {error:#}");
                    "FAILED".to_owned()
                }
            };
            tell(suite.name, time, &said);
            if failed > 0 && !choice.keep_going {
                early.keys().for_each(|name| eprintln!("• {name} has begun; waiting for its end …"));
                break;
            }
        }
        Ok(())
    })?;
    tell("all", start.elapsed(), "");
    println!("\n{table}\n{passed} passed, {failed} failed, {skipped} skipped");
    ensure!(failed == 0, "{failed} of {} suites failed", suites.len());
    Ok(())
}

fn set_up(repo: &Repo, needs: Vec<Need>) -> Result<()> {
    let _lock = tools::lock(repo)?;
    if needs.contains(&RustComponents) {
        tools::rust_components(repo)?;
    }
    if needs.contains(&NodeModules) {
        tools::node_modules(repo)?;
    }
    if needs.contains(&Wasm) {
        tools::for_wasm(repo)?;
    }
    if needs.contains(&Browsers) {
        tools::Browsers::ensure(repo)?;
    }
    if needs.contains(&MetadataReaders) {
        tools::metadata_readers(repo);
    }
    if needs.contains(&CargoDeny) {
        CargoTool::cargo_deny(repo).ensure(repo)?;
    }
    Ok(())
}

fn passed(command: Cmd) -> Result<Outcome> {
    command.run()?;
    Ok(Outcome::Passed)
}

fn fmt(repo: &Repo) -> Result<Outcome> {
    passed(cmd!(repo.shell, "cargo fmt --all -- --check"))
}

fn clippy(repo: &Repo) -> Result<Outcome> {
    let shell = &repo.shell;
    cmd!(shell, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    let flags = repo.plan.main_variant().rustflags.join(" ");
    let command = cmd!(shell, "cargo clippy --target wasm32-unknown-unknown --lib --test web -- -D warnings");
    passed(command.env("RUSTFLAGS", flags))
}

fn native(repo: &Repo) -> Result<Outcome> {
    passed(cmd!(repo.shell, "cargo test --workspace"))
}

fn docs(repo: &Repo) -> Result<Outcome> {
    passed(
        cmd!(repo.shell, "cargo doc --workspace --no-deps --document-private-items").env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn built(repo: &Repo) -> Result<Outcome> {
    package(repo)?;
    for variant in &repo.plan.variants {
        web_tests(repo, variant).arg("--no-run").run()?;
    }
    Ok(Outcome::Passed)
}

/// The suites that need the package call it: it returns at once when nothing changed, and a stale binary proves nothing.
fn package(repo: &Repo) -> Result<Outcome> {
    build::build(repo, true)?;
    Ok(Outcome::Passed)
}

fn budgets(repo: &Repo) -> Result<Outcome> {
    package(repo)?;
    size::report(repo, false)?;
    Ok(Outcome::Passed)
}

/// One project per place where code runs, so that page code cannot name what only workers have.
fn types(repo: &Repo) -> Result<Outcome> {
    package(repo)?;
    let is_project = |name: &str| name.starts_with("tsconfig") && name.ends_with(".json") && !name.contains("base");
    let mut projects = Vec::new();
    for folder in ["js", "www", "tests/js", "tests/browser"] {
        for file in files_below(&repo.path(folder))? {
            if file.file_name().is_some_and(|name| is_project(&name.to_string_lossy())) {
                projects.push(file);
            }
        }
    }
    ensure!(!projects.is_empty(), "no tsconfig*.json found");
    let tsc = repo.path("node_modules/.bin/tsc");
    for project in projects {
        cmd!(repo.shell, "{tsc} --noEmit -p {project}").run()?;
    }
    Ok(Outcome::Passed)
}

fn node(repo: &Repo) -> Result<Outcome> {
    passed(node_test(repo, "tests/js")?)
}

/// `node --test` over the test files below `folder`; a folder without any fails, lest a typo passes.
fn node_test<'a>(repo: &'a Repo, folder: &str) -> Result<Cmd<'a>> {
    let is_test =
        |file: &PathBuf| file.to_string_lossy().ends_with(".test.js") || file.to_string_lossy().ends_with(".test.mjs");
    let files: Vec<_> = files_below(&repo.path(folder))?.into_iter().filter(is_test).collect();
    ensure!(!files.is_empty(), "{folder} holds no *.test.js");
    Ok(cmd!(repo.shell, "node --test --test-reporter=spec --test-concurrency=1 {files...}"))
}

fn wasm(repo: &Repo) -> Result<Outcome> {
    let tools::Browsers { chromedriver, firefox, geckodriver, .. } = tools::Browsers::ensure(repo)?;
    let runner = CargoTool::wasm_bindgen(repo).ensure(repo)?.with_file_name("wasm-bindgen-test-runner");
    for variant in &repo.plan.variants {
        let tests = || {
            web_tests(repo, variant)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner)
                // Seconds for all tests of the file together, on a busy machine.
                .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
                .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", repo.path("webdriver.json"))
        };
        // The runner takes the first driver it is told of, and asks for geckodriver first.
        tests().env("CHROMEDRIVER", &chromedriver).env_remove("GECKODRIVER").run()?;
        let arguments = format!("--binary={}", firefox.display());
        tests().env("GECKODRIVER", &geckodriver).env("GECKODRIVER_ARGS", arguments).run()?;
    }
    Ok(Outcome::Passed)
}

/// `tests/web.rs`, compiled as a variant is, with the dependencies compiled for that.
fn web_tests<'a>(repo: &'a Repo, variant: &Variant) -> Cmd<'a> {
    let profile = &repo.plan.build.profile;
    let features = &variant.features_for_cargo();
    cmd!(repo.shell, "cargo test --target wasm32-unknown-unknown --profile {profile} --test web {features...}")
        .env("RUSTFLAGS", variant.rustflags.join(" "))
}

fn browser(repo: &Repo) -> Result<Outcome> {
    package(repo)?;
    let tools::Browsers { chromium, firefox, .. } = tools::Browsers::ensure(repo)?;
    let url = serve::start(repo, 0)?;
    passed(
        node_test(repo, "tests/browser")?
            .env("TAGDROP_URL", url)
            .env("TAGDROP_CHROMIUM", chromium)
            .env("TAGDROP_FIREFOX", firefox),
    )
}

fn deny(repo: &Repo) -> Result<Outcome> {
    let program = CargoTool::cargo_deny(repo).ensure(repo)?;
    passed(cmd!(repo.shell, "{program} --workspace check bans licenses sources"))
}

fn advisories(repo: &Repo) -> Result<Outcome> {
    let shell = &repo.shell;
    let program = CargoTool::cargo_deny(repo).ensure(repo)?;
    // They come from a repository of their own, which not every machine reaches.
    if cmd!(shell, "{program} fetch db").ignore_stderr().run().is_err() {
        return Ok(Outcome::Skipped("the database of advisories cannot be reached".to_owned()));
    }
    passed(cmd!(shell, "{program} --workspace check --disable-fetch advisories"))
}

fn instructions(repo: &Repo) -> Result<Outcome> {
    Ok(instructions::run(repo, false)?.map_or(Outcome::Passed, Outcome::Skipped))
}

/// What `cargo fuzz` passes to rustc, less the sanitizer: that needs a nightly compiler, and safe code little of it.
const COVERAGE: [&str; 7] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
];

fn fuzz(repo: &Repo) -> Result<Outcome> {
    let shell = &repo.shell;
    let folder = repo.path("tests/fuzz");
    let rustc = cmd!(shell, "rustc --version --verbose").quiet().read()?;
    let Some(host) = rustc.lines().find_map(|line| line.strip_prefix("host: ")) else {
        bail!("rustc does not say what it runs on");
    };
    if !host.contains("linux") {
        return Ok(Outcome::Skipped(format!("libFuzzer is built here for Linux only, not for {host}")));
    }
    let output = repo.path("target/fuzz");
    let manifest = folder.join("Cargo.toml");
    // `--target` keeps the flags away from build scripts, which have no fuzzer to report to.
    cmd!(shell, "cargo build --release --manifest-path {manifest} --target {host} --target-dir {output} --bins")
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
        .run()?;
    let seeds = ["images", "metadata"].map(|folder| repo.path("tests/fixtures").join(folder));
    let targets = files_below(&folder.join("fuzz_targets"))?;
    ensure!(!targets.is_empty(), "tests/fuzz/fuzz_targets is empty");
    for target in targets {
        let name = target.file_stem().unwrap_or_default();
        let program = output.join(host).join("release").join(name);
        let corpus = output.join("corpus").join(name);
        let crashers = output.join("crashers").join(name);
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&crashers)?;
        let seeds = &seeds;
        let time = format!("-max_total_time={}", FUZZ_TIME.as_secs());
        let prefix = format!("-artifact_prefix={}/", crashers.display());
        cmd!(shell, "{program} {corpus} {seeds...} {time} {prefix} -print_final_stats=1 -verbosity=0").run()?;
    }
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Choice> {
        Choice::parse(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    fn is_run(choice: &Choice, name: &str) -> bool {
        SUITES.iter().any(|suite| suite.name == name && choice.names(suite) && choice.reason_to_skip(suite).is_none())
    }

    #[test]
    fn suites_have_names_of_their_own() {
        let names: HashSet<_> = SUITES.iter().map(|suite| suite.name).collect();
        assert_eq!(names.len(), SUITES.len());
    }

    #[test]
    fn a_suite_behind_a_flag_waits_for_it() {
        let plain = parse(&[]).unwrap();
        assert!(is_run(&plain, "native") && !is_run(&plain, "fuzz"));
        assert!(is_run(&parse(&["--fuzz"]).unwrap(), "fuzz"));
        let all = parse(&["--all"]).unwrap();
        assert!(SUITES.iter().all(|suite| is_run(&all, suite.name)));
    }

    #[test]
    fn naming_suites_runs_those_and_no_others() {
        let named = parse(&["fmt", "fuzz"]).unwrap();
        assert!(is_run(&named, "fmt") && is_run(&named, "fuzz") && !is_run(&named, "native"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parse(&["no-such-suite"]).is_err());
        assert!(parse(&["--no-such-flag"]).is_err());
    }
}
