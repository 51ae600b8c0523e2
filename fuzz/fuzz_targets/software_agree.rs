//! Owns the target of `software::agree`: both sides, and OpenSSL's own derivation, come to one secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::check::judge::JudgeKey;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey, Signature, software};

// The input: a byte that chooses the curve, and two private keys, or a key and a peer of a Montgomery curve.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    let number = usize::from(*choice) % Curve::ALL.len();
    let curve = Curve::ALL[number];
    let (first, second) = rest.split_at(rest.len().min(curve.private_len()));
    let Ok(first) = PrivateKey::from_value(curve, first) else {
        return;
    };
    let public = first.public_key().expect("every curve is computed here");
    let other_curve = Curve::ALL[(number + 1) % Curve::ALL.len()];
    if let Ok(other) = PrivateKey::from_value(other_curve, &vec![1; other_curve.private_len() / 2])
    {
        assert!(software::agree(&other, &public).is_err());
    }
    let judge = JudgeKey::from_scalar(curve, first.as_bytes());
    if curve.is_montgomery() {
        let signature = Signature::from_bytes(curve, &vec![1; 2 * curve.order_len()]);
        assert!(!signature.is_ok_and(|it| software::verify(&public, &[1; 32], &it).is_ok()));
        if let (Ok(peer), Ok(judge)) = (PublicKey::from_bytes(curve, second), &judge) {
            let ours = software::agree(&first, &peer);
            let theirs = judge.agree(second);
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{peer:?}");
            if let (Ok(ours), Ok(theirs)) = (&ours, theirs) {
                assert_eq!(ours.as_bytes(), theirs.as_slice());
            }
        }
    }
    let Ok(second) = PrivateKey::from_value(curve, second) else {
        return;
    };
    let peer = second.public_key().expect("every curve is computed here");
    let secret = software::agree(&first, &peer).expect("no secret of keys is zero");
    let again = software::agree(&second, &public).expect("no secret of keys is zero");
    assert_eq!(secret.as_bytes(), again.as_bytes());
    if let Ok(judge) = judge {
        let theirs = judge.agree(peer.as_bytes()).expect("OpenSSL has the curve");
        assert_eq!(secret.as_bytes(), theirs.as_slice(), "{curve}");
    }
    // Nothing secret is shown.
    assert_eq!(
        format!("{secret:?} {first:?}"),
        format!("SharedSecret {{ curve: {curve}, .. }} PrivateKey {{ curve: {curve}, .. }}")
    );
});
