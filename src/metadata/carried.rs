//! What passes between containers and what they contain: blocks of bytes, in the order of the file.

use std::collections::HashMap;
use std::ops::Range;

use crate::{Error, ErrorCode};

/// The parts of a file that hold tags.
///
/// A container hands them out with all `Some`. It takes them back with as many of each kind or more: a block that has changed is
/// replaced where it stood, one that is `None` is taken out with its wrapping, one too many is put in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Carried {
    /// XMP packets that can be edited.
    pub packets: Vec<Option<Vec<u8>>>,
    /// XMP packets that can only be read: JPEG's extended XMP, whose parts name one another by check sums.
    pub read_only: Vec<Vec<u8>>,
    /// IPTC-IIM data sets.
    pub iptc: Vec<Option<Vec<u8>>>,
}

/// The block at `index` of what goes back, `None` when it is to be taken out.
pub(super) fn block(blocks: &[Option<Vec<u8>>], index: usize) -> Option<&[u8]> {
    blocks.get(index)?.as_deref()
}

/// The blocks of what goes back beyond the `known` first.
pub(super) fn added(blocks: &[Option<Vec<u8>>], known: usize) -> impl Iterator<Item = &[u8]> {
    blocks.iter().skip(known).flatten().map(Vec::as_slice)
}

/// `N` bytes from `at` on.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The container cannot be followed to where it must be.
pub(super) fn corrupt(what: &str) -> Error {
    Error::new(ErrorCode::CorruptImage, format!("{what} The file may be cut short; no tags are written into it."))
}

/// The container is sound, what it says about the picture cannot be edited.
pub(super) fn unsupported(what: impl AsRef<str>) -> Error {
    Error::new(
        ErrorCode::UnsupportedMetadata,
        format!("{} The file stays as it is; keep its tags in a sidecar (.xmp) instead.", what.as_ref()),
    )
}

/// `bytes` with ranges replaced, given in their order. A range that lies inside the one before goes with it.
pub(super) fn splice(bytes: &[u8], edits: Vec<(Range<usize>, Vec<u8>)>) -> Vec<u8> {
    let mut out = vec![];
    let mut done = 0;
    for (range, new) in edits {
        if range.start >= done {
            out.extend(&bytes[done..range.start]);
            out.extend(new);
            done = range.end;
        }
    }
    out.extend(&bytes[done..]);
    out
}

/// Which of `items` are marked: of each name as many as there are `marks`, the last ones.
pub(super) fn marked(items: &[String], marks: &[String]) -> Vec<bool> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for mark in marks {
        *left.entry(mark).or_default() += 1;
    }
    let mut marked = vec![false; items.len()];
    for (item, marked) in items.iter().zip(&mut marked).rev() {
        if let Some(left) = left.get_mut(item.as_str()).filter(|left| **left > 0) {
            *left -= 1;
            *marked = true;
        }
    }
    marked
}

/// Those of `wanted` that are not `there`, each once.
pub(super) fn lacking(wanted: &[String], there: &[String]) -> Vec<String> {
    let mut seen: HashMap<&str, usize> = there.iter().map(|item| (item.as_str(), 1)).collect();
    wanted.iter().filter(|item| seen.insert(item, 1).is_none()).cloned().collect()
}
