//! Every curve of the wire protocol, by family and bits, through a client: what CanDoCrypto says is what
//! then happens.

use parsec_client::core::interface::operations::can_do_crypto::CheckType;
use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::operations::psa_key_attributes::{Attributes, EccFamily, Type};
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::{Answer, Client};
use crate::fixture::{Installation, Manager};
use crate::keys::{ECDH, ECDSA, attributes, derive_only, sign_and_verify};
use crate::openssl::digest;

/// Family, bits, the length of a public key in bytes and that of half a signature; secp224k1 is counted as
/// 224 or 225 bits.
#[allow(deprecated, reason = "deprecated curves are on the wire")]
const CURVES: [(EccFamily, usize, usize, usize); 32] = [
    (EccFamily::SecpR1, 192, 49, 24),
    (EccFamily::SecpR1, 224, 57, 28),
    (EccFamily::SecpR1, 256, 65, 32),
    (EccFamily::SecpR1, 384, 97, 48),
    (EccFamily::SecpR1, 521, 133, 66),
    (EccFamily::SecpK1, 192, 49, 24),
    (EccFamily::SecpK1, 224, 57, 29),
    (EccFamily::SecpK1, 225, 57, 29),
    (EccFamily::SecpK1, 256, 65, 32),
    (EccFamily::SecpR2, 160, 41, 21),
    (EccFamily::BrainpoolPR1, 160, 41, 20),
    (EccFamily::BrainpoolPR1, 192, 49, 24),
    (EccFamily::BrainpoolPR1, 224, 57, 28),
    (EccFamily::BrainpoolPR1, 256, 65, 32),
    (EccFamily::BrainpoolPR1, 320, 81, 40),
    (EccFamily::BrainpoolPR1, 384, 97, 48),
    (EccFamily::BrainpoolPR1, 512, 129, 64),
    (EccFamily::SectK1, 163, 43, 21),
    (EccFamily::SectK1, 233, 61, 29),
    (EccFamily::SectK1, 239, 61, 30),
    (EccFamily::SectK1, 283, 73, 36),
    (EccFamily::SectK1, 409, 105, 51),
    (EccFamily::SectK1, 571, 145, 72),
    (EccFamily::SectR1, 163, 43, 21),
    (EccFamily::SectR1, 233, 61, 30),
    (EccFamily::SectR1, 283, 73, 36),
    (EccFamily::SectR1, 409, 105, 52),
    (EccFamily::SectR1, 571, 145, 72),
    (EccFamily::SectR2, 163, 43, 21),
    (EccFamily::Frp, 256, 65, 32),
    (EccFamily::Montgomery, 255, 32, 0),
    (EccFamily::Montgomery, 448, 56, 0),
];

/// What SoftHSM2 has not, or computes wrongly.
#[allow(deprecated, reason = "deprecated curves are on the wire")]
fn lacks(family: EccFamily) -> bool {
    matches!(family, EccFamily::Frp | EccFamily::Montgomery)
}

const WRONG_SECRETS: [usize; 2] = [233, 409];

#[test]
fn signatures() {
    on_every_curve(
        |pair, bits| attributes(pair, bits, sign_and_verify(), ECDSA),
        |client, name, half| {
            let digest = digest(Hash::Sha256, b"a message");
            let signature = client.sign_hash(name, ECDSA, &digest)?;
            assert_eq!(signature.len(), 2 * half, "{name}");
            let message = client.sign_message(name, ECDSA, b"a message")?;
            assert_ne!(
                message, signature,
                "{name}: ECDSA takes a new nonce each time"
            );
            client.verify_message(name, ECDSA, b"a message", &signature)?;
            client.verify_hash(name, ECDSA, &digest, &message)
        },
        |_, _| false,
    );
}

#[test]
fn secrets() {
    on_every_curve(
        |pair, bits| attributes(pair, bits, derive_only(), ECDH),
        |client, name, _| {
            let point = client.export_public(name)?;
            let secret = client.agree(name, &point)?;
            assert_eq!(secret.len(), point.len() / 2, "{name}");
            Ok(())
        },
        |family, bits| family == EccFamily::SectK1 && WRONG_SECRETS.contains(&bits),
    );
}

fn on_every_curve(
    key: impl Fn(Type, usize) -> Attributes,
    use_it: impl Fn(&Client, &str, usize) -> Answer,
    is_refused: impl Fn(EccFamily, usize) -> bool,
) {
    let mut installation = Installation::direct(Manager::Sqlite);
    let allowed = ("allow_deprecated", "true".to_owned());
    installation.core_settings.extend([allowed]);
    let service = installation.start();
    let client = service.client("alice");
    for (curve_family, bits, public_len, half) in CURVES {
        let name = format!("{curve_family:?} {bits}");
        let key = key(Type::EccKeyPair { curve_family }, bits);
        let works = !lacks(curve_family) && !is_refused(curve_family, bits);

        let said = client.can_do(CheckType::Generate, key);
        assert_eq!(said.is_ok(), works, "{name}: {said:?}");
        let done = client.generate(&name, key).and_then(|()| {
            let public = client.export_public(&name)?;
            assert_eq!(public.len(), public_len, "{name}");
            let used = use_it(&client, &name, half);
            client.destroy(&name)?;
            used
        });
        assert_eq!(done.is_ok(), works, "{name}: {done:?}");
        for refusal in [said.err(), done.err()].into_iter().flatten() {
            let is_montgomery = curve_family == EccFamily::Montgomery;
            // A Montgomery key with a policy for signatures cannot exist.
            assert!(
                refusal == ResponseStatus::PsaErrorNotSupported
                    || is_montgomery && refusal == ResponseStatus::PsaErrorInvalidArgument,
                "{name}: {refusal}"
            );
        }
    }
    service.stop();
}
