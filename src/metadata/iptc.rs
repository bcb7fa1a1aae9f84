//! IPTC-IIM data sets: keywords (IPTC-NAA Information Interchange Model, version 4.2).

use std::ops::Range;

use super::carried::{array, marked, splice};

/// Record and number of a data set.
type Id = (u8, u8);

/// How the text of all records is coded, as an ISO 2022 escape sequence.
const CHARACTER_SET: Id = (1, 90);
const VERSION: Id = (2, 0);
const KEYWORD: Id = (2, 25);

const UTF_8: &[u8] = b"\x1b%G";
/// Version 4 of record 2.
const VERSION_4: &[u8] = &[0, 4];

/// "maximum of 64 octets", section 2:25.
const MAX_KEYWORD_BYTES: usize = 64;

struct DataSet<'a> {
    id: Id,
    whole: Range<usize>,
    data: &'a [u8],
}

/// The data sets up to the first that cannot be followed: 0x1c, record, number, 16 bits of length, or with their highest bit set
/// the number of bytes that the length takes.
fn data_sets(block: &[u8]) -> impl Iterator<Item = DataSet<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let [0x1c, record, number, high, low] = array(block, at)? else { return None };
        let (mut start, mut length) = (at + 5, usize::from(u16::from_be_bytes([high, low])));
        if high & 0x80 != 0 {
            let digits = block.get(start..start + (length & 0x7fff))?;
            start += digits.len();
            // Four bytes hold any length there can be.
            let significant = digits.get(digits.len().checked_sub(4)?..)?;
            length = u32::from_be_bytes(significant.try_into().ok()?) as usize;
        }
        let data = block.get(start..start.checked_add(length)?)?;
        let whole = at..start + length;
        at = whole.end;
        Some(DataSet { id: (record, number), whole, data })
    })
}

/// A block without the zeros that TIFF pads it with.
pub(super) fn without_padding(block: &[u8]) -> &[u8] {
    let end = data_sets(block).last().map_or(0, |last| last.whole.end);
    if block[end..].iter().all(|&byte| byte == 0) { &block[..end] } else { block }
}

/// How a block's text is coded, as far as it matters for what is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// It says UTF-8.
    Utf8,
    /// It does not say, and is all ASCII: it can be declared to be UTF-8.
    Undeclared,
    /// Its text that is not ASCII would become something else.
    Other,
}

pub(super) fn coding(block: &[u8]) -> Coding {
    match data_sets(block).find(|set| set.id == CHARACTER_SET) {
        Some(set) if set.data == UTF_8 => Coding::Utf8,
        None if data_sets(block).all(|set| set.data.is_ascii()) => Coding::Undeclared,
        _ => Coding::Other,
    }
}

/// UTF-8 where the bytes are, else Latin-1, which is what most programs wrote who did not say.
fn decode(data: &[u8]) -> String {
    std::str::from_utf8(data).map_or_else(|_| data.iter().copied().map(char::from).collect(), str::to_owned)
}

/// All keywords, in their order.
pub(super) fn keywords(block: &[u8]) -> Vec<String> {
    data_sets(block).filter(|set| set.id == KEYWORD).map(|set| decode(set.data)).collect()
}

/// Why a keyword cannot be written into a file's IPTC. Its XMP has it all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// It is longer than IPTC's 64 bytes of UTF-8.
    TooLong,
    /// It is not ASCII, and other text in the file's IPTC is coded in another way than UTF-8.
    OtherCharacterSet,
}

/// Why `keyword` cannot be added to a block of this coding.
pub(super) fn obstacle(keyword: &str, coding: Coding) -> Option<Obstacle> {
    if keyword.len() > MAX_KEYWORD_BYTES {
        Some(Obstacle::TooLong)
    } else if coding == Coding::Other && !keyword.is_ascii() {
        Some(Obstacle::OtherCharacterSet)
    } else {
        None
    }
}

/// A block without keywords.
pub(super) fn bare() -> Vec<u8> {
    let mut block = vec![];
    push(&mut block, CHARACTER_SET, UTF_8);
    push(&mut block, VERSION, VERSION_4);
    block
}

/// `block` with `added` at the end of its keywords; `declare` makes it say that it is in UTF-8.
pub(super) fn add(block: &[u8], added: &[String], declare: bool) -> Vec<u8> {
    let mut declaration = vec![];
    if declare {
        push(&mut declaration, CHARACTER_SET, UTF_8);
    }
    let mut sets = vec![];
    for keyword in added {
        push(&mut sets, KEYWORD, keyword.as_bytes());
    }
    // Data sets are in the order of their numbers.
    let at = data_sets(block).take_while(|set| set.id <= KEYWORD).last().map_or(0, |last| last.whole.end);
    [&declaration, &block[..at], &sets, &block[at..]].concat()
}

fn push(block: &mut Vec<u8>, (record, number): Id, data: &[u8]) {
    block.extend([0x1c, record, number]);
    block.extend((data.len() as u16).to_be_bytes());
    block.extend(data);
}

/// `block` without what [`add`] added: of each keyword the last of its name, and the declaration of UTF-8 if it was `declared`.
pub(super) fn remove(block: &[u8], written: &[String], declared: bool) -> Vec<u8> {
    let mut ours = marked(&keywords(block), written).into_iter();
    let is_ours = |set: &DataSet| match set.id {
        KEYWORD => ours.next() == Some(true),
        CHARACTER_SET => declared && set.data == UTF_8,
        _ => false,
    };
    splice(block, data_sets(block).filter(is_ours).map(|set| (set.whole, vec![])).collect())
}

/// Whether the block has nothing but what a new one starts with.
pub(super) fn is_bare(block: &[u8]) -> bool {
    let end = data_sets(block).last().map_or(0, |last| last.whole.end);
    end == block.len() && data_sets(block).all(|set| matches!(set.id, CHARACTER_SET | VERSION))
}
