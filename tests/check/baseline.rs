//! What changed since an earlier report is told, and decides the exit code.

use std::fs;

use misbehaving_module::control::{Control, SignatureForm};
use parsec_pkcs11_ecc::check::report::json;

use crate::fault::Faulty;
use crate::run::{Checked, check};
use crate::schema::violations;

/// parsec-minimum does not need it.
const NOT_REQUIRED: &str = "ecdsa.secp384r1.sha256.sign";

fn wrong_signatures(control: &mut Control) {
    control.encoding.signature = SignatureForm::FlipBit;
}

/// Runs the case on `token`, compared with what it was on `earlier`.
fn compared(earlier: &Faulty, token: &Faulty) -> (Checked, Checked, String) {
    let before = check(&earlier.access, &["--filter", NOT_REQUIRED]);
    let baseline = token.file("baseline.json");
    let report = before.report.as_ref().unwrap();
    fs::write(&baseline, json::write(report).unwrap()).unwrap();
    let markdown = token.file("report.md");
    let arguments = [
        "--filter",
        NOT_REQUIRED,
        "--baseline",
        baseline.to_str().unwrap(),
        "--markdown",
        markdown.to_str().unwrap(),
    ];
    let now = check(&token.access, &arguments);
    (before, now, fs::read_to_string(markdown).unwrap())
}

#[test]
fn a_new_failure_fails_the_run_although_the_level_does_not_need_it() {
    let (without, with) = (Faulty::new(|_| {}), Faulty::new(wrong_signatures));
    assert_eq!(check(&with.access, &["--filter", NOT_REQUIRED]).code(), 0);
    let (before, now, markdown) = compared(&without, &with);
    assert_eq!((before.code(), now.code()), (0, 1));
    let report = now.report.as_ref().unwrap();
    let difference = report.difference.as_ref().unwrap();
    assert_eq!(difference.new_failures, [NOT_REQUIRED]);
    assert_eq!(difference.baseline.run, before.report.unwrap().run.id);
    assert!(report.verdict.passed);
    let value = serde_json::from_str(&json::write(report).unwrap()).unwrap();
    assert_eq!(violations(&value), [""; 0]);
    let terminal = String::from_utf8(now.output.stdout).unwrap();
    assert!(terminal.contains(&format!("new failures: 1\n  {NOT_REQUIRED}\n")));
    assert!(markdown.contains(&format!("**New failures** (1):\n\n- `{NOT_REQUIRED}`\n")));
}

#[test]
fn what_is_fixed_is_told() {
    let (_, now, markdown) = compared(&Faulty::new(wrong_signatures), &Faulty::new(|_| {}));
    assert_eq!(now.code(), 0);
    let difference = now.report.unwrap().difference.unwrap();
    assert_eq!(difference.fixed, [NOT_REQUIRED]);
    assert!(markdown.contains("**Fixed** (1)"));
}

#[test]
fn a_failure_that_was_there_is_not_new() {
    let token = Faulty::new(wrong_signatures);
    let (_, now, markdown) = compared(&token, &token);
    assert_eq!(now.code(), 0);
    assert!(now.report.unwrap().difference.unwrap().is_empty());
    assert!(markdown.contains("Nothing changed."));
}

#[test]
fn what_is_no_report_is_no_baseline() {
    let token = Faulty::new(|_| {});
    let file = token.file("baseline.json");
    for text in [None, Some("{}"), Some("no JSON")] {
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let arguments = ["--quick", "--baseline", file.to_str().unwrap()];
        let checked = check(&token.access, &arguments);
        assert_eq!(checked.code(), 2, "{text:?}");
        assert!(checked.report.is_none());
        let error = String::from_utf8(checked.output.stderr).unwrap();
        assert!(error.contains("baseline.json"), "{error}");
    }
}
