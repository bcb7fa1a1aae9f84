//! How many instructions the native path takes from a photo to its scores. Unlike time they are the same on a busy machine, so
//! that a loss of a few percent is seen.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use xshell::cmd;

use crate::repo::{Repo, files_below, read};
use crate::tools;

/// The stages in their order, by the names of their functions in `examples/instructions.rs`.
const STAGES: [&str; 4] = ["stage_load", "stage_decode", "stage_preprocess", "stage_run"];

/// Of two megapixels.
const PHOTO: &str = "tests/fixtures/images/retina.jpg";

/// What each stage may take.
const BUDGETS: &str = "tests/fixtures/instructions.json";

/// A stage may take so much more than its budget, as a share of it. Two runs of one binary differ by up to 0.4 % in decoding, by
/// how the JPEG decoder's threads happen to wait for each other, and by 0.02 % elsewhere.
const TOLERANCE: f64 = 0.02;

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Counts {
    /// The compiler by which they came about: another one gives other counts.
    rustc: String,
    stages: BTreeMap<String, u64>,
}

/// Counts, and holds each stage against its budget; with `accept` makes the counts the budgets. The answer says why nothing was
/// held, where that is so.
pub(crate) fn run(repo: &Repo, accept: bool) -> Result<Option<String>> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Some("the budgets are of Linux on x86-64".to_owned()));
    }
    // Processors without it run other code in the resizer.
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("avx2") {
        return Ok(Some("the budgets are of processors with AVX2".to_owned()));
    }
    let now = Counts { rustc: cmd!(repo.shell, "rustc --version").quiet().read()?, stages: count(repo)? };
    let file = repo.path(BUDGETS);
    if accept {
        fs::write(file, format!("{}\n", serde_json::to_string_pretty(&now)?))?;
    }
    let budgets: Counts = serde_json::from_slice(&read(&repo.path(BUDGETS))?)?;
    println!("{:<20}{:>15}{:>15}", "instructions", "counted", "budget");
    for (stage, count) in &now.stages {
        println!("{stage:<20}{count:>15}{:>15}", budgets.stages.get(stage).map_or_else(String::new, u64::to_string));
    }
    if now.rustc != budgets.rustc {
        return Ok(Some(format!(
            "the budgets are of {}; `cargo xtask instructions --accept` makes new ones",
            budgets.rustc
        )));
    }
    held(&now, &budgets)?;
    Ok(None)
}

fn held(now: &Counts, budgets: &Counts) -> Result<()> {
    for (stage, &count) in &now.stages {
        let budget = *budgets.stages.get(stage).with_context(|| format!("{BUDGETS} has no budget for {stage}"))?;
        let more = count as f64 / budget as f64 - 1.0;
        if more > TOLERANCE {
            bail!(
                "{stage} takes {count} instructions, {:.1} % more than its budget of {budget}. If that is worth it, \
                 `cargo xtask instructions --accept` makes the counts the budgets; commit {BUDGETS} and say why.",
                more * 100.0
            );
        }
    }
    Ok(())
}

fn count(repo: &Repo) -> Result<BTreeMap<String, u64>> {
    tools::valgrind(repo)?;
    let shell = &repo.shell;
    // Relative: cargo splits a runner at its spaces.
    let folder = "target/xtask/instructions";
    shell.remove_path(folder)?;
    shell.create_dir(folder)?;
    // A dump holds what was counted since the one before, in all threads.
    let mut runner = format!("valgrind --quiet --tool=callgrind --callgrind-out-file={folder}/counts");
    for stage in STAGES {
        runner += &format!(" --dump-after=instructions::{stage}");
    }
    cmd!(shell, "cargo run --release --example instructions -- {PHOTO}")
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", runner)
        .run()?;
    let mut counts = BTreeMap::new();
    for dump in files_below(&repo.path(folder))? {
        // In order: of a stage that ran twice the second time counts.
        if let Some((stage, count)) = at_the_end_of_a_stage(&String::from_utf8_lossy(&read(&dump)?)) {
            counts.insert(stage.to_owned(), count);
        }
    }
    for stage in STAGES {
        counts.get(stage).with_context(|| format!("callgrind did not see the end of {stage}"))?;
    }
    Ok(counts)
}

/// The stage whose end a dump was made at, and what was counted in it.
fn at_the_end_of_a_stage(dump: &str) -> Option<(&'static str, u64)> {
    let field = |name: &str| dump.lines().find_map(|line| line.strip_prefix(name));
    let trigger = field("desc: Trigger: --dump-after=instructions::")?;
    let stage = STAGES.into_iter().find(|stage| *stage == trigger)?;
    Some((stage, field("summary: ")?.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(network: u64) -> Counts {
        Counts { rustc: String::new(), stages: BTreeMap::from([("stage_run".to_owned(), network)]) }
    }

    #[test]
    fn a_stage_may_exceed_its_budget_by_the_tolerance() {
        assert!(held(&counts(1_019_000), &counts(1_000_000)).is_ok());
        assert!(held(&counts(10), &counts(1_000_000)).is_ok());
        let said = held(&counts(1_030_000), &counts(1_000_000)).unwrap_err().to_string();
        assert!(said.contains("3.0 % more") && said.contains("--accept"), "{said}");
    }

    #[test]
    fn only_dumps_at_the_end_of_a_stage_count() {
        let dump = |trigger: &str| format!("part: 2\ndesc: Trigger: {trigger}\nevents: Ir\nsummary: 123\n\nfn=(1)\n");
        assert_eq!(
            at_the_end_of_a_stage(&dump("--dump-after=instructions::stage_decode")),
            Some(("stage_decode", 123))
        );
        assert_eq!(at_the_end_of_a_stage(&dump("Program termination")), None);
    }
}
