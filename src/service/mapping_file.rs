//! Owns the reading of a file that is to hold one mapping, whatever it holds.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The size from which a file is damaged whatever it holds, in bytes. A mapping has about 100.
const SIZE_LIMIT: u64 = 1 << 20;

/// The content of the file, or why it is no mapping's.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read(path: &Path) -> io::Result<Result<Vec<u8>, &'static str>> {
    let mut content = Vec::new();
    let read = File::open(path)?
        .take(SIZE_LIMIT + 1)
        .read_to_end(&mut content)?;
    Ok(match u64::try_from(read) {
        Ok(read) if read <= SIZE_LIMIT => Ok(content),
        _ => Err("it is longer than any mapping"),
    })
}
