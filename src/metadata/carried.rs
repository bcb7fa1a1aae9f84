//! What passes between containers and what they contain: blocks of bytes, in the order of the file.

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

/// `bytes` with ranges replaced. A range that lies inside another goes with it.
pub(super) fn splice(bytes: &[u8], mut edits: Vec<(Range<usize>, Vec<u8>)>) -> Vec<u8> {
    edits.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
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
