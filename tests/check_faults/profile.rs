//! What a run finds out stands in the quirk profile that it writes, and a provider with that profile has nothing
//! left to find out.

use std::fs;

use misbehaving_module::control::Control;
use parsec_pkcs11_ecc::check::Outcome;
use parsec_pkcs11_ecc::config::Profile;

use crate::access::Access;
use crate::fault::Faulty;
use crate::run::{Checked, check};

const P256: [&str; 4] = ["--curves", "secp256r1", "--suite", "parsec"];

/// Plays the quirk, and looks for these lines in the profile; gives what a run with that profile found.
fn written(quirk: &str, lines: &[&str]) -> Checked {
    let control = |control: &mut Control| {
        let target = control.target.take();
        *control = Control {
            target,
            ..Control::parse(quirk).unwrap()
        };
    };
    let faulty = Faulty::new(control);
    let file = faulty.file("profile.toml");
    let write = ["--write-profile", file.to_str().unwrap()];
    let first = check(&faulty.access, &[&P256[..], &write].concat());
    assert_ne!(first.code(), 2);
    let text = fs::read_to_string(&file).unwrap();
    Profile::parse(&text).unwrap();
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "{line} in {text}");
    }
    let access = Access {
        profile: Some(file),
        ..faulty.access
    };
    let second = check(&access, &P256);
    assert_ne!(second.code(), 2);
    for case in &second.report.as_ref().unwrap().cases {
        let before = first.outcome(&case.id);
        assert_ne!(case.outcome, Outcome::Fail, "{case:#?}");
        if before != Outcome::Fail {
            let is_skip = |outcome| outcome == Outcome::Skip;
            assert_eq!(is_skip(case.outcome), is_skip(before), "{case:#?}");
        }
    }
    second
}

#[test]
fn an_attribute_that_is_refused() {
    let second = written(
        "[[refuse_attribute]]\n\
         attribute = \"CKA_DERIVE\"\n\
         function = [\"C_GenerateKeyPair\", \"C_CreateObject\"]\n\
         value = \"00\"\n\
         answer = \"CKR_ATTRIBUTE_TYPE_INVALID\"\n\
         [[refuse_attribute]]\n\
         attribute = \"CKA_SENSITIVE\"\n\
         function = [\"C_GenerateKeyPair\", \"C_CreateObject\"]\n\
         answer = \"CKR_ATTRIBUTE_READ_ONLY\"\n\
         [[impose_attribute]]\n\
         attribute = \"CKA_SENSITIVE\"\n\
         value = \"01\"\n\
         function = [\"C_GenerateKeyPair\", \"C_CreateObject\"]\n\
         template = \"private-key\"\n",
        &["omit = [\"CKA_SENSITIVE\"]", "export = false"],
    );
    assert_eq!(second.outcome("parsec.workarounds"), Outcome::Pass);
}

#[test]
fn public_keys_that_must_be_private() {
    let second = written(
        "[[refuse_attribute]]\n\
         attribute = \"CKA_PRIVATE\"\n\
         value = \"00\"\n\
         template = \"public-key\"\n\
         answer = \"CKR_TEMPLATE_INCONSISTENT\"\n",
        &["private_public_keys = true"],
    );
    assert_eq!(second.outcome("parsec.workarounds"), Outcome::Pass);
}

#[test]
fn a_template_that_must_name_its_kind() {
    let second = written(
        "[[require_attribute]]\n\
         attribute = \"CKA_KEY_TYPE\"\n\
         function = \"C_GenerateKeyPair\"\n\
         answer = \"CKR_TEMPLATE_INCOMPLETE\"\n",
        &["name_kind = true"],
    );
    assert_eq!(second.outcome("parsec.workarounds"), Outcome::Pass);
}

#[test]
fn what_the_token_cannot_do() {
    let second = written(
        "[[refuse_mechanism]]\n\
         mechanism = \"CKM_ECDH1_DERIVE\"\n\
         listed = true\n\
         answer = \"CKR_MECHANISM_INVALID\"\n",
        &["agree = false", "sign = true", "generate = true"],
    );
    assert_eq!(second.outcome("parsec.secp256r1.ecdh"), Outcome::Skip);
}

#[test]
fn wrong_secrets() {
    let second = written("[encoding]\nsecret = \"cut-last\"\n", &["agree = false"]);
    assert_eq!(second.outcome("parsec.secp256r1.ecdh"), Outcome::Skip);
}

#[test]
fn wrong_signatures() {
    let second = written("[encoding]\nsignature = \"flip-bit\"\n", &["sign = false"]);
    assert_eq!(second.outcome("parsec.secp256r1.sign-hash"), Outcome::Skip);
}
