//! Arbitrary bytes as a file to write tags into, as `decode` runs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tagdrop::metadata::{FileTag, content_hash, read, remove, write};

fuzz_target!(|bytes: &[u8]| {
    let tags = [FileTag { name: "Café".to_owned(), broader: vec!["drink".to_owned()] }];
    assert_eq!(content_hash(bytes).len(), 64);
    let _ = read(bytes);
    if let Ok(once) = write(bytes, &tags) {
        assert_eq!(write(&once.bytes, &tags).as_ref(), Ok(&once));
        assert!(remove(&once.bytes).is_ok());
    }
});
