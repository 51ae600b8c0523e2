//! Every case is explained in the page of its suite, docs/check/SUITE.md, and every row there is a case.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use parsec_pkcs11_ecc::check::{Case, Selection};
use parsec_pkcs11_ecc::ec::Curve;

const HASHES: [&str; 9] = [
    "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512",
];

/// The identifier as the pages write it: without the names of the curve and of the hash.
fn pattern(case: &Case) -> String {
    let parts = case.id().split('.').map(|part| {
        if Curve::named(part).is_some() {
            "CURVE".to_owned()
        } else if HASHES.contains(&part) {
            "HASH".to_owned()
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The identifiers in the first column of the page's tables.
fn rows(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| row.split_once('`'))
        .map(|(id, _)| id.to_owned())
        .collect()
}

#[test]
fn every_case_has_a_row_in_the_page_of_its_suite() {
    let mut suites: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in Selection::default().cases().unwrap() {
        let cases = suites.entry(case.suite().to_owned()).or_default();
        cases.insert(pattern(&case));
    }
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check");
    let index = fs::read_to_string(pages.with_extension("md")).unwrap();
    for (suite, cases) in suites {
        let page = fs::read_to_string(pages.join(format!("{suite}.md"))).unwrap();
        assert_eq!(rows(&page), cases, "docs/check/{suite}.md");
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
