//! Owns the files in tests/wire: what was sent and answered when they were written.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A request and its response in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Golden {
    pub(crate) what: String,
    pub(crate) request: String,
    pub(crate) response: String,
}

/// The exchanges of each file, by its name without `.hex`.
pub(crate) type Files = BTreeMap<String, Vec<Golden>>;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

/// All that is kept.
pub(crate) fn read() -> Files {
    let entries = fs::read_dir(directory()).unwrap();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, parsed(&fs::read_to_string(&path).unwrap()))
        })
        .collect()
}

fn parsed(text: &str) -> Vec<Golden> {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .chunks(3)
        .map(|lines| {
            let [what, request, response] = lines else {
                panic!("three lines each: {lines:?}");
            };
            Golden {
                what: what.strip_prefix("# ").unwrap().to_owned(),
                request: request.strip_prefix("> ").unwrap().to_owned(),
                response: response.strip_prefix("< ").unwrap().to_owned(),
            }
        })
        .collect()
}

/// Replaces all that is kept.
pub(crate) fn write(files: &Files) {
    for (name, exchanges) in files {
        let text: String = exchanges
            .iter()
            .map(|it| format!("# {}\n> {}\n< {}\n", it.what, it.request, it.response))
            .collect();
        fs::write(directory().join(format!("{name}.hex")), text).unwrap();
    }
}
