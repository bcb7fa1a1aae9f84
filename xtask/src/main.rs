//! Tagdrop's chores. `cargo xtask --help` lists them; each room of this crate is one of them, or a tool two of them share.

mod bench;
mod build;
mod eval;
mod fingerprint;
mod instructions;
mod models;
mod notices;
mod repo;
mod serve;
mod size;
mod step;
mod test;
mod tools;
mod wasm_pack_toml;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

use crate::repo::Repo;

const HELP: &str = "\
Tagdrop's chores. Each installs what it is missing, says what it does and how long that took.

cargo xtask demo [--port N] [--no-opt]     build everything and serve the demo page
cargo xtask build [--no-opt]               the npm package: wasm, model, licence notices, into js/
cargo xtask serve [--port N]               serve what is built already
cargo xtask test [SUITE…] [FLAGS]          everything a change can break, or only the suites named
    --list          name the suites and what each one checks
    --keep-going    run the rest after a failure
    --fuzz          also fuzz the decoders for a minute
    --instructions  also hold the native path to its instruction counts
    --all           every flag that adds a suite
cargo xtask size [--json]                  bytes of wasm, JavaScript and model, held against their budgets
cargo xtask eval --images DIR [--exclude FILE] [--enlarged N [--short-side PIXELS]] [--reference] [--json]
                                           accuracy and time on a folder of <class index>_*.jpg
    --enlarged N    of each as a JPEG N times as large, decoded scaled and at full size
    --reference     and the plain reference of the kernels must give the very same scores
cargo xtask instructions [--accept]        instructions of the native path under valgrind, held against their budgets
    --accept        make what is counted the budgets
cargo xtask bench [--only CASE,…] [--rounds N] [--json]
                                           Tagdrop beside other engines, in browsers; writes BENCHMARKS.md and the README's
                                           speeds, unless only some cases are asked for (a wrong name lists them)
cargo xtask models --calibration DIR [--evaluate DIR] [--lite2]
                                           make the models anew from the published weights (needs Python)
cargo xtask models --peers                 the shipped model in the forms that other engines read (needs Python)

--port N      8080, or a free one when that is taken
--no-opt      leave wasm-opt out: minutes faster, and a larger binary
--json        the last line printed is one JSON object
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let command = if arguments.is_empty() { OsString::from("--help") } else { arguments.remove(0) };
    if ["help", "-h", "--help"].iter().any(|help| command == *help) {
        print!("{HELP}");
        return Ok(());
    }
    let repo = Repo::open()?;
    match command.to_string_lossy().as_ref() {
        "demo" => {
            let Flags { port, optimize, .. } = Flags::parse(&arguments, &["port", "no-opt"])?;
            build::build(&repo, optimize)?;
            serve::forever(&repo, port)
        }
        "build" => build::build(&repo, Flags::parse(&arguments, &["no-opt"])?.optimize),
        "serve" => serve::forever(&repo, Flags::parse(&arguments, &["port"])?.port),
        "test" => test::run(&repo, test::Choice::parse(&arguments)?),
        "size" => size::report(&repo, Flags::parse(&arguments, &["json"])?.json),
        "eval" => eval::run(&repo, &arguments),
        "instructions" => {
            let not_held = instructions::run(&repo, Flags::parse(&arguments, &["accept"])?.accept)?;
            not_held.into_iter().for_each(|why| println!("not held: {why}"));
            Ok(())
        }
        "bench" => bench::run(&repo, &arguments),
        "models" => models::run(&repo, &arguments),
        unknown => bail!("no chore is called '{unknown}'; `cargo xtask --help` lists them"),
    }
}

/// The flags that several chores share.
struct Flags {
    port: Option<u16>,
    optimize: bool,
    json: bool,
    accept: bool,
}

impl Flags {
    /// Reads `arguments`, taking only the flags named in `allowed`.
    fn parse(arguments: &[OsString], allowed: &[&str]) -> Result<Self> {
        let mut flags = Self { port: None, optimize: true, json: false, accept: false };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long(name) if !allowed.contains(&name) => bail!("--{name} is not a flag of this chore"),
                Long("port") => flags.port = Some(parser.value()?.parse()?),
                Long("no-opt") => flags.optimize = false,
                Long("json") => flags.json = true,
                Long("accept") => flags.accept = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(flags)
    }
}
