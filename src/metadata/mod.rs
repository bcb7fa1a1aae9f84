//! Tags in the file: read, written into a copy or a sidecar, and taken out again.
//!
//! ```text
//! file ─ container: get ─▶ Carried ─ strip what is ours ─ fill in the tags ─▶ Carried ─ container: put ─▶ file
//! ```
//!
//! Tags are written to XMP `dc:subject`, with their broader terms to `lr:hierarchicalSubject`, and to IPTC keywords in JPEG and TIFF
//! (PNG and WebP have no place for them). Every other byte stays, except lengths, offsets and check sums that count what was added.
//! What was written is marked in a private namespace ([`NAMESPACE`]); all other keywords are people's. Writing first takes out what
//! was written before, so it can be repeated, and what is taken out leaves the file as it was.

mod carried;
mod content_hash;
mod iptc;
mod jpeg;
mod photoshop;
mod png;
mod tiff;
mod webp;
mod xmp;

use carried::{Carried, lacking, marked, unsupported};
use xmp::{Lists, Marks};

pub use content_hash::content_hash;
pub use iptc::Obstacle;
pub use xmp::NAMESPACE;

use crate::{Error, ErrorCode, Result, limits};

/// Characters of a tag, as Liferay's and AEM's databases take them.
pub const MAX_TAG_CHARS: usize = 255;

/// Names of what IPTC's or XMP's parts are made of, in [`xmp`]'s `made`.
const MADE_IPTC: &str = "iptc";
const MADE_CHARACTER_SET: &str = "characterSet";

/// What can hold tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// XMP and IPTC.
    Jpeg,
    /// XMP.
    Png,
    /// XMP.
    WebP,
    /// XMP and IPTC; not BigTIFF, and not cameras' raw files.
    Tiff,
    /// XMP in a file of its own, beside a picture of any format.
    Sidecar,
}

impl Format {
    /// The format by its first bytes.
    ///
    /// # Errors
    /// `empty-file`, `image-too-large`, and `unsupported-format` for files that only a sidecar can help.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > limits::MAX_FILE_BYTES {
            return Err(Error::new(
                ErrorCode::ImageTooLarge,
                format!("The file has {} MiB; at most {} are read.", bytes.len() >> 20, limits::MAX_FILE_BYTES >> 20),
            ));
        }
        match bytes {
            [] => Err(Error::new(ErrorCode::EmptyFile, "The file is empty. Was it copied to the end?")),
            [0xff, 0xd8, ..] => Ok(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Self::Tiff),
            [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..] => Err(no_place("BigTIFF")),
            _ if bytes.starts_with(png::SIGNATURE) => Ok(Self::Png),
            _ if is_sidecar(bytes) => Ok(Self::Sidecar),
            _ => Err(no_place("another format than JPEG, PNG, WebP, TIFF and XMP")),
        }
    }

    /// Whether the format has a place for IPTC keywords.
    pub const fn holds_iptc(self) -> bool {
        matches!(self, Self::Jpeg | Self::Tiff)
    }

    fn get(self, bytes: &[u8]) -> Result<Carried> {
        match self {
            Self::Jpeg => jpeg::get(bytes),
            Self::Png => png::get(bytes),
            Self::WebP => webp::get(bytes),
            Self::Tiff => tiff::get(bytes),
            Self::Sidecar => Ok(Carried { packets: vec![Some(bytes.to_vec())], ..Carried::default() }),
        }
    }

    fn put(self, bytes: &[u8], old: &Carried, new: &Carried) -> Result<Vec<u8>> {
        if old == new {
            return Ok(bytes.to_vec());
        }
        match self {
            Self::Jpeg => jpeg::put(bytes, old, new),
            Self::Png => png::put(bytes, old, new),
            Self::WebP => webp::put(bytes, old, new),
            Self::Tiff => tiff::put(bytes, new),
            Self::Sidecar => Ok(new.packets.iter().flatten().flatten().copied().collect()),
        }
    }
}

fn no_place(what: &str) -> Error {
    Error::new(
        ErrorCode::UnsupportedFormat,
        format!("This is {what}; tags cannot be written into it. Keep them in a sidecar (.xmp) instead."),
    )
}

/// Near its start a sidecar has the packet's or the RDF's mark; SVG, which may have them too, has its own before.
fn is_sidecar(bytes: &[u8]) -> bool {
    // UTF-16 without its zeros.
    let start: Vec<u8> = bytes.iter().take(1024).copied().filter(|&byte| byte != 0).collect();
    let find = |mark: &[u8]| start.windows(mark.len()).position(|window| window == mark);
    let marks = [&b"<?xpacket "[..], b"<x:xmpmeta", b"<x:xapmeta", b"<rdf:RDF"];
    find(b"<svg").is_none() && marks.into_iter().any(|mark| find(mark).is_some())
}

/// One tag to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTag {
    /// What people read; a keyword of its own.
    pub name: String,
    /// Its broader terms, the broadest first. If there are any, the whole way down to `name` is also written as one hierarchical
    /// keyword.
    pub broader: Vec<String>,
}

/// What a file says about its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was read.
    pub format: Format,
    /// Keywords that we have not written, from XMP and IPTC, each once.
    pub people: Vec<String>,
    /// Those of their hierarchical keywords, the broadest term first, `|` between.
    pub people_hierarchical: Vec<String>,
    /// Keywords that we have written and nobody has taken away.
    pub ours: Vec<String>,
}

/// A file with tags, and how they got in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What it is, and so where the tags are: see [`Format::holds_iptc`].
    pub format: Format,
    /// Tags that are in the XMP only, and why.
    pub not_in_iptc: Vec<(String, Obstacle)>,
}

/// What a file says about its picture.
///
/// # Errors
/// `empty-file`, `image-too-large`, `unsupported-format`, `corrupt-image`, `unsupported-metadata`.
pub fn read(bytes: &[u8]) -> Result<Found> {
    let format = Format::of(bytes)?;
    let carried = format.get(bytes)?;
    let (mut people, mut hierarchical, mut ours, mut our_keywords) = (vec![], vec![], vec![], vec![]);
    for packet in carried.packets.iter().flatten().chain(&carried.read_only) {
        let content = xmp::read(packet)?;
        let (theirs, written) = split(content.lists.subject, &content.marks.lists.subject);
        people.extend(theirs);
        ours.extend(written);
        hierarchical.extend(split(content.lists.hierarchical, &content.marks.lists.hierarchical).0);
        our_keywords.extend(content.marks.keywords);
    }
    for block in carried.iptc.iter().flatten() {
        let (theirs, written) = split(iptc::keywords(block), &our_keywords);
        people.extend(theirs);
        ours.extend(written);
    }
    let [people, people_hierarchical, ours] = [people, hierarchical, ours].map(|items| lacking(&items, &[]));
    Ok(Found { format, people, people_hierarchical, ours })
}

/// Theirs and ours.
fn split(items: Vec<String>, marks: &[String]) -> (Vec<String>, Vec<String>) {
    let marked = marked(&items, marks);
    let (ours, theirs): (Vec<_>, Vec<_>) = items.into_iter().zip(marked).partition(|(_, ours)| *ours);
    let [theirs, ours] = [theirs, ours].map(|items| items.into_iter().map(|(item, _)| item).collect());
    (theirs, ours)
}

/// A copy of `bytes` with `tags` in the place of those written before. What people have in the same list already is theirs and is
/// not written again.
///
/// # Errors
/// `invalid-options` for a tag that cannot be a keyword, `empty-file`, `image-too-large`, `unsupported-format`, `corrupt-image`,
/// `unsupported-metadata`.
pub fn write(bytes: &[u8], tags: &[FileTag]) -> Result<Written> {
    let lists = lists(tags)?;
    let format = Format::of(bytes)?;
    let old = format.get(bytes)?;
    let mut new = strip(&old)?;
    let not_in_iptc = fill(&mut new, format, &lists)?;
    Ok(Written { bytes: format.put(bytes, &old, &new)?, format, not_in_iptc })
}

/// A copy of `bytes` without the tags that were written. Of a sidecar that had nothing else no byte is left: delete it.
///
/// # Errors
/// `empty-file`, `image-too-large`, `unsupported-format`, `corrupt-image`, `unsupported-metadata`.
pub fn remove(bytes: &[u8]) -> Result<Vec<u8>> {
    let format = Format::of(bytes)?;
    let old = format.get(bytes)?;
    format.put(bytes, &old, &strip(&old)?)
}

/// A new sidecar. [`write()`] takes one that is there already.
///
/// # Errors
/// `invalid-options` for a tag that cannot be a keyword, or when there is none.
pub fn sidecar(tags: &[FileTag]) -> Result<Written> {
    let lists = lists(tags)?;
    if lists == Lists::default() {
        return Err(Error::new(ErrorCode::InvalidOptions, "A new sidecar needs a tag at least."));
    }
    let bytes = xmp::add(None, &lists, Marks::default())?;
    Ok(Written { bytes, format: Format::Sidecar, not_in_iptc: vec![] })
}

/// The tags as XMP has them.
fn lists(tags: &[FileTag]) -> Result<Lists> {
    let names = tags.iter().flat_map(|tag| tag.broader.iter().chain([&tag.name]));
    for name in names {
        // Noncharacters and controls are not XML, and `|` is what terms of a hierarchy are parted by.
        let fits = |c: char| !c.is_control() && c != '|' && !matches!(c, '\u{fffe}' | '\u{ffff}');
        if name.trim() != name
            || name.is_empty()
            || name.chars().nth(MAX_TAG_CHARS).is_some()
            || !name.chars().all(fits)
        {
            return Err(Error::new(
                ErrorCode::InvalidOptions,
                format!(
                    "“{name}” cannot be a keyword: 1 to {MAX_TAG_CHARS} characters, no `|`, no control characters, no space \
                     around."
                ),
            ));
        }
    }
    let path = |tag: &FileTag| [&tag.broader[..], std::slice::from_ref(&tag.name)].concat().join("|");
    let names: Vec<String> = tags.iter().map(|tag| tag.name.clone()).collect();
    let paths: Vec<String> = tags.iter().filter(|tag| !tag.broader.is_empty()).map(path).collect();
    Ok(Lists { subject: lacking(&names, &[]), hierarchical: lacking(&paths, &[]) })
}

/// Without what is ours.
fn strip(carried: &Carried) -> Result<Carried> {
    let mut marks = Marks::default();
    let mut stripped = carried.clone();
    for packet in &mut stripped.packets {
        let Some(bytes) = packet.take() else { continue };
        let here = xmp::read(&bytes)?.marks;
        marks.keywords.extend(here.keywords);
        marks.made.extend(here.made);
        *packet = xmp::remove(&bytes)?;
    }
    let made = |name: &str| marks.made.iter().any(|made| made == name);
    for block in &mut stripped.iptc {
        let left = block.take().map(|block| iptc::remove(&block, &marks.keywords, made(MADE_CHARACTER_SET)));
        *block = left.filter(|left| !(made(MADE_IPTC) && iptc::is_bare(left)));
    }
    Ok(stripped)
}

/// Adds `wanted` to what has nothing of ours.
fn fill(carried: &mut Carried, format: Format, wanted: &Lists) -> Result<Vec<(String, Obstacle)>> {
    if *wanted == Lists::default() {
        return Ok(vec![]);
    }
    for packet in &carried.read_only {
        if xmp::read(packet)?.lists != Lists::default() {
            return Err(unsupported("Its keywords are in extended XMP, which cannot be added to."));
        }
    }
    let mut marks = Marks::default();
    let not_in_iptc = if format.holds_iptc() { fill_iptc(carried, &wanted.subject, &mut marks) } else { vec![] };

    let first = first_or_new(&mut carried.packets);
    for (index, packet) in carried.packets.iter_mut().enumerate() {
        let marks = if index == first { std::mem::take(&mut marks) } else { Marks::default() };
        // Some programs read the first packet only, others let keywords of a later one hide it.
        let is_hidden_by = match packet {
            Some(packet) => xmp::read(packet)?.lists != Lists::default(),
            None => false,
        };
        if index == first || is_hidden_by {
            *packet = Some(xmp::add(packet.as_deref(), wanted, marks)?);
        }
    }
    Ok(not_in_iptc)
}

fn fill_iptc(carried: &mut Carried, wanted: &[String], marks: &mut Marks) -> Vec<(String, Obstacle)> {
    let there: Vec<String> = carried.iptc.iter().flatten().flat_map(|block| iptc::keywords(block)).collect();
    let lacking = lacking(wanted, &there);
    if lacking.is_empty() {
        return vec![];
    }
    let first = first_or_new(&mut carried.iptc);
    if carried.iptc[first].is_none() {
        carried.iptc[first] = Some(iptc::bare());
        marks.made.push(MADE_IPTC.to_owned());
    }
    // All blocks are dealt with alike, because the marks are the same for all.
    let mut codings = carried.iptc.iter().flatten().map(|block| iptc::coding(block));
    let coding = codings.next().filter(|first| codings.all(|other| other == *first)).unwrap_or(iptc::Coding::Other);
    let (mut added, mut not_in_iptc) = (vec![], vec![]);
    for keyword in lacking {
        match iptc::obstacle(&keyword, coding) {
            Some(obstacle) => not_in_iptc.push((keyword, obstacle)),
            None => added.push(keyword),
        }
    }
    let declare = coding == iptc::Coding::Undeclared && !added.iter().all(|keyword| keyword.is_ascii());
    if declare {
        marks.made.push(MADE_CHARACTER_SET.to_owned());
    }
    for block in carried.iptc.iter_mut().flatten() {
        *block = iptc::add(block, &added, declare);
    }
    marks.keywords = added;
    not_in_iptc
}

/// Where the first block is, or a new one has its place.
fn first_or_new(blocks: &mut Vec<Option<Vec<u8>>>) -> usize {
    blocks.iter().position(Option::is_some).unwrap_or_else(|| {
        if blocks.is_empty() {
            blocks.push(None);
        }
        0
    })
}
