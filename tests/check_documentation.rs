//! Every case is explained in the page of its suite, docs/check/SUITE.md, and every row there is a case.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use parsec_pkcs11_ecc::check::Selection;
use parsec_pkcs11_ecc::ec::Curve;

const HASHES: [&str; 11] = [
    "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512",
    "shake128", "shake256",
];

/// Parsec has no wire form for their keys.
const EDWARDS: [&str; 2] = ["ed25519", "ed448"];

/// Whether a row is about the case: CURVE stands for a curve, HASH for a hash, N for a number, NAME for a word.
fn covers(row: &str, id: &str) -> bool {
    let (row, id): (Vec<_>, Vec<_>) = (row.split('.').collect(), id.split('.').collect());
    row.len() == id.len() && row.iter().zip(id).all(|(row, part)| covers_part(row, part))
}

fn covers_part(row: &str, part: &str) -> bool {
    match row {
        "CURVE" => Curve::named(part).is_some() || EDWARDS.contains(&part),
        "NAME" => true,
        _ if row == part => true,
        _ if row.contains("HASH") => HASHES.iter().any(|hash| row.replace("HASH", hash) == part),
        _ => row.strip_suffix('N').is_some_and(|begin| {
            part.strip_prefix(begin)
                .is_some_and(|number| number.parse::<u32>().is_ok())
        }),
    }
}

/// The identifiers in the first column of the page's tables.
fn rows(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_case_has_a_row_in_the_page_of_its_suite() {
    let mut suites: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in Selection::default().cases().unwrap() {
        let ids = suites.entry(case.suite().to_owned()).or_default();
        ids.push(case.id().to_owned());
    }
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check");
    let index = fs::read_to_string(pages.with_extension("md")).unwrap();
    for (suite, ids) in suites {
        let page = format!("docs/check/{suite}.md");
        let rows = rows(&fs::read_to_string(pages.join(format!("{suite}.md"))).unwrap());
        for id in &ids {
            assert!(rows.iter().any(|row| covers(row, id)), "{id} in {page}");
        }
        for row in &rows {
            assert!(ids.iter().any(|id| covers(row, id)), "{row} of {page}");
        }
        let link = format!("check/{suite}.md");
        assert!(index.contains(&link), "docs/check.md lacks {link}");
    }
}

#[test]
fn identifiers_are_unique_and_well_formed() {
    let mut ids = BTreeSet::new();
    for case in Selection::default().cases().unwrap() {
        let is_allowed =
            |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
        assert!(case.id().chars().all(is_allowed), "{}", case.id());
        assert!(!case.title().is_empty() && !case.source().is_empty());
        assert!(ids.insert(case.id().to_owned()), "{} twice", case.id());
    }
}
