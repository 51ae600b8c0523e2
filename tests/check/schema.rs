//! The report in JSON is as its published schema says.

use std::fs;
use std::path::Path;

use misbehaving_module::control::SignatureForm;
use parsec_pkcs11_ecc::check::report::{Report, VERSION, json};
use serde_json::Value;

use crate::fault::Faulty;
use crate::run::check;

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(&file("docs/check-report-1.schema.json")).unwrap()
}

/// What a report violates; nothing if it is as the schema says.
pub(crate) fn violations(report: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let errors = validator.iter_errors(report);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn value(report: &Report) -> Value {
    serde_json::from_str(&json::write(report).unwrap()).unwrap()
}

#[test]
fn the_schema_is_one() {
    jsonschema::draft202012::meta::validate(&schema()).unwrap();
}

#[test]
fn a_real_report_is_valid() {
    let faulty = Faulty::new(|control| control.encoding.signature = SignatureForm::FlipBit);
    for arguments in [["--quick"].as_slice(), &["--suite", "module,ecdsa"]] {
        let checked = check(&faulty.access, arguments);
        assert_eq!(violations(&value(&checked.report.unwrap())), [""; 0]);
    }
}

/// A report that has every member there is, in the form of version 1: programs that read it depend on that.
#[test]
fn version_1_stays_as_it_is() {
    let text = file("tests/check/report-1.json");
    let stored: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(violations(&stored), [""; 0]);
    assert_eq!(value(&json::read(&text).unwrap()), stored);
    assert_eq!(VERSION, 1);
    assert_eq!(schema()["properties"]["version"]["const"], VERSION);
}

#[test]
fn another_version_is_not_read() {
    let mut stored: Value = serde_json::from_str(&file("tests/check/report-1.json")).unwrap();
    stored["version"] = 2.into();
    let error = json::read(&stored.to_string()).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
    assert_ne!(violations(&stored), [""; 0]);
}

#[test]
fn a_member_that_the_schema_does_not_know_is_refused_everywhere() {
    let stored: Value = serde_json::from_str(&file("tests/check/report-1.json")).unwrap();
    let mut tried = 0;
    for pointer in objects(&stored, String::new()) {
        // The names of measurements are free.
        if pointer.ends_with("/measurements") {
            continue;
        }
        let mut changed = stored.clone();
        changed.pointer_mut(&pointer).unwrap()["surprise"] = true.into();
        assert_ne!(violations(&changed), [""; 0], "{pointer}");
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
}

fn objects(value: &Value, pointer: String) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let inner = members
                .iter()
                .flat_map(|(name, value)| objects(value, format!("{pointer}/{name}")));
            inner.chain([pointer.clone()]).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, value)| objects(value, format!("{pointer}/{index}")))
            .collect(),
        _ => Vec::new(),
    }
}
