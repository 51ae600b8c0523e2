//! Tests of `provider::creation`: what is on the token and in the manager after a creation.

use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use parsec_interface::operations::psa_key_attributes::UsageFlags;
use parsec_interface::requests::ResponseStatus;
use parsec_service::utils::config::KeyInfoManagerType;

use crate::fixture::{Client, ECDH, MANAGERS, PUBLIC, Place, attribute, identity, signing_pair};

#[test]
fn a_key_has_the_stored_identifier_in_the_four_bytes_that_upstream_reads() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        place.provider().generate("key", signing_pair()).unwrap();

        let stored: u32 = place.client().get_key_id(&identity("key")).unwrap();
        let session = place.session();
        let expected = Attribute::Id(stored.to_be_bytes().to_vec());
        for object in [place.private_key(&session), place.public_key(&session)] {
            assert_eq!(attribute(&session, object, AttributeType::Id), expected);
        }
    }
}

#[test]
fn the_label_names_installation_and_identifier_or_the_key_if_wanted() {
    for (style, expected) in [("id", None), ("name", Some(" app/key"))] {
        let place = Place::new(KeyInfoManagerType::OnDisk);
        let mut section = place.section();
        section.label = Some(style.to_owned());
        place
            .provider_with(section)
            .generate("key", signing_pair())
            .unwrap();

        let stored: u32 = place.client().get_key_id(&identity("key")).unwrap();
        let label = format!("parsec:test:{stored:08x}{}", expected.unwrap_or_default());
        let session = place.session();
        for object in [place.private_key(&session), place.public_key(&session)] {
            assert_eq!(
                attribute(&session, object, AttributeType::Label),
                Attribute::Label(label.clone().into_bytes())
            );
        }
    }
}

#[test]
fn the_token_enforces_what_the_policy_says() {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider();
    let session = place.session();
    for (flags, expected) in [
        (UsageFlags::default(), [false, false, false, false]),
        (
            *UsageFlags::default().set_sign_hash(),
            [true, false, false, false],
        ),
        (
            *UsageFlags::default().set_sign_message(),
            [true, false, false, false],
        ),
        (
            *UsageFlags::default().set_verify_message(),
            [false, true, false, false],
        ),
        (
            *UsageFlags::default().set_derive(),
            [false, false, true, false],
        ),
        (
            *UsageFlags::default().set_export(),
            [false, false, false, true],
        ),
    ] {
        let mut attributes = signing_pair();
        attributes.policy.usage_flags = flags;
        provider.generate("key", attributes).unwrap();
        let [sign, verify, derive, export] = expected;
        let private = place.private_key(&session);
        for (kind, value) in [
            (AttributeType::Sign, Attribute::Sign(sign)),
            (AttributeType::Derive, Attribute::Derive(derive)),
            (AttributeType::Extractable, Attribute::Extractable(export)),
            (AttributeType::Sensitive, Attribute::Sensitive(!export)),
            (AttributeType::Private, Attribute::Private(true)),
        ] {
            assert_eq!(attribute(&session, private, kind), value, "{flags:?}");
        }
        let public = place.public_key(&session);
        assert_eq!(
            attribute(&session, public, AttributeType::Verify),
            Attribute::Verify(verify),
            "{flags:?}"
        );
        provider.destroy("key").unwrap();
    }
}

#[test]
fn a_public_key_without_the_verify_flag_cannot_verify_on_the_token() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    provider.generate("pair", signing_pair()).unwrap();
    let point = provider.export_public("pair").unwrap();
    provider.destroy("pair").unwrap();

    let mut attributes = signing_pair();
    attributes.key_type = PUBLIC;
    attributes.policy.usage_flags = UsageFlags::default();
    provider.import("public", attributes, &point).unwrap();
    let session = place.session();
    let public = place.public_key(&session);
    assert_eq!(
        attribute(&session, public, AttributeType::Verify),
        Attribute::Verify(false)
    );
}

#[test]
fn a_size_that_is_left_open_is_stored_as_what_it_is() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    for bits in [192, 224, 256, 384, 521] {
        let mut attributes = signing_pair();
        attributes.bits = bits;
        provider.generate("pair", attributes).unwrap();
        let point = provider.export_public("pair").unwrap();
        attributes.key_type = PUBLIC;
        attributes.bits = 0;
        provider.import("public", attributes, &point).unwrap();
        assert_eq!(provider.export_public("public").unwrap(), point);
        let stored = place.client().get_key_attributes(&identity("public"));
        assert_eq!(stored.unwrap().bits, bits);
        provider.destroy("pair").unwrap();
        provider.destroy("public").unwrap();
    }
}

#[test]
fn a_manager_that_cannot_store_costs_no_key_and_leaves_no_object() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        let provider = place.provider();
        provider.generate("kept", signing_pair()).unwrap();
        let objects = place.objects();

        // Nothing can be made below a file, not even by root.
        let path = place.directory.path().to_owned();
        let aside = path.with_extension("aside");
        std::fs::rename(&path, &aside).unwrap();
        std::fs::write(&path, "").unwrap();
        assert_eq!(
            provider.generate("new", signing_pair()),
            Err(ResponseStatus::KeyInfoManagerError)
        );
        assert_eq!(
            provider.destroy("kept"),
            Err(ResponseStatus::KeyInfoManagerError)
        );
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(&aside, &path).unwrap();

        assert_eq!(place.objects(), objects);
        assert_eq!(provider.names(), ["kept"]);
        provider.sign("kept").unwrap();
        provider.generate("new", signing_pair()).unwrap();
        provider.sign("new").unwrap();
    }
}

#[test]
fn another_providers_key_of_the_same_name_is_neither_used_nor_replaced() {
    use parsec_service::authenticators::ApplicationIdentity;
    use parsec_service::key_info_managers::KeyIdentity;
    use parsec_service::providers::ProviderIdentity;

    let place = Place::new(KeyInfoManagerType::SQLite);
    let foreign = KeyIdentity::new(
        ApplicationIdentity::clone(&crate::fixture::application("app")),
        ProviderIdentity::new(
            "1c1139dc-ad7c-47dc-ad6b-db6fdb466552".to_owned(),
            "mbed".to_owned(),
        ),
        "key".to_owned(),
    );
    place
        .client()
        .insert_key_info(foreign.clone(), &7_u32, signing_pair())
        .unwrap();

    let provider = place.provider();
    assert_eq!(
        provider.sign("key"),
        Err(ResponseStatus::PsaErrorDoesNotExist)
    );
    assert_eq!(
        provider.destroy("key"),
        Err(ResponseStatus::PsaErrorDoesNotExist)
    );
    assert_eq!(
        provider.generate("key", signing_pair()),
        Err(ResponseStatus::PsaErrorAlreadyExists)
    );
    assert!(provider.names().is_empty());
    assert_eq!(place.client().get_key_id::<u32>(&foreign).unwrap(), 7);
}

#[test]
fn algorithms_that_no_such_key_can_have_are_refused() {
    use parsec_interface::operations::psa_algorithm::{
        Algorithm, AsymmetricSignature, Cipher, KeyAgreement, KeyDerivation, RawKeyAgreement,
    };

    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    let with = |algorithm: Algorithm| {
        let mut attributes = signing_pair();
        attributes.policy.permitted_algorithms = algorithm;
        provider.generate("key", attributes)
    };
    for algorithm in [
        Cipher::Ctr.into(),
        AsymmetricSignature::RsaPkcs1v15SignRaw.into(),
        KeyAgreement::Raw(RawKeyAgreement::Ffdh).into(),
    ] {
        assert_eq!(
            with(algorithm),
            Err(ResponseStatus::PsaErrorInvalidArgument)
        );
    }
    let derivation = KeyAgreement::WithKeyDerivation {
        ka_alg: RawKeyAgreement::Ecdh,
        kdf_alg: KeyDerivation::Hkdf {
            hash_alg: parsec_interface::operations::psa_algorithm::Hash::Sha256,
        },
    };
    assert_eq!(
        with(derivation.into()),
        Err(ResponseStatus::PsaErrorNotSupported)
    );
    assert_eq!(place.objects(), 0);
    for algorithm in [Algorithm::None, ECDH] {
        with(algorithm).unwrap();
        provider.destroy("key").unwrap();
    }
}

#[test]
fn a_private_key_object_is_of_the_right_class() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    place.provider().generate("key", signing_pair()).unwrap();
    let session = place.session();
    assert_eq!(
        attribute(&session, place.private_key(&session), AttributeType::Class),
        Attribute::Class(ObjectClass::PRIVATE_KEY)
    );
}
