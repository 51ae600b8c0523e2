//! Owns the figures of the provider within one process, through Parsec's `Provide` trait.

use cryptoki::object::ObjectClass;
use parsec_interface::operations::{psa_sign_hash, psa_verify_hash};
use parsec_pkcs11_ecc::config::Section;
use parsec_service::providers::Provide;
use parsec_service::utils::config::KeyInfoManagerType;

use crate::bare::{self, DIGEST};
use crate::place::{Client, ECDSA_SHA256, Place, application, signing_pair};
use crate::report::{Row, Target, Unit};
use crate::slice::{Comparison, Pairs, Slice};

const KEY: &str = "key";

pub(crate) fn sign(pairs: &Pairs) -> Vec<Row> {
    let target = Some(Target::AtLeast(0.95));
    vec![
        sign_row("provider: psa_sign_hash", false, pairs, target),
        sign_row(
            "provider: psa_sign_hash, verify_after_sign",
            true,
            pairs,
            None,
        ),
    ]
}

fn sign_row(figure: &str, verify_after_sign: bool, pairs: &Pairs, target: Option<Target>) -> Row {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider_with(Section {
        verify_after_sign: Some(verify_after_sign),
        ..place.section()
    });
    provider.generate(KEY, signing_pair()).unwrap();
    let session = bare::session(&place.token);
    let key = bare::object(&session, ObjectClass::PRIVATE_KEY);
    let app = application("app");
    let sign = || {
        let operation = psa_sign_hash::Operation {
            key_name: KEY.to_owned(),
            alg: ECDSA_SHA256,
            hash: DIGEST.to_vec().into(),
        };
        provider.psa_sign_hash(&app, operation).unwrap();
    };
    let pairs = pairs.run(
        |length| Slice::of(length, sign),
        |length| Slice::of(length, || drop(bare::sign(&session, key))),
    );
    Row::compared(
        figure,
        Unit::PerSecond,
        Comparison::of_throughput(&pairs),
        target,
    )
}

pub(crate) fn verify(pairs: &Pairs) -> Vec<Row> {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider();
    provider.generate(KEY, signing_pair()).unwrap();
    let session = bare::session(&place.token);
    let private_key = bare::object(&session, ObjectClass::PRIVATE_KEY);
    let public_key = bare::object(&session, ObjectClass::PUBLIC_KEY);
    let signature = bare::sign(&session, private_key);
    let app = application("app");
    let verify = || {
        let operation = psa_verify_hash::Operation {
            key_name: KEY.to_owned(),
            alg: ECDSA_SHA256,
            hash: DIGEST.to_vec().into(),
            signature: signature.clone().into(),
        };
        provider.psa_verify_hash(&app, operation).unwrap();
    };
    let pairs = pairs.run(
        |length| Slice::of(length, verify),
        |length| Slice::of(length, || bare::verify(&session, public_key, &signature)),
    );
    vec![Row::compared(
        "provider: psa_verify_hash on the token",
        Unit::PerSecond,
        Comparison::of_throughput(&pairs),
        Some(Target::AtLeast(0.95)),
    )]
}

/// With each of the key info managers.
pub(crate) fn generate_and_destroy(pairs: &Pairs) -> Vec<Row> {
    let managers = [
        ("SQLite", KeyInfoManagerType::SQLite),
        ("on disk", KeyInfoManagerType::OnDisk),
    ];
    managers
        .into_iter()
        .map(|(name, manager)| {
            let place = Place::new(manager);
            let provider = place.provider();
            let session = bare::session(&place.token);
            let generate_and_destroy = || {
                provider.generate(KEY, signing_pair()).unwrap();
                provider.destroy(KEY).unwrap();
            };
            let pairs = pairs.run(
                |length| Slice::of(length, generate_and_destroy),
                |length| Slice::of(length, || bare::generate_and_destroy(&session)),
            );
            Row::compared(
                format!("provider: generate + destroy, {name}"),
                Unit::PerSecond,
                Comparison::of_throughput(&pairs),
                Some(Target::AtLeast(0.8)),
            )
        })
        .collect()
}
