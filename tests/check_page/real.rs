//! The page of a real run.

use std::fs;
use std::path::Path;
use std::process::Command;

use parsec_pkcs11_ecc::check::report::{Report, json};

use crate::browser::{Browser, VIEWS};
use crate::content::is_complete;

#[test]
fn a_run_on_softhsm_writes_its_page() {
    let token = softhsm_test::Token::new().unwrap();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check_page");
    fs::create_dir_all(&directory).unwrap();
    let file = |name: &str| directory.join(name);
    let secret = tempfile::tempdir().unwrap();
    let pin = secret.path().join("pin");
    fs::write(&pin, token.user_pin()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"))
        .arg("check")
        .arg("--module")
        .arg(softhsm_test::module_path().unwrap())
        .args(["--serial", token.serial(), "--quick"])
        .arg("--pin-file")
        .arg(&pin)
        .arg("--json")
        .arg(file("softhsm.json"))
        .arg("--html")
        .arg(file("softhsm.html"))
        .output()
        .unwrap();
    assert!(
        run.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let report: Report = json::read(&fs::read_to_string(file("softhsm.json")).unwrap()).unwrap();
    let mut browser = Browser::start();
    for view in VIEWS {
        browser.open(&file("softhsm.html"), view);
        is_complete(&mut browser, &report);
    }
}
