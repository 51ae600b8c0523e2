//! Owns the statistics file: how often each function was called, and how many sessions are open.
//!
//! The file is an array of 64-bit numbers in the byte order of the machine:
//!
//! | index | number |
//! |---|---|
//! | 0 | magic |
//! | 1 | calls that hang now |
//! | 2 | sessions opened |
//! | 3 | sessions closed, by the application or because they were killed |
//! | 4 + n | calls of function n, in the order of `CK_FUNCTION_LIST` |
//!
//! Processes map it into memory and add to it, also several at once; it is never set back. A call is
//! counted when it begins, whatever becomes of it.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapOptions, MmapRaw};

use crate::names::Function;

const MAGIC: u64 = u64::from_be_bytes(*b"P11CALLS");
const HANGING: usize = 1;
const OPENED: usize = 2;
const CLOSED: usize = 3;
const CALLS: usize = 4;
const NUMBERS: usize = CALLS + Function::ALL.len();
const SIZE: usize = NUMBERS * size_of::<u64>();

/// What a statistics file says at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statistics(Vec<u64>);

impl Statistics {
    /// Reads a statistics file; one that does not exist yet counts nothing.
    ///
    /// # Errors
    /// If it cannot be read, or is no statistics file.
    pub fn read(path: &Path) -> io::Result<Self> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => vec![0; SIZE],
            other => other?,
        };
        let (mut numbers, rest) = numbers(&bytes);
        // The process that makes it writes the magic number last.
        let empty = numbers.iter().all(|number| *number == 0);
        let whole = numbers.len() == NUMBERS && rest == 0 && numbers.first() == Some(&MAGIC);
        if whole || empty {
            numbers.resize(NUMBERS, 0);
            return Ok(Self(numbers));
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} is no statistics file", path.display()),
        ))
    }

    fn at(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or_default()
    }

    /// How often the function was called.
    pub fn calls(&self, function: Function) -> u64 {
        self.at(CALLS + function.index())
    }

    /// How often any function was called.
    pub fn all_calls(&self) -> u64 {
        self.0.iter().skip(CALLS).sum()
    }

    /// The functions that were called since an earlier reading, and how often.
    pub fn calls_since(&self, earlier: &Self) -> Vec<(Function, u64)> {
        Function::ALL
            .iter()
            .map(|function| {
                let calls = self.calls(*function) - earlier.calls(*function);
                (*function, calls)
            })
            .filter(|(_, calls)| *calls > 0)
            .collect()
    }

    /// How many calls hang because of a rule `hang`.
    pub fn hanging(&self) -> u64 {
        self.at(HANGING)
    }

    /// How many sessions were opened.
    pub fn sessions_opened(&self) -> u64 {
        self.at(OPENED)
    }

    /// How many sessions are open. Those of a process that ended without C_Finalize are among them.
    pub fn open_sessions(&self) -> u64 {
        self.at(OPENED).saturating_sub(self.at(CLOSED))
    }
}

/// The numbers in a file, and how many bytes are left.
fn numbers(bytes: &[u8]) -> (Vec<u64>, usize) {
    let chunks = bytes.chunks_exact(size_of::<u64>());
    let rest = chunks.remainder().len();
    let numbers = chunks
        .filter_map(|chunk| chunk.try_into().ok())
        .map(u64::from_ne_bytes)
        .collect();
    (numbers, rest)
}

/// The counters of a statistics file, in memory.
#[derive(Debug)]
pub(crate) struct Counters(MmapRaw);

impl Counters {
    /// Makes the file, if it is not there, and maps it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = fs::File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let size = u64::try_from(SIZE).map_err(io::Error::other)?;
        match file.metadata()?.len() {
            0 => file.set_len(size)?,
            length if length == size => {}
            _ => return Err(io::Error::other("it is there and no statistics file")),
        }
        let counters = Self(MmapOptions::new().len(SIZE).map_raw(&file)?);
        counters.at(0).store(MAGIC, Ordering::Release);
        Ok(counters)
    }

    fn at(&self, index: usize) -> &AtomicU64 {
        assert!(index < NUMBERS, "the layout has no number {index}");
        // SAFETY: the map is aligned to a page, SIZE long, lives as long as `self`, and is accessed through
        // atomics only.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().cast::<u64>().add(index)) }
    }

    pub(crate) fn called(&self, function: Function) {
        self.at(CALLS + function.index())
            .fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn opened(&self) {
        self.at(OPENED).fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.at(CLOSED).fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn hangs(&self) {
        self.at(HANGING).fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn hangs_no_more(&self) {
        self.at(HANGING).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("counts");
        let before = Statistics::read(&path).unwrap();
        let (one, other) = (
            Counters::open(&path).unwrap(),
            Counters::open(&path).unwrap(),
        );
        one.called(Function::C_WaitForSlotEvent);
        other.called(Function::C_WaitForSlotEvent);
        one.opened();
        one.opened();
        other.closed();
        let after = Statistics::read(&path).unwrap();
        assert_eq!(
            after.calls_since(&before),
            [(Function::C_WaitForSlotEvent, 2)]
        );
        assert_eq!((after.sessions_opened(), after.open_sessions()), (2, 1));
    }

    #[test]
    fn other_files_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("text");
        fs::write(&path, "some other file, of some length").unwrap();
        assert!(Statistics::read(&path).is_err());
    }
}
