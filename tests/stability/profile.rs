//! A quirk profile of version 1 that uses all of the format means what it meant.

use std::num::NonZeroU32;
use std::path::Path;

use parsec_pkcs11_ecc::config::{Ability, Claim, OptionalAttribute, Profile, TemplateChange};
use parsec_pkcs11_ecc::ec::Curve;

#[test]
fn version_1_means_what_it_meant() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stability/profile-1.toml");
    let abilities = [
        Ability::Generate,
        Ability::ImportPublic,
        Ability::ImportPair,
        Ability::Export,
        Ability::Sign,
        Ability::Verify,
        Ability::Agree,
    ];
    // Curves by their names in order.
    let claims = [(Curve::BrainpoolP256r1, false), (Curve::Secp521r1, true)];
    let claims = claims.into_iter().flat_map(|(curve, able)| {
        abilities.map(|ability| Claim {
            ability,
            curve,
            able,
        })
    });
    let expected = Profile {
        manufacturer: Some("Example".to_owned()),
        model: Some("HSM-1".to_owned()),
        handle_cache: Some(false),
        renew_after_destroy: true,
        max_sessions: NonZeroU32::new(8),
        template: vec![
            TemplateChange::NameKind,
            TemplateChange::NameLength,
            TemplateChange::OmitFalse,
            TemplateChange::PrivatePublicKeys,
            TemplateChange::VerifyWithSign,
            TemplateChange::Omit(OptionalAttribute::Private),
            TemplateChange::Omit(OptionalAttribute::Sensitive),
            TemplateChange::Omit(OptionalAttribute::Extractable),
            TemplateChange::Omit(OptionalAttribute::Sign),
            TemplateChange::Omit(OptionalAttribute::Verify),
            TemplateChange::Omit(OptionalAttribute::Derive),
        ],
        claims: claims.collect(),
    };
    assert_eq!(Profile::read(&file).unwrap(), expected);
}
