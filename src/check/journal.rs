//! Owns the journal: which PKCS#11 function is being called, written down before each call, so that it is
//! known when the module ends the process or does not return.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cryptoki::context::Function;

/// The longest name of a function, with `C_`; shorter ones are padded with blanks.
const WIDTH: usize = 32;

static JOURNAL: OnceLock<File> = OnceLock::new();

/// Begins to write down the calls of this process.
pub(super) fn begin(path: &Path) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    JOURNAL.get_or_init(|| file);
    crate::token::observe_calls(note);
    Ok(())
}

/// Writes down that `function` is about to be called.
pub(super) fn note(function: Function) {
    if let Some(file) = JOURNAL.get() {
        let line = format!("{:WIDTH$}", format!("C_{function:?}"));
        // A journal that cannot be written costs a hint in the report, and the call is made all the same.
        let _ = file.write_all_at(line.as_bytes(), 0);
    }
}

/// The file of a journal, as the supervisor has it; removed at the end.
pub(super) struct Reader(PathBuf);

impl Reader {
    /// Makes the file.
    pub(super) fn create(run: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("parsec-check-{run}"));
        File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The function that was called last.
    pub(super) fn last_call(&self) -> Option<String> {
        let line = fs::read_to_string(&self.0).ok()?;
        let name = line.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Nothing in it is secret.
        let _ = fs::remove_file(&self.0);
    }
}
