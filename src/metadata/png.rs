//! PNG: XMP in an iTXt chunk (XMP specification part 3, section 1.1.5). PNG has no place for IPTC.

use std::ops::Range;

use super::carried::{Carried, added, array, block, corrupt, unsupported};
use crate::{Result, limits};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// What carries the picture, still or animated.
const PICTURE: [&[u8; 4]; 7] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"];

struct Chunk {
    kind: [u8; 4],
    /// With length and check sum.
    whole: Range<usize>,
    data: Range<usize>,
}

/// The chunks up to the last whole one or IEND.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk> {
    let mut at = SIGNATURE.len();
    let mut ended = false;
    std::iter::from_fn(move || {
        let start = at.checked_add(8).filter(|_| !ended)?;
        let end = start.checked_add(u32::from_be_bytes(array(bytes, at)?) as usize)?;
        let whole = at..end.checked_add(4).filter(|&end| end <= bytes.len())?;
        let kind = array(bytes, at + 4)?;
        ended = &kind == b"IEND";
        at = whole.end;
        Some(Chunk { kind, whole, data: start..end })
    })
}

/// An iTXt chunk of XMP: what stands before its text, and whether that is compressed.
struct Text {
    head: Vec<u8>,
    text: Vec<u8>,
    compressed: bool,
}

/// The keyword, a flag and a method of compression, a language and a translated keyword that end with zeros.
fn xmp(chunk: &Chunk, bytes: &[u8]) -> Option<Result<Text>> {
    let data = &bytes[chunk.data.clone()];
    let rest = data.strip_prefix(XMP).filter(|_| &chunk.kind == b"iTXt")?;
    let [flag, _method, names @ ..] = rest else { return None };
    let mut zeros = (0..names.len()).filter(|&at| names[at] == 0);
    let start = XMP.len() + 2 + zeros.nth(1)? + 1;
    let (head, text) = data.split_at(start);
    let text = match flag {
        0 => Ok(text.to_vec()),
        _ => miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(text, limits::MAX_XMP_BYTES)
            .map_err(|_| unsupported("Its compressed XMP cannot be unpacked.")),
    };
    Some(text.map(|text| Text { head: head.to_vec(), text, compressed: *flag != 0 }))
}

pub(super) fn get(bytes: &[u8]) -> Result<Carried> {
    let packets = chunks(bytes).filter_map(|chunk| xmp(&chunk, bytes)).map(|text| Ok(Some(text?.text)));
    Ok(Carried { packets: packets.collect::<Result<_>>()?, ..Carried::default() })
}

pub(super) fn put(bytes: &[u8], old: &Carried, new: &Carried) -> Result<Vec<u8>> {
    let mut out = SIGNATURE.to_vec();
    let mut packets = 0;
    let mut room = true;
    let mut end = None;
    for chunk in chunks(bytes) {
        // In front of the picture, where programs that read only the head find it.
        if &chunk.kind == b"IDAT" && std::mem::take(&mut room) {
            for packet in added(&new.packets, old.packets.len()) {
                // Not compressed, no language, no translation.
                write(&mut out, &[XMP, &[0, 0, 0, 0], packet].concat());
            }
        }
        match xmp(&chunk, bytes).transpose()? {
            Some(Text { mut head, text, compressed }) => {
                match block(&new.packets, packets) {
                    Some(same) if same == text => out.extend(&bytes[chunk.whole.clone()]),
                    Some(changed) => {
                        if compressed {
                            head[XMP.len()] = 0;
                        }
                        write(&mut out, &[&head, changed].concat());
                    }
                    None => {}
                }
                packets += 1;
            }
            None => out.extend(&bytes[chunk.whole.clone()]),
        }
        if &chunk.kind == b"IEND" {
            end = Some(chunk.whole.end);
        }
    }
    let end = end.filter(|_| !room).ok_or_else(|| corrupt("The PNG ends before its picture does."))?;
    out.extend(&bytes[end..]);
    Ok(out)
}

fn write(out: &mut Vec<u8>, data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(b"iTXt");
    out.extend(data);
    out.extend(crc(&out[start..]).to_be_bytes());
}

/// ISO 3309's, bit by bit: packets are short.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

pub(super) fn picture(bytes: &[u8]) -> Vec<Range<usize>> {
    chunks(bytes).filter(|chunk| PICTURE.contains(&&chunk.kind)).map(|chunk| chunk.whole).collect()
}
