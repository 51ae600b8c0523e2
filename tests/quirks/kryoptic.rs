//! Quirks that need a token with more than SoftHSM 2.6.1 has: the embedded one (Kryoptic) behind the
//! misbehaving module. Each test needs a process of its own.

use misbehaving_module::control::{Control, PointEncoding, RefuseAttribute};
use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;
use parsec_pkcs11_ecc::ec::{Curve, Hash};
use parsec_pkcs11_ecc::op::capability::{self, Signable};
use parsec_pkcs11_ecc::op::{KeyUsage, agree, export, generate, sign, verify};
use parsec_pkcs11_ecc::token::Token;
use tempfile::TempDir;
use test_tokens::TestToken;

use crate::access::Access;
use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::{self, Judge};
use crate::life::signs;
use crate::quirk::{can_sign, count, not_supported, refuse_mechanism, refuse_value, require};

/// The keys of Montgomery curves make no signatures.
const DERIVE: KeyUsage = KeyUsage {
    sign: false,
    verify: false,
    ..ALL_USES
};

struct Quirky {
    token: Token,
    statistics: TempDir,
    // Its files are used until the token is dropped.
    _embedded: TestToken,
}

impl Quirky {
    fn playing(quirk: impl FnOnce(&mut Control)) -> Self {
        let embedded = test_tokens::kryoptic::start().unwrap();
        let mut access = Access::from(&embedded);
        let directory = tempfile::tempdir().unwrap();
        let module = misbehaving_module::install(directory.path()).unwrap();
        let mut control = Control::forwarding_to(&access.module);
        control.statistics = Some(directory.path().join("counts"));
        quirk(&mut control);
        control
            .write(&misbehaving_module::control_path(&module))
            .unwrap();
        access.module = module;
        Self {
            token: access.open(),
            statistics: directory,
            _embedded: embedded,
        }
    }

    fn statistics(&self) -> Statistics {
        Statistics::read(&self.statistics.path().join("counts")).unwrap()
    }
}

#[test]
fn montgomery_points_may_be_shown_in_each_encoding() {
    // As it is, Kryoptic shows the point alone.
    let quirky = Quirky::playing(|control| control.encoding.ec_point = PointEncoding::BitString);
    let token = &quirky.token;
    for curve in [Curve::Curve25519, Curve::Curve448] {
        capability::can_generate(token, curve).unwrap();
        capability::can_agree(token, curve).unwrap();
        let key = new_key(curve, DERIVE);
        generate::generate(token, &key).unwrap();
        let public = export::export_public(token, made(&key)).unwrap();
        let peer = Judge::new(curve);
        let secret = agree::agree(token, made(&key), &peer.public()).unwrap();
        assert!(secret.as_bytes() == peer.agree(public.as_bytes()));
    }
}

/// Kryoptic takes the points of Montgomery curves raw only, and answers CKR_DEVICE_ERROR to others: one peer in 65,536
/// begins like DER, so these were looked for.
#[test]
fn a_montgomery_peer_that_begins_like_der_is_a_peer_like_any_other() {
    let quirky = Quirky::playing(|_| {});
    let token = &quirky.token;
    for (curve, number, header) in [
        (Curve::Curve25519, 165_024_u32, [0x04, 30]),
        (Curve::Curve448, 472_564, [0x04, 54]),
    ] {
        capability::can_agree(token, curve).unwrap();
        let key = new_key(curve, DERIVE);
        generate::generate(token, &key).unwrap();
        let public = export::export_public(token, made(&key)).unwrap();
        let mut scalar = number.to_le_bytes().to_vec();
        scalar.resize(curve.private_len(), 0);
        let peer = Judge::of(curve, &scalar);
        assert!(peer.public().starts_with(&header));

        let before = quirky.statistics();
        let secret = agree::agree(token, made(&key), &peer.public()).unwrap();
        assert!(secret.as_bytes() == peer.agree(public.as_bytes()));
        let calls = quirky.statistics().calls_since(&before);
        assert_eq!(count(&calls, Function::C_DeriveKey), 3);
    }
}

#[test]
fn a_message_is_signed_by_a_mechanism_that_hashes_where_there_is_no_other() {
    let quirky = Quirky::playing(|control| {
        control.refuse_mechanism = vec![refuse_mechanism("CKM_ECDSA")];
    });
    let token = &quirky.token;
    let message = b"a message";
    for curve in [Curve::Secp256r1, Curve::Secp384r1] {
        let key = new_key(curve, ALL_USES);
        generate::generate(token, &key).unwrap();
        let public = export::export_public(token, made(&key)).unwrap();
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            capability::can_sign(token, curve, Signable::Message(hash)).unwrap();
            let sign = || sign::sign_message(token, made(&key), hash, message).unwrap();
            let signature = sign();
            let signature = signature.as_bytes();
            let digest = hash.digest(message);
            assert!(judge::verifies(
                curve,
                public.as_bytes(),
                &digest,
                signature
            ));
            verify::verify_message(token, made(&key), hash, message, signature).unwrap();

            let before = quirky.statistics();
            sign();
            let calls = quirky.statistics().calls_since(&before);
            assert_eq!(calls, [(Function::C_SignInit, 1), (Function::C_Sign, 2)]);
        }
        not_supported(can_sign(token, curve));
        not_supported(sign::sign(token, made(&key), &[7; 32]));
        let lacking = Hash::Sha3_256;
        not_supported(capability::can_sign(
            token,
            curve,
            Signable::Message(lacking),
        ));
        not_supported(sign::sign_message(token, made(&key), lacking, message));
    }
}

/// The OID is refused as tokens refuse templates, and the name of the curve is taken.
#[test]
fn a_curve_may_have_to_be_named() {
    let curve = Curve::Secp384r1;
    let quirky = Quirky::playing(|control| {
        control.refuse_attribute = vec![RefuseAttribute {
            value: Some(hex_literal::hex!("06052b81040022").to_vec()),
            ..refuse_value("CKA_EC_PARAMS", 0)
        }];
        control.require_attribute = vec![require("CKA_CLASS", Function::C_GenerateKeyPair)];
    });
    let token = &quirky.token;
    capability::can_generate(token, curve).unwrap();
    for usage in [
        ALL_USES,
        KeyUsage {
            derive: false,
            ..ALL_USES
        },
    ] {
        let key = new_key(curve, usage);
        generate::generate(token, &key).unwrap();
        signs(token, &key, &[7; 32]);
    }
}
