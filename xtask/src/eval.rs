//! Accuracy and time of the native path, from a photo's bytes to its label.

use std::ffi::OsString;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::{Cmd, cmd};

use crate::repo::Repo;

/// `examples/eval.rs` does the work and reads the flags, all but `--reference`: with that the plain reference of the kernels
/// answers too, and must give every score again.
pub(crate) fn run(repo: &Repo, arguments: &[OsString]) -> Result<()> {
    // Paths given to it are the caller's, not relative to the repository.
    let _here = repo.shell.push_dir(std::env::current_dir()?);
    let (reference, arguments): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| *argument == "--reference");
    if reference.is_empty() {
        return Ok(evaluate(repo, &[], &arguments).run()?);
    }
    let kernels = answer(evaluate(repo, &[], &arguments))?;
    println!("the reference:");
    let reference = answer(evaluate(repo, &["--features", "tagdrop-kernels/reference"], &arguments))?;
    ensure!(
        without_times(&kernels) == without_times(&reference),
        "the kernels give other scores than their reference:\n{kernels}\n{reference}"
    );
    println!("every score of the kernels is the reference's");
    if arguments.iter().any(|argument| *argument == "--json") {
        println!("{kernels}");
    }
    Ok(())
}

fn evaluate<'a>(repo: &'a Repo, features: &[&str], arguments: &[&OsString]) -> Cmd<'a> {
    let manifest = repo.path("Cargo.toml");
    cmd!(repo.shell, "cargo run --release --manifest-path {manifest} --example eval {features...} -- {arguments...}")
}

/// Runs an evaluation, prints what it says, and reads its last line.
fn answer(evaluation: Cmd) -> Result<Value> {
    let said = evaluation.arg("--json").read()?;
    let (table, json) = said.rsplit_once('\n').context("the evaluation printed one line only")?;
    println!("{table}");
    Ok(serde_json::from_str(json)?)
}

fn without_times(answer: &Value) -> Value {
    let mut answer = answer.clone();
    for part in ["", "/whole"] {
        if let Some(fields) = answer.pointer_mut(part).and_then(Value::as_object_mut) {
            fields.remove("median_ms");
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_compared_without_their_times() {
        let answer =
            |ms: f64, top1: f64| json!({ "top1": 0.5, "median_ms": ms, "whole": { "top1": top1, "median_ms": ms } });
        assert_eq!(without_times(&answer(3.0, 0.25)), without_times(&answer(4.0, 0.25)));
        assert_ne!(without_times(&answer(3.0, 0.25)), without_times(&answer(3.0, 0.5)));
    }
}
