//! Each test that docs/stability.md names is there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

/// The tests that the page names: `tests/file.rs: name`.
fn named(page: &str) -> Vec<(&str, &str)> {
    page.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once(".rs: "))
        .collect()
}

#[test]
fn each_test_that_the_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/stability.md")).unwrap();
    let named = named(&page);
    assert!(named.len() > 20, "{named:?}");
    for (file, name) in named {
        let source = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap();
        let test = source.contains(&format!("#[test]\nfn {name}("))
            || source.contains(&format!("#[test]\n    fn {name}("));
        assert!(test, "{file}.rs has no test {name}");
    }
}
