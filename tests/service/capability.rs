//! What the service says that it can do.

use parsec_client::core::interface::operations::can_do_crypto::CheckType;
use parsec_client::core::interface::operations::psa_algorithm::{
    AsymmetricSignature, Hash, SignHash,
};
use parsec_client::core::interface::operations::psa_key_attributes::{EccFamily, Type};
use parsec_client::core::interface::requests::{Opcode, ProviderId, ResponseStatus};

use crate::fixture::{Installation, Manager};
use crate::keys::{
    ANY_HASH, CURVES, ECDSA, PAIR, agreeing, attributes, deterministic, ecdsa, exportable,
    sign_and_verify, signing, verifying,
};

const NOT_SUPPORTED: Result<(), ResponseStatus> = Err(ResponseStatus::PsaErrorNotSupported);

#[test]
fn the_provider_is_listed_with_its_operations() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    assert_eq!(client.ping(), Ok((1, 0)));
    let providers = client.providers().unwrap();
    let ids: Vec<ProviderId> = providers.iter().map(|provider| provider.id).collect();
    assert_eq!(ids, [ProviderId::Pkcs11, ProviderId::Core]);
    assert_eq!(
        providers[0].uuid.to_string(),
        "30e39502-eba6-4d60-a4af-c518b7f5e38f"
    );
    for (opcode, has_it) in [
        (Opcode::PsaGenerateKey, true),
        (Opcode::PsaDestroyKey, true),
        (Opcode::PsaImportKey, true),
        (Opcode::PsaExportPublicKey, true),
        (Opcode::PsaExportKey, true),
        (Opcode::PsaSignHash, true),
        (Opcode::PsaVerifyHash, true),
        (Opcode::PsaSignMessage, true),
        (Opcode::PsaVerifyMessage, true),
        (Opcode::PsaRawKeyAgreement, true),
        (Opcode::PsaGenerateRandom, true),
        (Opcode::CanDoCrypto, true),
        (Opcode::PsaAsymmetricEncrypt, false),
        (Opcode::PsaHashCompute, false),
    ] {
        assert_eq!(client.lists(opcode), Ok(has_it), "{opcode:?}");
    }
    service.stop();
}

#[test]
fn can_do_crypto_tells_what_then_works() {
    let installation = Installation::direct(Manager::OnDisk);
    let service = installation.start();
    let client = service.client("alice");
    for bits in CURVES {
        for check in [CheckType::Generate, CheckType::Import, CheckType::Use] {
            for attributes in [
                signing(bits, ECDSA),
                signing(bits, ANY_HASH),
                agreeing(bits),
            ] {
                assert_eq!(client.can_do(check, attributes), Ok(()), "{bits} {check:?}");
            }
        }
        let public = verifying(bits, deterministic(Hash::Sha256));
        assert_eq!(client.can_do(CheckType::Import, public), Ok(()), "{bits}");
        assert_eq!(client.can_do(CheckType::Use, public), Ok(()), "{bits}");
        assert_eq!(
            client.can_do(CheckType::Generate, public),
            NOT_SUPPORTED,
            "{bits}"
        );
        assert_eq!(
            client.can_do(CheckType::Derive, agreeing(bits)),
            NOT_SUPPORTED,
            "{bits}"
        );
    }
    assert_eq!(client.key_names(), [""; 0]);
    service.stop();
    // What was tried left nothing on the token.
    assert_eq!(crate::token_objects::key_objects(installation.token()), []);
}

#[test]
#[allow(deprecated, reason = "MD5 is on the wire")]
fn can_do_crypto_tells_what_does_not_work() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation
        .provider
        .insert("allow_export", "false".to_owned());
    let service = installation.start();
    let client = service.client("alice");
    let rsa = AsymmetricSignature::RsaPkcs1v15Sign {
        hash_alg: SignHash::Specific(Hash::Sha256),
    };
    let frp = Type::EccKeyPair {
        curve_family: EccFamily::Frp,
    };
    for (what, refused) in [
        (
            "RSA",
            attributes(Type::RsaKeyPair, 2048, sign_and_verify(), rsa),
        ),
        ("AES", attributes(Type::Aes, 128, sign_and_verify(), ECDSA)),
        (
            "a curve that the token lacks",
            attributes(frp, 256, sign_and_verify(), ECDSA),
        ),
        ("another size", signing(255, ECDSA)),
        ("512 bits", signing(512, ECDSA)),
        (
            "RSA's algorithm",
            attributes(PAIR, 256, sign_and_verify(), rsa),
        ),
        ("MD5", signing(256, ecdsa(Hash::Md5))),
        (
            "signing by RFC 6979",
            signing(256, deterministic(Hash::Sha256)),
        ),
        ("export", exportable(signing(256, ECDSA))),
    ] {
        let answer = client.can_do(CheckType::Generate, refused);
        assert_eq!(answer, NOT_SUPPORTED, "{what}");
    }
    service.stop();
}
