//! The report in JSON has what version 1 had: tests/stability/migrate-report-1.txt has each member and its type.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fixture::Authenticator;
use crate::mappings::{content, path, write};
use crate::run::{Place, run};
use crate::service::Site;

/// Each member, as `outer.inner type`.
fn members(value: &Value, name: &str, found: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(elements) => {
            for element in elements {
                members(element, name, found);
            }
            "array"
        }
        Value::Object(inner) => {
            for (key, value) in inner {
                members(value, &format!("{name}.{key}"), found);
            }
            return;
        }
    };
    found.insert(format!("{name} {kind}"));
}

/// Problems of a file and of mappings.
fn refused() -> Value {
    let place = Place::new();
    for provider in [1, 2] {
        let file = path("1000", provider, "both");
        write(&place.store(), file, &content(7));
    }
    write(&place.store(), path("1000", 2, "damaged"), b"no mapping");
    run(&mut place.forward()).is(1, "refused").report
}

/// A key that is not on the token.
fn missing() -> Value {
    let site = Site::new(Authenticator::Direct);
    let service = site.start("manager");
    service.stop();
    let store = &site.installation.mappings;
    write(store, path("application", 2, "gone"), &content(7));
    site.migrate(&["--dry-run"]).is(3, "would-move").report
}

/// What could not be done at all.
fn failed() -> Value {
    let place = Place::new();
    run(&mut place.forward()).is(1, "failed").report
}

/// What moved has moved, whoever can be told.
#[test]
fn where_nothing_can_be_written_is_not_where_nothing_moved() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(7));
    let full = || fs::File::create("/dev/full").unwrap();
    let mut command = place.forward();
    command.args(["--json", "/dev/full"]).stdout(full());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("everything moved, but"), "{said}");
    assert!(place.database().exists());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    fs::remove_file(place.database()).unwrap();
    let status = place.forward().stdout(full()).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn version_1_has_all_its_fields() {
    let mut now = BTreeSet::new();
    for report in [refused(), missing(), failed()] {
        assert_eq!(report["report_version"], 1);
        members(&report, "report", &mut now);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stability/migrate-report-1.txt");
    let text = fs::read_to_string(file).unwrap();
    let kept: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(
        now, kept,
        "new members go into the file, none goes out of it"
    );
}
