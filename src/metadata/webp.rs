//! WebP: XMP in a chunk of its own, which a header named VP8X announces (WebP container specification). WebP has no place for IPTC.

use std::ops::Range;

use super::carried::{Carried, added, array, block, corrupt};
use crate::Result;

const XMP: &[u8; 4] = b"XMP ";
const HEADER: &[u8; 4] = b"VP8X";

/// What carries the picture, still or animated.
const PICTURE: [&[u8; 4]; 5] = [b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"];

/// Flags of VP8X.
const HAS_XMP: u8 = 0x04;
const HAS_ALPHA: u8 = 0x10;

struct Chunk {
    kind: [u8; 4],
    /// With kind, length and padding.
    whole: Range<usize>,
    data: Range<usize>,
}

/// The chunks up to the end of the RIFF file or the last whole one, padding apart.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk> {
    let end = riff_end(bytes).unwrap_or(bytes.len()).min(bytes.len());
    let bytes = &bytes[..end];
    let mut at: usize = 12;
    std::iter::from_fn(move || {
        let start = at + 8;
        let end = start.checked_add(u32::from_le_bytes(array(bytes, at + 4)?) as usize)?;
        let kind = array(bytes, at).filter(|_| end <= bytes.len())?;
        let whole = at..end.next_multiple_of(2).min(bytes.len());
        at = whole.end;
        Some(Chunk { kind, whole, data: start..end })
    })
}

fn riff_end(bytes: &[u8]) -> Option<usize> {
    Some(u32::from_le_bytes(array(bytes, 4)?) as usize + 8)
}

pub(super) fn get(bytes: &[u8]) -> Result<Carried> {
    let packets = chunks(bytes).filter(|chunk| &chunk.kind == XMP).map(|chunk| Some(bytes[chunk.data].to_vec()));
    Ok(Carried { packets: packets.collect(), ..Carried::default() })
}

pub(super) fn put(bytes: &[u8], old: &Carried, new: &Carried) -> Result<Vec<u8>> {
    let cut_short = || corrupt("The WebP ends before its chunks do.");
    let end = riff_end(bytes).filter(|&end| end <= bytes.len()).ok_or_else(cut_short)?;
    let old_chunks: Vec<_> = chunks(bytes).collect();
    if old_chunks.last().is_none_or(|last| last.whole.end != end) {
        return Err(cut_short());
    }
    let mut chunks: Vec<Vec<u8>> = vec![];
    let mut packets = 0;
    for chunk in &old_chunks {
        let whole = &bytes[chunk.whole.clone()];
        if &chunk.kind == XMP {
            match block(&new.packets, packets) {
                Some(same) if same == &bytes[chunk.data.clone()] => chunks.push(whole.to_vec()),
                Some(changed) => chunks.push(written(XMP, changed)),
                None => {}
            }
            packets += 1;
        } else {
            chunks.push(whole.to_vec());
        }
    }
    // A last chunk may lack its padding.
    if let Some(last) = chunks.last_mut().filter(|_| added(&new.packets, old.packets.len()).next().is_some()) {
        last.resize(last.len().next_multiple_of(2), 0);
    }
    chunks.extend(added(&new.packets, old.packets.len()).map(|packet| written(XMP, packet)));

    let has_xmp = new.packets.iter().any(Option::is_some);
    let simple = old_chunks.iter().find(|c| PICTURE.contains(&&c.kind)).and_then(|c| simple_header(c, bytes));
    match chunks.first_mut().filter(|first| first.starts_with(HEADER)) {
        Some(header) => {
            if let Some(flags) = header.get_mut(8) {
                *flags = if has_xmp { *flags | HAS_XMP } else { *flags & !HAS_XMP };
            }
            // A header that says no more than the picture itself came with our XMP and goes with it.
            if !has_xmp && chunks.len() == 2 && simple.as_ref() == chunks.first() {
                chunks.remove(0);
            }
        }
        None if has_xmp => {
            let mut header = simple.ok_or_else(|| corrupt("The WebP has no picture."))?;
            header[8] |= HAS_XMP;
            chunks.insert(0, header);
        }
        None => {}
    }
    let mut out = bytes[..12].to_vec();
    out.extend(chunks.concat());
    let length = (out.len() - 8) as u32;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    out.extend(&bytes[end..]);
    Ok(out)
}

fn written(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = [kind, &(data.len() as u32).to_le_bytes(), data].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// The VP8X of a file that has nothing but this picture: flags, three reserved bytes, width and height less one in 24 bits each.
fn simple_header(picture: &Chunk, bytes: &[u8]) -> Option<Vec<u8>> {
    let data = &bytes[picture.data.clone()];
    let (width, height, alpha) = match &picture.kind {
        // A frame tag, a start code, 14 bits each and 2 of scale (RFC 6386, section 9.1).
        b"VP8 " => {
            let edge = |at| Some(u32::from(u16::from_le_bytes(array(data, at)?) & 0x3fff));
            (edge(6)?.checked_sub(1)?, edge(8)?.checked_sub(1)?, false)
        }
        // A signature, 14 bits each, a bit for alpha.
        b"VP8L" => {
            let bits = u32::from_le_bytes(array(data, 1)?);
            (bits & 0x3fff, bits >> 14 & 0x3fff, bits >> 28 & 1 == 1)
        }
        _ => return None,
    };
    let flags = if alpha { HAS_ALPHA } else { 0 };
    let [width, height] = [width, height].map(u32::to_le_bytes);
    Some(written(HEADER, &[&[flags, 0, 0, 0], &width[..3], &height[..3]].concat()))
}

pub(super) fn picture(bytes: &[u8]) -> Vec<Range<usize>> {
    chunks(bytes).filter(|chunk| PICTURE.contains(&&chunk.kind)).map(|chunk| chunk.whole).collect()
}
