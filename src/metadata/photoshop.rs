//! Photoshop's image resources, of which one is IPTC (Adobe Photoshop File Formats Specification, "Image Resources Section").

use std::ops::Range;

use super::carried::{added, array, block};
use crate::hash::md5;

const IPTC: u16 = 0x0404;
/// MD5 of the IPTC data, by which programs see whether it is older than the XMP beside it.
const IPTC_DIGEST: u16 = 0x0425;

/// Signatures that Adobe and those who write its formats have used.
const SIGNATURES: [&[u8; 4]; 5] = [b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"];

struct Resource {
    id: u16,
    /// With padding.
    whole: Range<usize>,
    data: Range<usize>,
}

/// The resources up to the first that cannot be followed: a signature, an id, a name (Pascal's, padded to even), a length, data
/// padded to even.
fn resources(bytes: &[u8]) -> impl Iterator<Item = Resource> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let signature: [u8; 4] = array(bytes, at)?;
        SIGNATURES.contains(&&signature).then_some(())?;
        let name = usize::from(*bytes.get(at + 6)?) + 1;
        let length_at = at + 6 + name.next_multiple_of(2);
        let start = length_at + 4;
        let end = start.checked_add(u32::from_be_bytes(array(bytes, length_at)?) as usize)?;
        if end > bytes.len() {
            return None;
        }
        let whole = at..(end + (end - start) % 2).min(bytes.len());
        let id = u16::from_be_bytes(array(bytes, at + 4)?);
        at = whole.end;
        Some(Resource { id, whole, data: start..end })
    })
}

/// The IPTC blocks.
pub(super) fn get(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
    resources(bytes).filter(|r| r.id == IPTC).map(|r| Some(bytes[r.data].to_vec())).collect()
}

/// The same resources with other IPTC blocks.
pub(super) fn put(bytes: &[u8], old: &[Option<Vec<u8>>], new: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut out = vec![];
    // In front, because the last resource may lack its padding.
    for iptc in added(new, old.len()) {
        write(&mut out, iptc);
    }
    let (mut done, mut blocks) = (0, 0);
    for resource in resources(bytes).filter(|r| r.id == IPTC) {
        out.extend(&bytes[done..resource.whole.start]);
        match block(new, blocks) {
            Some(same) if same == &bytes[resource.data.clone()] => out.extend(&bytes[resource.whole.clone()]),
            Some(changed) => write(&mut out, changed),
            None => {}
        }
        done = resource.whole.end;
        blocks += 1;
    }
    out.extend(&bytes[done..]);
    if let (Some(old), Some(new)) = (block(old, 0), block(new, 0)) {
        renew_digest(&mut out, old, new);
    }
    out
}

fn write(out: &mut Vec<u8>, iptc: &[u8]) {
    out.extend(b"8BIM");
    out.extend(IPTC.to_be_bytes());
    // No name.
    out.extend([0, 0]);
    out.extend((iptc.len() as u32).to_be_bytes());
    out.extend(iptc);
    if iptc.len() % 2 == 1 {
        out.push(0);
    }
}

/// Keeps a digest right that was right for `old`; one that was wrong says so on purpose, and stays.
pub(super) fn renew_digest(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let stale = |data: &Range<usize>| bytes[data.clone()] == md5(old);
    let digests: Vec<_> = resources(bytes).filter(|r| r.id == IPTC_DIGEST).map(|r| r.data).filter(stale).collect();
    for digest in digests {
        bytes[digest].copy_from_slice(&md5(new));
    }
}
