//! Every operation on every curve: what the token is said to do is what it then does, and OpenSSL agrees.
//!
//! With `INTEROP_DIR` set, the outcomes go to a file there, from which `ci/interop` makes docs/interop.md.

use std::fs;
use std::path::PathBuf;

use parsec_pkcs11_ecc::check::operations::{OPERATIONS, Operation, Tried};
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::token::Token;

use crate::{NAME, PASSES, access};

#[test]
fn what_is_said_is_what_happens_on_every_curve() {
    let token = access().open();
    let mut table = String::new();
    let mut failures = Vec::new();
    let mut passed = Vec::new();
    for curve in Curve::ALL.iter().copied() {
        let cells = OPERATIONS.map(|operation| {
            let cell = cell(&token, curve, &operation);
            if cell.starts_with("fail") {
                failures.push(format!("{curve}, {}: {cell}", operation.name));
            }
            cell
        });
        let is = |operation: usize| cells[operation] == "pass";
        if is(0) && is(1) && (is(2) || is(4)) {
            passed.push(curve);
        }
        table += &format!("{}\t{}\n", curve.name(), cells.join("\t"));
    }
    if let Some(directory) = std::env::var_os("INTEROP_DIR") {
        let header: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
        let file = PathBuf::from(directory).join(format!("operations-{NAME}.tsv"));
        fs::write(file, format!("curve\t{}\n{table}", header.join("\t"))).unwrap();
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(passed.len(), PASSES, "{passed:?}");
}

fn cell(token: &Token, curve: Curve, operation: &Operation) -> String {
    if !operation.is_expressible(curve) {
        return "not expressible".to_owned();
    }
    match operation.run(token, curve) {
        Tried::Works => "pass".to_owned(),
        Tried::NotSupported(reason) => format!("not supported: {reason}"),
        Tried::Contradiction { said, done } => format!("fail: said {said:?}, done {done:?}"),
    }
}
