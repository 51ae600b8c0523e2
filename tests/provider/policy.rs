//! Tests of the policies that Parsec's own `validate` does not enforce.

use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::{Attributes, EccFamily, Type, UsageFlags};
use parsec_interface::operations::{
    can_do_crypto, psa_export_key, psa_raw_key_agreement, psa_sign_hash, psa_sign_message,
    psa_verify_hash,
};
use parsec_interface::requests::ResponseStatus;
use parsec_interface::secrecy::ExposeSecret;
use parsec_pkcs11_ecc::provider::Provider;
use parsec_service::providers::Provide;
use parsec_service::utils::config::KeyInfoManagerType;

use crate::fixture::{Client, ECDH, PUBLIC, Place, application, signing_pair};

fn sign_hash(
    provider: &Provider,
    name: &str,
    alg: AsymmetricSignature,
    hash: &[u8],
) -> Result<Vec<u8>, ResponseStatus> {
    let op = psa_sign_hash::Operation {
        key_name: name.to_owned(),
        alg,
        hash: hash.to_vec().into(),
    };
    provider
        .psa_sign_hash(&application("app"), op)
        .map(|result| result.signature.to_vec())
}

fn agree(provider: &Provider, name: &str, peer: &[u8]) -> Result<Vec<u8>, ResponseStatus> {
    let op = psa_raw_key_agreement::Operation {
        alg: RawKeyAgreement::Ecdh,
        private_key_name: name.to_owned(),
        peer_key: peer.to_vec().into(),
    };
    provider
        .psa_raw_key_agreement(&application("app"), op)
        .map(|result| result.shared_secret.expose_secret().clone())
}

fn agreeing_pair() -> Attributes {
    let mut attributes = signing_pair();
    attributes.policy.usage_flags = *UsageFlags::default().set_derive();
    attributes.policy.permitted_algorithms = ECDH;
    attributes
}

#[test]
fn a_public_key_neither_signs_nor_agrees_whatever_its_policy_says() {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider();
    provider.generate("pair", signing_pair()).unwrap();
    let point = provider.export_public("pair").unwrap();

    let mut attributes = signing_pair();
    attributes.key_type = PUBLIC;
    provider.import("signer", attributes, &point).unwrap();
    assert_eq!(
        provider.sign("signer"),
        Err(ResponseStatus::PsaErrorInvalidArgument)
    );
    let mut attributes = agreeing_pair();
    attributes.key_type = PUBLIC;
    provider.import("agreer", attributes, &point).unwrap();
    assert_eq!(
        agree(&provider, "agreer", &point),
        Err(ResponseStatus::PsaErrorInvalidArgument)
    );
}

#[test]
fn deterministic_ecdsa_is_verified_and_not_signed() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    let deterministic = AsymmetricSignature::DeterministicEcdsa {
        hash_alg: SignHash::Specific(Hash::Sha256),
    };
    provider.generate("pair", signing_pair()).unwrap();
    let signature = provider.sign("pair").unwrap();
    let point = provider.export_public("pair").unwrap();

    let mut attributes = signing_pair();
    attributes.policy.permitted_algorithms = deterministic.into();
    provider.generate("deterministic", attributes).unwrap();
    assert_eq!(
        sign_hash(&provider, "deterministic", deterministic, &[7; 32]),
        Err(ResponseStatus::PsaErrorNotSupported)
    );

    attributes.key_type = PUBLIC;
    provider.import("verifier", attributes, &point).unwrap();
    let op = psa_verify_hash::Operation {
        key_name: "verifier".to_owned(),
        alg: deterministic,
        hash: vec![7; 32].into(),
        signature: signature.into(),
    };
    provider.psa_verify_hash(&application("app"), op).unwrap();
}

#[test]
fn ecdsa_any_takes_every_digest_but_an_empty_one_and_no_message() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    let any = AsymmetricSignature::EcdsaAny;
    let mut attributes = signing_pair();
    attributes.policy.permitted_algorithms = any.into();
    provider.generate("any", attributes).unwrap();
    for length in [1, 20, 32, 64, 100] {
        sign_hash(&provider, "any", any, &vec![7; length]).unwrap();
    }
    assert_eq!(
        sign_hash(&provider, "any", any, &[]),
        Err(ResponseStatus::PsaErrorInvalidArgument)
    );
    let op = psa_sign_message::Operation {
        key_name: "any".to_owned(),
        alg: any,
        message: b"a message".to_vec().into(),
    };
    assert_eq!(
        provider
            .psa_sign_message(&application("app"), op)
            .map(|_| ()),
        Err(ResponseStatus::PsaErrorInvalidArgument)
    );
    // It is an algorithm of its own, not a wildcard.
    assert_eq!(
        provider.sign("any"),
        Err(ResponseStatus::PsaErrorNotPermitted)
    );
}

#[test]
fn the_configuration_forbids_exportable_pairs_and_not_public_keys() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let mut exportable = signing_pair();
    exportable.policy.usage_flags.set_export();
    place.provider().generate("before", exportable).unwrap();

    let mut section = place.section();
    section.allow_export = Some(false);
    let provider = place.provider_with(section);
    let export = |name: &str| {
        let key_name = name.to_owned();
        provider
            .psa_export_key(&application("app"), psa_export_key::Operation { key_name })
            .map(|result| result.data.expose_secret().clone())
    };
    assert_eq!(
        provider.generate("new", exportable),
        Err(ResponseStatus::PsaErrorNotPermitted)
    );
    assert_eq!(export("before"), Err(ResponseStatus::PsaErrorNotPermitted));
    let point = provider.export_public("before").unwrap();
    exportable.key_type = PUBLIC;
    provider.import("public", exportable, &point).unwrap();
    assert_eq!(export("public"), Ok(point));
}

#[test]
fn can_do_crypto_answers_for_each_kind_of_check() {
    use can_do_crypto::CheckType::{Derive, Generate, Import, Use};

    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    let can = |check_type, attributes| {
        let op = can_do_crypto::Operation {
            check_type,
            attributes,
        };
        provider
            .can_do_crypto(&application("app"), op)
            .map(|_| ())
            .map_err(|status| assert_eq!(status, ResponseStatus::PsaErrorNotSupported))
            .is_ok()
    };
    let with = |change: &dyn Fn(&mut Attributes)| {
        let mut attributes = signing_pair();
        change(&mut attributes);
        attributes
    };
    let public = with(&|attributes| attributes.key_type = PUBLIC);
    let rsa = with(&|attributes| {
        attributes.key_type = Type::RsaKeyPair;
        attributes.bits = 2048;
    });
    let of_family =
        |curve_family| with(&|attributes| attributes.key_type = Type::EccKeyPair { curve_family });
    // SoftHSM2 makes keys on one of these curves.
    let (brainpool, frp) = (
        of_family(EccFamily::BrainpoolPR1),
        of_family(EccFamily::Frp),
    );
    let odd_size = with(&|attributes| attributes.bits = 255);
    let no_algorithm = with(&|attributes| attributes.policy.permitted_algorithms = Algorithm::None);
    let no_flags = with(&|attributes| attributes.policy.usage_flags = UsageFlags::default());

    for check in [Generate, Import, Use] {
        assert!(can(check, signing_pair()), "{check:?}");
        assert!(can(check, agreeing_pair()), "{check:?}");
        assert!(can(check, brainpool), "{check:?}");
        for attributes in [rsa, odd_size, no_flags] {
            assert!(!can(check, attributes), "{check:?} {attributes:?}");
        }
    }
    assert!(!can(Generate, frp));
    assert!(can(Import, public) && can(Use, public) && !can(Generate, public));
    assert!(can(Generate, no_algorithm) && !can(Use, no_algorithm));
    assert!(!can(Derive, signing_pair()));
    assert_eq!(place.objects(), 0);
}
