//! The report in JUnit's XML is what CI servers read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use misbehaving_module::control::SignatureForm;
use parsec_pkcs11_ecc::check::report::{json, junit};

use crate::fault::Faulty;
use crate::run::check;

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn assert_is_valid(file: &Path) {
    let checked = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(source("tests/check/junit.xsd"))
        .arg(file)
        .output()
        .expect("xmllint, which ci/install-dependencies installs");
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{errors}");
}

#[test]
fn a_real_report_is_valid() {
    let faulty = Faulty::new(|control| control.encoding.signature = SignatureForm::FlipBit);
    let file = faulty.file("report.xml");
    let arguments = ["--suite", "module,ecdsa", "--junit", file.to_str().unwrap()];
    let checked = check(&faulty.access, &arguments);
    assert_is_valid(&file);
    let text = fs::read_to_string(&file).unwrap();
    let report = checked.report.unwrap();
    for case in &report.cases {
        assert!(text.contains(&format!("<testcase name=\"{}\"", case.id)));
    }
    assert!(text.contains(&format!("value=\"{}\"", report.token.serial)));
}

#[test]
fn failures_skips_and_warnings_have_their_places() {
    let stored = fs::read_to_string(source("tests/check/report-1.json")).unwrap();
    let text = junit::write(&json::read(&stored).unwrap()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.xml");
    fs::write(&file, &text).unwrap();
    assert_is_valid(&file);
    for part in [
        "<failure message=\"CKR_DEVICE_ERROR\" type=\"required\">",
        "call: C_Sign returned CKR_DEVICE_ERROR",
        "<skipped message=\"the token makes no keys on it\"/>",
        "<system-out>warning: signatures are right under load",
        "remedy: max_sessions = 4 in the quirk profile",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
