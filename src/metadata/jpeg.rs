//! JPEG: XMP in APP1, IPTC in Photoshop's APP13 (XMP specification part 3, section 1.1.3; CIPA DC-007 for MPF).

use std::ops::Range;

use super::carried::{Carried, added, array, block, corrupt, unsupported};
use super::{photoshop, xmp};
use crate::Result;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const MPF: &[u8] = b"MPF\0";

const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;
/// Adobe's, which says how colours are coded: part of the picture.
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COMMENT: u8 = 0xfe;

/// A segment's length has 16 bits and counts itself.
const MAX_PAYLOAD: usize = 0xffff - 2;

struct Segment {
    marker: u8,
    /// From the marker, fill bytes before it included, to the end.
    whole: Range<usize>,
    /// After marker and length.
    payload: Range<usize>,
}

impl Segment {
    /// What follows `name`, if that is how the payload of an `APPn` starts.
    fn named<'a>(&self, bytes: &'a [u8], marker: u8, name: &[u8]) -> Option<&'a [u8]> {
        bytes[self.payload.clone()].strip_prefix(name).filter(|_| self.marker == marker)
    }
}

/// The segments before the first scan.
fn header(bytes: &[u8]) -> Result<Vec<Segment>> {
    let mut segments = vec![];
    let mut at = 2;
    loop {
        let segment = segment(bytes, at).ok_or_else(|| corrupt("The JPEG ends before its first scan."))?;
        match segment.marker {
            0xda => return Ok(segments),
            0xd8 | 0xd9 => return Err(corrupt("The JPEG has no scan.")),
            _ => at = segment.whole.end,
        }
        segments.push(segment);
    }
}

fn segment(bytes: &[u8], start: usize) -> Option<Segment> {
    let fill = bytes.get(start..)?.iter().take_while(|&&byte| byte == 0xff).count();
    let at = start + fill + 1;
    let marker = *bytes.get(at - 1).filter(|_| fill > 0)?;
    let end = match marker {
        // These stand alone.
        0x01 | 0xd0..=0xd9 => at,
        _ => at + usize::from(u16::from_be_bytes(array(bytes, at)?)),
    };
    let payload = (at + 2).min(end)..end;
    (end == at || (end >= at + 2 && end <= bytes.len())).then_some(Segment { marker, whole: start..end, payload })
}

pub(super) fn get(bytes: &[u8]) -> Result<Carried> {
    let segments = header(bytes)?;
    let packets = segments.iter().filter_map(|s| s.named(bytes, APP1, XMP)).map(|p| Some(p.to_vec())).collect();
    let resources = resources(bytes, &segments);
    Ok(Carried {
        packets,
        read_only: extended(bytes, &segments).into_iter().collect(),
        iptc: photoshop::get(&resources),
    })
}

/// Photoshop's resources, which may be cut into several segments anywhere.
fn resources(bytes: &[u8], segments: &[Segment]) -> Vec<u8> {
    segments.iter().filter_map(|s| s.named(bytes, APP13, PHOTOSHOP)).collect::<Vec<_>>().concat()
}

/// Extended XMP, put together: after the name come a GUID of 32 digits, the length of the whole and the offset of this part. There is
/// one at most; parts with another GUID than the first are left over from another program.
fn extended(bytes: &[u8], segments: &[Segment]) -> Option<Vec<u8>> {
    let mut parts = segments.iter().filter_map(|segment| segment.named(bytes, APP1, EXTENDED_XMP)).peekable();
    let guid = parts.peek()?.get(..32)?;
    let mut packet = vec![];
    for part in parts.filter(|part| part.starts_with(guid)) {
        let (start, data) = (u32::from_be_bytes(array(part, 36)?) as usize, &part[40..]);
        let end = start.checked_add(data.len()).filter(|&end| end <= bytes.len())?;
        packet.resize(packet.len().max(end), b' ');
        packet[start..end].copy_from_slice(data);
    }
    Some(packet)
}

pub(super) fn put(bytes: &[u8], old: &Carried, new: &Carried) -> Result<Vec<u8>> {
    let segments = header(bytes)?;
    let old_resources = resources(bytes, &segments);
    let mut new_resources = Some(photoshop::put(&old_resources, &old.iptc, &new.iptc));
    let keep_resources = new_resources.as_ref() == Some(&old_resources);
    // After JFIF's and EXIF's, which want to be first, and before MPF's, which counts from itself.
    let room = segments.iter().take_while(|s| matches!(s.marker, APP0 | APP1)).count();
    let has_resources = segments.iter().any(|s| s.named(bytes, APP13, PHOTOSHOP).is_some());

    let mut out = bytes[..2].to_vec();
    let mut packets = 0;
    let mut moved_mpf = vec![];
    for (index, segment) in segments.iter().enumerate() {
        if index == room {
            write_added(&mut out, old, new, new_resources.take_if(|_| !has_resources))?;
        }
        if let Some(packet) = segment.named(bytes, APP1, XMP) {
            match block(&new.packets, packets) {
                Some(same) if same == packet => out.extend(&bytes[segment.whole.clone()]),
                Some(changed) => write_packet(&mut out, changed)?,
                None => {}
            }
            packets += 1;
        } else if segment.named(bytes, APP13, PHOTOSHOP).is_some() && !keep_resources {
            // All together where the first one was.
            write_resources(&mut out, new_resources.take());
        } else {
            if segment.named(bytes, APP2, MPF).is_some() {
                moved_mpf.push((segment.payload.clone(), out.len() + segment.payload.start - segment.whole.start));
            }
            out.extend(&bytes[segment.whole.clone()]);
        }
    }
    if room == segments.len() {
        write_added(&mut out, old, new, new_resources.take_if(|_| !has_resources))?;
    }
    let scan = segments.last().map_or(2, |last| last.whole.end);
    // Wraps when the file becomes shorter, and so do the sums made with it.
    let growth = out.len().wrapping_sub(scan) as u32;
    out.extend(&bytes[scan..]);
    for (payload, start) in moved_mpf {
        let moved = start.wrapping_sub(payload.start) as u32;
        let mpf = &mut out[start + MPF.len()..start + payload.len()];
        // Bounds are checked inside; what cannot be followed is left as it is.
        let _ = grow_mpf(mpf, growth, growth.wrapping_sub(moved));
    }
    Ok(out)
}

fn write_added(out: &mut Vec<u8>, old: &Carried, new: &Carried, resources: Option<Vec<u8>>) -> Result<()> {
    for packet in added(&new.packets, old.packets.len()) {
        write_packet(out, packet)?;
    }
    write_resources(out, resources);
    Ok(())
}

fn write_packet(out: &mut Vec<u8>, packet: &[u8]) -> Result<()> {
    let room = MAX_PAYLOAD - XMP.len();
    let Some(packet) = xmp::fit(packet, room) else {
        return Err(unsupported(format!("With the tags its XMP has more than the {room} bytes a JPEG can hold.")));
    };
    write_segment(out, APP1, XMP, &packet);
    Ok(())
}

fn write_resources(out: &mut Vec<u8>, resources: Option<Vec<u8>>) {
    for part in resources.iter().flat_map(|resources| resources.chunks(MAX_PAYLOAD - PHOTOSHOP.len())) {
        write_segment(out, APP13, PHOTOSHOP, part);
    }
}

fn write_segment(out: &mut Vec<u8>, marker: u8, name: &[u8], data: &[u8]) {
    out.extend([0xff, marker]);
    out.extend(((2 + name.len() + data.len()) as u16).to_be_bytes());
    out.extend(name);
    out.extend(data);
}

/// The list of pictures in one file: the first one's length grows by `growth`, where the others begin by `shift`.
///
/// `mpf` is a TIFF of its own; tag 0xb002 has 16 bytes a picture: attributes, length, offset from `mpf` (0 for the first), and two
/// references.
fn grow_mpf(mpf: &mut [u8], growth: u32, shift: u32) -> Option<()> {
    let big = mpf.starts_with(b"MM\0*");
    if !big && !mpf.starts_with(b"II*\0") {
        return None;
    }
    let long = |mpf: &[u8], at| array(mpf, at).map(if big { u32::from_be_bytes } else { u32::from_le_bytes });
    let short = |mpf: &[u8], at| array(mpf, at).map(if big { u16::from_be_bytes } else { u16::from_le_bytes });
    let directory = long(mpf, 4)? as usize;
    let entries = short(mpf, directory)?;
    let entry = (0..usize::from(entries))
        .map(|index| directory + 2 + 12 * index)
        .find(|&entry| short(mpf, entry) == Some(0xb002))?;
    let (length, start) = (long(mpf, entry + 4)? as usize, long(mpf, entry + 8)? as usize);
    for picture in (start..start.checked_add(length)?).step_by(16) {
        let first = long(mpf, picture + 8)? == 0;
        let (at, by) = if first { (picture + 4, growth) } else { (picture + 8, shift) };
        let value = long(mpf, at)?.wrapping_add(by);
        mpf[at..at + 4].copy_from_slice(&if big { value.to_be_bytes() } else { value.to_le_bytes() });
    }
    Some(())
}

/// Everything from start to end of the first picture but what only describes it.
pub(super) fn picture(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = vec![];
    let mut at = 2;
    while let Some(segment) = segment(bytes, at) {
        at = segment.whole.end;
        match segment.marker {
            APP14 => ranges.push(segment.whole),
            APP0..=APP15 | COMMENT => {}
            0xd9 => break,
            0xda => {
                at = scan_end(bytes, at);
                ranges.push(segment.whole.start..at);
            }
            _ => ranges.push(segment.whole),
        }
    }
    ranges
}

/// Where the next marker stands that is neither an escaped 0xff nor a restart.
fn scan_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes[at..].iter().position(|&byte| byte == 0xff) {
        at += found;
        match bytes.get(at + 1) {
            Some(0 | 0xd0..=0xd7) => at += 2,
            // Fill bytes belong to what follows them.
            Some(0xff) => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}
