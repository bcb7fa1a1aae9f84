//! Fingerprints of bytes. The only room that names the crates of hash functions.

use std::fmt::Write;

use md5::Md5;
use sha2::{Digest, Sha256};

/// SHA-256 of `parts` one after another, as 64 lower-case hexadecimal digits.
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// MD5, which keeps no secret and proves nothing: formats of the nineties name it for their check sums.
pub fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}
