//! TIFF: XMP, IPTC and Photoshop's resources in tags of the first directory (TIFF 6.0; XMP specification part 3, section 1.1.7).
//!
//! Nothing in the file moves. What is new goes to its end, with a copy of the first directory that points there, and only the
//! header's pointer to it changes. A note in front of the copy says how things were, so that it can be taken away again.

use std::borrow::Cow;
use std::ops::Range;

use super::carried::{Carried, array, block, corrupt};
use super::{iptc, photoshop};
use crate::{Error, ErrorCode, Result};

const XMP: u16 = 700;
const IPTC: u16 = 33_723;
const PHOTOSHOP: u16 = 34_377;

const BYTE: u16 = 1;
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;

/// In front of our copy of the directory: this, then in the file's byte order where the directory was and how long the file was.
const NOTE: &[u8; 8] = b"Tagdrop\0";
const NOTE_BYTES: usize = 16;

const SUB_IFDS: u16 = 330;
const STRIP_OFFSETS: u16 = 273;
const STRIP_BYTE_COUNTS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;
const NEW_SUBFILE_TYPE: u16 = 254;
const DNG_VERSION: u16 = 50_706;

/// What says how to read strips and tiles: width, height, bits, compression, photometric interpretation, fill order, samples, rows
/// a strip, planar configuration, transfer of Group 3, predictor, colour map, tile size, extra samples, sample format, JPEG tables,
/// subsampling.
const PICTURE: [u16; 19] =
    [256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 317, 320, 322, 323, 338, 339, 347, 530];

/// Directories followed for the picture; more would be a loop or a book.
const MAX_DIRECTORIES: usize = 4096;

#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    /// Where its twelve bytes stand.
    at: usize,
}

/// A file of 32-bit offsets in either byte order.
#[derive(Clone, Copy)]
struct Tiff<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, big: bytes.starts_with(b"MM") }
    }

    fn short(self, at: usize) -> Option<u16> {
        array(self.bytes, at).map(if self.big { u16::from_be_bytes } else { u16::from_le_bytes })
    }

    fn long(self, at: usize) -> Option<u32> {
        array(self.bytes, at).map(if self.big { u32::from_be_bytes } else { u32::from_le_bytes })
    }

    fn short_bytes(self, value: u16) -> [u8; 2] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn long_bytes(self, value: u32) -> [u8; 4] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn first_directory(self) -> Option<usize> {
        self.long(4).map(|at| at as usize)
    }

    /// The entries of the directory at `at`, and where the pointer to the next one stands.
    fn directory(self, at: usize) -> Option<(Vec<Entry>, usize)> {
        let entries = usize::from(self.short(at)?);
        let next = at + 2 + 12 * entries;
        self.long(next)?;
        let entry = |at| Some(Entry { tag: self.short(at)?, kind: self.short(at + 2)?, count: self.long(at + 4)?, at });
        let entries: Option<_> = (0..entries).map(|index| entry(at + 2 + 12 * index)).collect();
        Some((entries?, next))
    }

    /// Where the bytes of a value stand.
    fn place(self, entry: Entry) -> Option<Range<usize>> {
        // BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, IFD.
        let size = [1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4].get(usize::from(entry.kind).checked_sub(1)?)?;
        let length = (entry.count as usize).checked_mul(*size)?;
        let start = if length <= 4 { entry.at + 8 } else { self.long(entry.at + 8)? as usize };
        let place = start..start.checked_add(length)?;
        (place.end <= self.bytes.len()).then_some(place)
    }

    fn value(self, entry: Entry) -> Option<&'a [u8]> {
        self.bytes.get(self.place(entry)?)
    }

    /// A value as numbers: of SHORTs or LONGs.
    fn numbers(self, entry: Entry) -> Vec<usize> {
        let Some(place) = self.place(entry) else { return vec![] };
        match entry.kind {
            3 => place.step_by(2).filter_map(|at| self.short(at)).map(usize::from).collect(),
            LONG | 13 => place.step_by(4).filter_map(|at| self.long(at)).map(|value| value as usize).collect(),
            _ => vec![],
        }
    }
}

fn find(entries: &[Entry], tag: u16) -> Option<Entry> {
    entries.iter().find(|entry| entry.tag == tag).copied()
}

fn first(tiff: Tiff) -> Result<(Vec<Entry>, usize)> {
    let directory = tiff.first_directory().filter(|&at| at >= 8).and_then(|at| tiff.directory(at));
    directory.ok_or_else(|| corrupt("The TIFF's first directory lies outside the file."))
}

/// The three tags' values, empty where they are missing.
fn values<'a>(tiff: Tiff<'a>, entries: &[Entry]) -> Result<[&'a [u8]; 3]> {
    let value = |tag| match find(entries, tag) {
        Some(entry) => tiff.value(entry).ok_or_else(|| corrupt("A tag of the TIFF lies outside the file.")),
        None => Ok(&[][..]),
    };
    Ok([value(XMP)?, value(IPTC)?, value(PHOTOSHOP)?])
}

pub(super) fn get(bytes: &[u8]) -> Result<Carried> {
    let tiff = Tiff::new(bytes);
    let (entries, _) = first(tiff)?;
    let [xmp, iptc, resources] = values(tiff, &entries)?;
    let own = |tag, value: &[u8]| find(&entries, tag).map(|_| Some(value.to_vec()));
    Ok(Carried {
        packets: own(XMP, xmp).into_iter().collect(),
        read_only: vec![],
        iptc: own(IPTC, iptc::without_padding(iptc)).into_iter().chain(photoshop::get(resources)).collect(),
    })
}

pub(super) fn put(bytes: &[u8], new: &Carried) -> Result<Vec<u8>> {
    refuse_raw(bytes)?;
    let base = before_ours(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned);
    let old = get(&base)?;
    if old.packets.iter().eq(new.packets.iter().filter(|b| b.is_some()))
        && old.iptc.iter().eq(new.iptc.iter().filter(|b| b.is_some()))
    {
        return Ok(base.into_owned());
    }
    let tiff = Tiff::new(&base);
    let (entries, next) = first(tiff)?;
    let [_, own_iptc, old_resources] = values(tiff, &entries)?;

    // Where no block is, a new one gets the tag of its own.
    let own = usize::from(find(&entries, IPTC).is_some() || old.iptc.is_empty());
    let rest = |blocks: &[Option<Vec<u8>>]| blocks.get(own..).unwrap_or_default().to_vec();
    let mut resources = photoshop::put(old_resources, &rest(&old.iptc), &rest(&new.iptc));
    if let (1, Some(new)) = (own, block(&new.iptc, 0)) {
        photoshop::renew_digest(&mut resources, iptc::without_padding(own_iptc), new);
    }
    let new_iptc = if own == 1 { block(&new.iptc, 0) } else { None };

    let mut out = base.to_vec();
    let mut directory: Vec<(u16, [u8; 12])> = vec![];
    let ours = [XMP, IPTC, PHOTOSHOP];
    for entry in entries.iter().filter(|entry| !ours.contains(&entry.tag)) {
        directory.extend(array(&base, entry.at).map(|bytes| (entry.tag, bytes)));
    }
    let resources = Some(resources).filter(|resources| !resources.is_empty());
    for (tag, value, kind) in
        [(XMP, block(&new.packets, 0), BYTE), (IPTC, new_iptc, UNDEFINED), (PHOTOSHOP, resources.as_deref(), BYTE)]
    {
        let Some(value) = value else { continue };
        let there = find(&entries, tag);
        let kind = there.map_or(kind, |there| there.kind);
        let is_same = |there: &[u8]| there == value || (tag == IPTC && iptc::without_padding(there) == value);
        let same = there.filter(|&there| tiff.value(there).is_some_and(is_same));
        let entry = match same.and_then(|same| array(&base, same.at)) {
            Some(same) => same,
            None => write_value(tiff, &mut out, tag, kind, value),
        };
        // In order of tags.
        let at = directory.iter().position(|&(other, _)| other > tag).unwrap_or(directory.len());
        directory.insert(at, (tag, entry));
    }

    even(&mut out);
    out.extend(NOTE);
    out.extend(tiff.long_bytes(tiff.first_directory().unwrap_or_default() as u32));
    out.extend(tiff.long_bytes(base.len() as u32));
    let start = tiff.long_bytes(out.len() as u32);
    out[4..8].copy_from_slice(&start);
    out.extend(tiff.short_bytes(directory.len() as u16));
    out.extend(directory.iter().flat_map(|(_, entry)| entry));
    out.extend(&base[next..next + 4]);
    Ok(out)
}

/// Puts a value of bytes at the end and returns its entry.
fn write_value(tiff: Tiff, out: &mut Vec<u8>, tag: u16, kind: u16, value: &[u8]) -> [u8; 12] {
    let mut value = value.to_vec();
    // Old Photoshops say that IPTC is a list of LONGs.
    let (kind, size) = match kind {
        LONG => (LONG, 4),
        UNDEFINED => (UNDEFINED, 1),
        _ => (BYTE, 1),
    };
    value.resize(value.len().next_multiple_of(size), 0);
    let count = (value.len() / size) as u32;
    let place = if value.len() <= 4 {
        value.resize(4, 0);
        [value[0], value[1], value[2], value[3]]
    } else {
        even(out);
        let start = out.len() as u32;
        out.extend(&value);
        tiff.long_bytes(start)
    };
    let mut entry = [0; 12];
    entry[..2].copy_from_slice(&tiff.short_bytes(tag));
    entry[2..4].copy_from_slice(&tiff.short_bytes(kind));
    entry[4..8].copy_from_slice(&tiff.long_bytes(count));
    entry[8..].copy_from_slice(&place);
    entry
}

/// Values and directories begin at even offsets.
fn even(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(2), 0);
}

/// The file as it was before we wrote into it, unless somebody has changed our part of it since.
fn before_ours(bytes: &[u8]) -> Option<Vec<u8>> {
    let tiff = Tiff::new(bytes);
    let start = tiff.first_directory()?;
    let note = start.checked_sub(NOTE_BYTES)?;
    let (entries, next) = tiff.directory(start)?;
    if next + 4 != bytes.len() || array(bytes, note) != Some(*NOTE) {
        return None;
    }
    let (old_start, length) = (tiff.long(note + 8)?, tiff.long(note + 12)? as usize);
    let mut base = bytes.get(..length.min(note))?.to_vec();
    base.get_mut(4..8)?.copy_from_slice(&tiff.long_bytes(old_start));
    let old = Tiff::new(&base);
    let (old_entries, old_next) = old.directory(old_start as usize)?;
    let foreign = |bytes: &[u8], entries: &[Entry]| -> Vec<Option<[u8; 12]>> {
        let ours = [XMP, IPTC, PHOTOSHOP];
        let foreign = entries.iter().filter(|entry| !ours.contains(&entry.tag));
        foreign.map(|entry| array(bytes, entry.at)).collect()
    };
    let same = foreign(bytes, &entries) == foreign(&base, &old_entries) && tiff.long(next) == old.long(old_next);
    same.then_some(base)
}

/// Camera raw files are TIFFs whose makers' programs rely on more than the format says.
fn refuse_raw(bytes: &[u8]) -> Result<()> {
    let tiff = Tiff::new(bytes);
    let (entries, _) = first(tiff)?;
    let is_thumbnail = find(&entries, NEW_SUBFILE_TYPE).is_some_and(|entry| tiff.numbers(entry) == [1]);
    let is_raw = find(&entries, DNG_VERSION).is_some()
        || (is_thumbnail && find(&entries, SUB_IFDS).is_some())
        || bytes.get(8..10) == Some(b"CR");
    if is_raw {
        return Err(Error::new(
            ErrorCode::UnsupportedFormat,
            "This is a camera's raw file, which Tagdrop does not write into. Keep its tags in a sidecar (.xmp).",
        ));
    }
    Ok(())
}

/// The strips and tiles of all directories, and the values that say how to read them.
pub(super) fn picture(bytes: &[u8]) -> Vec<Range<usize>> {
    let tiff = Tiff::new(bytes);
    let mut ranges: Vec<Range<usize>> = vec![];
    let mut waiting: Vec<usize> = tiff.first_directory().into_iter().collect();
    let mut seen = 0;
    while let Some(at) = waiting.pop() {
        let Some((entries, next)) = tiff.directory(at).filter(|_| at != 0) else { continue };
        seen += 1;
        if seen > MAX_DIRECTORIES {
            return vec![];
        }
        for entry in entries.iter().filter(|entry| PICTURE.contains(&entry.tag)) {
            ranges.push(entry.at..entry.at + 8);
            ranges.extend(tiff.place(*entry));
        }
        for (offsets, lengths) in [(STRIP_OFFSETS, STRIP_BYTE_COUNTS), (TILE_OFFSETS, TILE_BYTE_COUNTS)] {
            let numbers = |tag| find(&entries, tag).map(|entry| tiff.numbers(entry)).unwrap_or_default();
            let strips = numbers(offsets).into_iter().zip(numbers(lengths));
            ranges.extend(strips.map(|(start, length)| start..start.saturating_add(length).min(bytes.len())));
        }
        waiting.extend(tiff.long(next).map(|at| at as usize));
        waiting.extend(find(&entries, SUB_IFDS).map(|entry| tiff.numbers(entry)).unwrap_or_default());
    }
    ranges.retain(|range| range.start < range.end);
    ranges
}
