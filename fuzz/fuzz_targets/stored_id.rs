//! Owns the target of stored identifiers: upstream reads the same number, and only a whole tail counts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::provider::fuzzing::read_stored_id;

fuzz_target!(|bytes: &[u8]| {
    let number = bytes.first_chunk().map(|four| u32::from_le_bytes(*four));
    let Some(read) = read_stored_id(bytes) else {
        assert_eq!(number, None);
        return;
    };
    assert_eq!(Some(read.number), number);
    let upstream: u32 = bincode::deserialize(bytes).expect("upstream reads it, too");
    assert_eq!(upstream, read.number);
    // Only what says whose key it was can make it one that is removed at start.
    if !bytes[4..].starts_with(b"PECC\x01") {
        assert!(read.is_ready && read.serial.is_none());
    }
    if !read.is_ready || read.serial.is_some() {
        assert!(bytes.starts_with(&read.stored));
    }
    assert_eq!(read_stored_id(&read.stored), Some(read));
});
