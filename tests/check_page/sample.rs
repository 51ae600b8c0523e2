//! Owns a report made by hand that has everything a page can show, and the file that it is shown from.

use std::fs;
use std::path::{Path, PathBuf};

use parsec_pkcs11_ecc::check::report::{Report, html};
use parsec_pkcs11_ecc::ec::Curve;
use serde_json::{Value, json};

/// The numbers of sessions that the load was measured with.
pub(crate) const SESSIONS: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// A report whose token calls itself, and answers, as `text` says.
pub(crate) fn report(text: &str) -> Report {
    let cases = [curves(), loads(), problems(text)].concat();
    let report = json!({
        "version": 1,
        "program": "parsec-pkcs11 0.1.0",
        "run": {
            "id": "0123456789abcdef", "started": "2026-11-25T02:30:00Z", "seconds": 74.2, "quick": true, "partial": true,
            "interrupted": true, "removed": 2, "cleaning_problem": text,
        },
        "token": {
            "library": text, "library_manufacturer": text, "library_version": "2.6", "cryptoki_version": "3.0",
            "slot": text, "label": text, "manufacturer": text, "model": text, "serial": text,
            "firmware_version": "1.2", "hardware_version": "3.4",
        },
        "verdict": {
            "level": "parsec-full", "passed": false,
            "broken": ["ecdh.secp384r1.invalid-curve", "ecdsa.secp521r1.sha512.verify"],
        },
        "cases": cases,
        "difference": difference(text),
    });
    serde_json::from_value(report).unwrap()
}

/// What may have changed since an earlier report.
fn difference(text: &str) -> Value {
    json!({
        "baseline": {
            "run": "fedcba9876543210", "started": "2026-10-01T02:30:00Z", "program": "parsec-pkcs11 0.1.0",
            "token": {
                "library": text, "library_manufacturer": text, "library_version": "2.6", "cryptoki_version": "3.0",
                "slot": text, "label": text, "manufacturer": text, "model": text, "serial": text,
                "firmware_version": "1.1", "hardware_version": "3.4",
            },
        },
        "new_failures": ["ecdsa.secp521r1.sha512.verify"],
        "fixed": ["ecdh.secp256r1.raw-peer"],
        "changed": [{ "id": "session.handles-reused", "before": "pass", "now": "warn" }],
        "came": ["parsec.secp256r1.sign"],
        "went": ["slot.gone"],
        "timing": [{
            "id": "concurrency.secp256r1.load-8", "measurement": "signatures_per_second",
            "before": 1500.0, "now": 1013.9, "ratio": 0.676,
        }],
    })
}

fn case(id: &str, outcome: &str) -> Value {
    json!({
        "id": id, "title": format!("what {id} is about holds"), "source": "PKCS#11 3.0 current mechanisms, section 2.3.6",
        "outcome": outcome, "required": id.contains("secp256r1"), "milliseconds": 12.5,
    })
}

/// Every operation on every curve; the token lacks those on binary fields.
fn curves() -> Vec<Value> {
    let operations = [
        ("keygen", "generate"),
        ("export", "public"),
        ("ecdsa", "sha256.sign"),
        ("ecdsa", "sha512.sign"),
        ("ecdsa", "sha256.verify"),
        ("ecdh", "raw-peer"),
        ("import", "public"),
        ("import", "pair"),
        ("export", "private"),
        ("parsec", "sign"),
        ("parsec", "agree"),
    ];
    let mut cases = Vec::new();
    for curve in Curve::ALL {
        for (suite, what) in operations {
            let lacks =
                curve.name().starts_with("sect") || suite == "import" && curve.bits() == 521;
            let mut case = case(
                &format!("{suite}.{curve}.{what}"),
                if lacks { "skip" } else { "pass" },
            );
            if lacks {
                case["reason"] = json!(format!(
                    "a {curve} key cannot be made: CKR_CURVE_NOT_SUPPORTED"
                ));
            }
            cases.push(case);
        }
    }
    cases
}

fn loads() -> Vec<Value> {
    let load = |(index, sessions): (usize, &u32)| {
        let mut case = case(&format!("concurrency.secp256r1.load-{sessions}"), "pass");
        let rate = [148.2, 290.7, 556.1, 1013.9, 1204.4, 1190.6][index];
        let median = f64::from(*sessions) * 1e6 / rate;
        case["measurements"] = json!({
            "signatures_per_second": rate, "p50_microseconds": median, "p99_microseconds": median * 1.9,
        });
        case
    };
    SESSIONS.iter().enumerate().map(load).collect()
}

fn problems(text: &str) -> Vec<Value> {
    let finding = json!({
        "expected": "CKR_MECHANISM_PARAM_INVALID, or another refusal of a point that is not on the curve",
        "actual": text, "call": "C_DeriveKey", "value": "CKR_OK",
        "remedy": "ask the vendor for firmware that checks points: this one gives the private key away",
    });
    let mut wrong = case("ecdh.secp384r1.invalid-curve", "fail");
    wrong["required"] = json!(true);
    wrong["findings"] = json!([finding, finding]);
    wrong["notes"] = json!([text]);
    wrong["facts"] =
        json!([{ "fact": "ability", "curve": "secp384r1", "ability": "agree", "able": false }]);
    let mut broken = case("ecdsa.secp521r1.sha512.verify", "fail");
    broken["required"] = json!(true);
    broken["findings"] = json!([{ "expected": "CKR_OK", "actual": text, "remedy": text }]);
    let mut warned = case("session.handles-reused", "warn");
    warned["findings"] = json!([{
        "expected": "handles of destroyed objects are given to no other", "actual": "they are, at once",
        "remedy": "nothing to do: Parsec looks each key up anew",
    }]);
    warned["facts"] = json!([
        { "fact": "handle_cache", "keep": false },
        { "fact": "renew_after_destroy" },
        { "fact": "max_sessions", "count": 10 },
        { "fact": "template", "change": "name_kind" },
        { "fact": "template", "change": text },
        { "fact": "ability", "curve": "secp256r1", "ability": "sign", "able": true },
    ]);
    let mut skipped = case("session.wrong-pin", "skip");
    skipped["reason"] = json!(text);
    vec![wrong, broken, warned, skipped]
}

/// The page of a report, kept below the target directory for people to look at.
pub(crate) fn page(name: &str, report: &Report) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check_page");
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join(name).with_extension("html");
    fs::write(&file, html::write(report)).unwrap();
    file
}
