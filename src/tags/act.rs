//! All that can be done with a decision log, as JSON: for hosts and stores that keep logs as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    decisions::{DecisionLog, Entry, Run},
    options::invalid,
    tag::Tag,
};
use crate::Result;

/// An act, as `{ "undo": { "run": "…", "time": 1 } }`: a method of [`DecisionLog`] and what it takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Act {
    Record(Entry),
    Remember { image: String, selected: Vec<Tag>, run: Run },
    Apply { image: String, selected: Vec<Tag> },
    Rejected { image: String },
    IsTagged { image: String },
    Undo { run: String, time: u64 },
    RemoveAutomatic { time: u64 },
    MakePermanent { time: u64 },
    Merge { logs: Vec<String> },
    Split {},
    Export {},
}

/// What came of it: `log` only if it is another than before.
#[derive(Serialize)]
struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    answer: Answer,
}

/// `null`, tags, ids, a number, yes or no, logs by image, or a log.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Nothing,
    Tags(Vec<Tag>),
    Ids(Vec<String>),
    Count(usize),
    Is(bool),
    Logs(BTreeMap<String, String>),
    Text(String),
}

/// Does one act on a log, empty text being an empty one: `{ "log": "…", "answer": … }`, without `log` if it stays as it is.
///
/// # Errors
/// `invalid-options`: log or act are not what they should be.
pub fn perform(log: &str, act: &str) -> Result<String> {
    let mut decisions = if log.is_empty() { DecisionLog::default() } else { DecisionLog::from_json(log)? };
    let act =
        serde_json::from_str(act).map_err(|e| invalid(format!("This cannot be done with a decision log: {e}.")))?;
    let answer = match act {
        Act::Record(entry) => decisions.record(entry).map(|()| Answer::Nothing)?,
        Act::Remember { image, selected, run } => Answer::Tags(decisions.remember(&image, selected, &run)?),
        Act::Apply { image, selected } => Answer::Tags(decisions.apply(&image, selected)),
        Act::Rejected { image } => Answer::Ids(decisions.rejected(&image)),
        Act::IsTagged { image } => Answer::Is(decisions.is_tagged(&image)),
        Act::Undo { run, time } => Answer::Count(decisions.undo(&run, time)),
        Act::RemoveAutomatic { time } => Answer::Count(decisions.remove_automatic(time)),
        Act::MakePermanent { time } => Answer::Count(decisions.make_permanent(time)),
        Act::Merge { logs } => {
            for log in logs {
                decisions.merge(DecisionLog::from_json(&log)?);
            }
            Answer::Nothing
        }
        Act::Split {} => {
            Answer::Logs(decisions.split().into_iter().map(|(image, log)| (image, log.to_json())).collect())
        }
        Act::Export {} => Answer::Text(decisions.to_json()),
    };
    let is_empty = decisions.entries().next().is_none();
    let after = decisions.to_json();
    let done = Done { log: Some(after).filter(|after| after != log && !(log.is_empty() && is_empty)), answer };
    // Strings, numbers and lists of them cannot fail to be written.
    Ok(serde_json::to_string(&done).unwrap_or_default())
}
