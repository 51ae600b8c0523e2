//! Tests of `op::agree` and `op::import`: secrets, and peers that must not get one.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey};
use parsec_pkcs11_ecc::op::agree::agree;
use parsec_pkcs11_ecc::op::{KeyUsage, NewKey, capability, destroy, import};
use parsec_pkcs11_ecc::token::Token;

use super::agreement_sets::{self, Case, Expected};
use super::fixture::{made, new_key};
use super::tally::{Outcome, Tally};
use super::{Choice, has, spki};
use crate::access;

const USAGE: KeyUsage = KeyUsage {
    sign: false,
    verify: false,
    derive: true,
    export: false,
};

#[test]
fn secrets_are_agreed_or_refused_as_wycheproof_has_it() {
    let token = access().open();
    let mut tally = Tally::default();
    for (number, set) in agreement_sets::all().enumerate() {
        let curve = set.curve;
        let imports = has(capability::can_import_pair(&token, curve));
        if !imports || !has(capability::can_agree(&token, curve)) {
            continue;
        }
        tally.begin(set.name, curve);
        let mut choice = Choice::of_set(number);
        let mut cases = set.cases;
        cases.retain(|_| choice.takes());
        for cases in cases.chunk_by(|one, next| one.private == next.private) {
            let key = imported(&token, curve, &cases[0].private);
            for case in cases {
                tally.count(case.number, judge(&token, &key, case));
            }
            assert_eq!(destroy::destroy_pair(&token, made(&key)).unwrap(), 2);
        }
    }
    tally.end("agree", &[Curve::Secp192r1]);
}

fn imported(token: &Token, curve: Curve, private: &[u8]) -> NewKey {
    let key = new_key(curve, USAGE);
    let scalar = PrivateKey::from_bytes(curve, private).unwrap();
    import::import_pair(token, &key, &scalar).unwrap();
    key
}

fn judge(token: &Token, key: &NewKey, case: &Case) -> Outcome {
    let Some(peer) = &case.peer else {
        return match &case.expected {
            Expected::Secret(_) => Outcome::Failed("a valid peer is not expressible".to_owned()),
            _ => Outcome::NotExpressible,
        };
    };
    let answer = agree(token, made(key), peer);
    match (&case.expected, &answer) {
        (Expected::Secret(right), Ok(secret)) if secret.as_bytes() == right => Outcome::Passed,
        (Expected::Either(right), Ok(secret)) if secret.as_bytes() == right => Outcome::Acceptable,
        (Expected::RefusalOffTheCurve, Ok(_)) if spki::openssl_accepts(key.curve, peer) => {
            Outcome::NotExpressible
        }
        (Expected::Refusal | Expected::RefusalOffTheCurve, Err(error))
            if error.kind() == ErrorKind::InvalidArgument =>
        {
            Outcome::Passed
        }
        (Expected::Either(_), Err(error)) if error.kind() == ErrorKind::InvalidArgument => {
            Outcome::Acceptable
        }
        (expected, answer) => Outcome::Failed(format!(
            "{}: {expected:?}, but it was {answer:?}",
            case.about
        )),
    }
}
