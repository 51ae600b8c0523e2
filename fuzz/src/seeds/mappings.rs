//! Owns the seeds of what key info managers store.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use parsec_pkcs11_ecc_fuzz::row::{encode, rows as rows_of};
use parsec_pkcs11_ecc_fuzz::wire;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::Seeds;

/// What Parsec 0.7.2, 0.8.1 and 1.5.0 wrote.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/migrate/fixtures");

/// Of Parsec's six providers in their order: whose rows, and what the names of internal files begin with.
const PROVIDERS: [(&str, &str); 6] = [
    ("47049873-2a43-4845-9d72-831eab668784", "Y29yZSBr"),
    ("1c1139dc-ad7c-47dc-ad6b-db6fdb466552", "bWJlZGNyeXB0byBr"),
    ("30e39502-eba6-4d60-a4af-c518b7f5e38f", "cGtjczExIGtl"),
    ("1e4954a4-ff21-46d3-ab0c-661eeb667e1d", "dHBt"),
    (
        "71129441-508a-4da6-b6e8-7b98a777e4c0",
        "dHJ1c3RlZC1zZXJ2aWNl",
    ),
    (
        "b8ba81e2-e9f7-4bdd-b096-a29d0019960c",
        "Y3J5cHRvYXV0aGxpYiBr",
    ),
];

pub(crate) fn add(seeds: &mut Seeds) {
    identifiers(seeds);
    for version in ["0.7.2", "0.8.1", "1.5.0"] {
        let store = Path::new(FIXTURES).join(version).join("mappings");
        files(seeds, &store, &store);
    }
    for (number, (_, internal)) in PROVIDERS.iter().enumerate() {
        for path in [format!("YXBw/{number}/a2V5"), format!("parsec/{internal}")] {
            seeds.add("migrate_mapping", file(path, &mapping(&[1, 2, 3, 4])));
        }
    }
    for path in [
        "YXBw/02/a2V5",
        "YXBw/6/a2V5",
        "YXBw/2/a2U",
        "YXBw/2/a2V5/x",
        "cGFyc2Vj/2/a2V5",
        "parsec/bm9uZQ==",
        ".replacement-1",
    ] {
        seeds.add("migrate_mapping", file(path, &mapping(&[1, 2, 3, 4])));
    }
    seeds.add("migrate_mapping", file("YXBw/2/a2V5", &mapping(&[1, 2, 3])));
    let more = [mapping(&[1, 2, 3, 4]), vec![0]].concat();
    seeds.add("migrate_mapping", file("YXBw/2/a2V5", &more));
    rows(seeds);
}

fn file(path: impl AsRef<Path>, content: &[u8]) -> Vec<u8> {
    let path = path.as_ref().as_os_str().as_bytes();
    [path, &[0], content].concat()
}

fn files(seeds: &mut Seeds, store: &Path, directory: &Path) {
    for entry in fs::read_dir(directory).expect("it is in the repository") {
        let path = entry.expect("it is in the repository").path();
        if path.is_dir() {
            files(seeds, store, &path);
            continue;
        }
        let content = fs::read(&path).expect("it is in the repository");
        let relative = path.strip_prefix(store).expect("it is below");
        seeds.add("migrate_mapping", file(relative, &content));
    }
}

fn rows(seeds: &mut Seeds) {
    let database = Path::new(FIXTURES).join("1.5.0/database.sqlite3");
    let rows = rows_of(&Connection::open(database).expect("it is in the repository"));
    let mut add = |row: &[Value]| {
        if let Some(input) = encode(row) {
            seeds.add("migrate_row", input);
        }
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let row = rows.first().expect("it has rows").clone();
    for row in rows {
        add(&row);
    }
    let mut with = |column: usize, value: Value, more: &[(usize, Value)]| {
        let mut row = row.clone();
        row[column] = value;
        for (column, value) in more {
            row[*column] = value.clone();
        }
        add(&row);
    };
    for column in 0..row.len() {
        with(column, Value::Integer(2), &[]);
        with(column, Value::Real(0.5), &[]);
        with(column, text(""), &[]);
        with(column, Value::Blob(vec![0, 0, 0, 0x80]), &[]);
    }
    for number in [0, 1, 2, 3, 4, 5, 255, 256] {
        with(0, Value::Integer(number), &[]);
        with(0, Value::Integer(number), &[(1, text("parsec"))]);
    }
    for (uuid, _) in PROVIDERS {
        with(3, text(uuid), &[]);
        let internal = [(0, Value::Integer(255)), (1, text("parsec"))];
        with(3, text(uuid), &internal);
    }
    for length in [189, 190, 255] {
        with(1, text(&"x".repeat(length)), &[]);
        with(2, text(&"x".repeat(length)), &[]);
    }
    if let Value::Blob(attributes) = &row[7] {
        let more = [attributes.as_slice(), &[0]].concat();
        with(7, Value::Blob(more), &[]);
    }
}

fn identifiers(seeds: &mut Seeds) {
    let serial = |text: &str| {
        let length = u64::try_from(text.len()).expect("short");
        [&length.to_le_bytes()[..], text.as_bytes()].concat()
    };
    let upstream = 0x0102_0304_u32.to_le_bytes().to_vec();
    let mut ids = vec![upstream.clone()];
    for state in 0..=4 {
        for text in ["", "05ef10c2a9d3b7e8"] {
            let tail = [&b"PECC\x01"[..], &[state], &serial(text)].concat();
            ids.push([upstream.clone(), tail].concat());
        }
    }
    for id in ids {
        seeds.add("stored_id", &id);
        let content = mapping(&id);
        for path in ["YXBw/2/a2V5", "YXBw/1/a2V5", "parsec/Y29yZQ==", "x/y/z"] {
            let length = u8::try_from(path.len()).expect("short");
            seeds.add(
                "mapping_file",
                [&[length], path.as_bytes(), &content].concat(),
            );
        }
    }
}

/// What the on-disk manager writes: an identifier, and the attributes.
fn mapping(id: &[u8]) -> Vec<u8> {
    let attributes = wire::attributes("signing");
    bincode::serialize(&(id.to_vec(), attributes)).expect("a mapping can be encoded")
}
