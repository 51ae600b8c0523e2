//! Options of the Pkcs11 section that a good start needs: token and PIN by every way.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;

use misbehaving_module::control::SignatureForm;
use parsec_client::core::interface::operations::can_do_crypto::CheckType;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::fixture::{Installation, Manager, quoted};
use crate::keys::{ECDSA, signing, signs};
use crate::misbehaving::Misbehaving;
use crate::token_objects::key_objects;

/// Starts the service, and uses a new key.
fn works(installation: &Installation) -> String {
    let service = installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    client.destroy("key").unwrap();
    service.stop()
}

#[test]
fn the_token_by_serial_slot_label_or_uri() {
    let mut installation = Installation::direct(Manager::Sqlite);
    // Others that must not be taken.
    let others = [(); 2].map(|()| softhsm_test::Token::new().unwrap());
    let token = installation.token().clone();
    installation.provider.remove("serial_number");
    for (option, value) in [
        ("serial_number", quoted(token.serial())),
        ("serial_number", quoted(&format!(" {} ", token.serial()))),
        ("slot_number", token.slot_number().to_string()),
        ("token_label", quoted(token.label())),
        (
            "token_uri",
            quoted(&format!("pkcs11:token={}", token.label())),
        ),
        (
            "token_uri",
            quoted(&format!("pkcs11:serial={}", token.serial())),
        ),
        (
            "token_uri",
            quoted(&format!("pkcs11:slot-id={}", token.slot_number())),
        ),
    ] {
        installation.provider.insert(option, value);
        works(&installation);
        installation.provider.remove(option);
    }
    // With both, the serial number decides.
    let other_slot = others[0].slot_number().to_string();
    installation
        .provider
        .insert("serial_number", quoted(token.serial()));
    installation.provider.insert("slot_number", other_slot);
    assert!(works(&installation).contains("the serial number decides"));
}

#[test]
fn the_pin_by_every_way() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let serial = installation.token().serial().to_owned();
    let pin = installation.token().user_pin().to_owned();
    let hex = format!("hex:{}", hex::encode(&pin));
    let file = installation.path("pin");
    installation.provider.remove("user_pin");
    installation.variables = vec![
        ("TEST_PIN", pin.clone()),
        ("TEST_HEX_PIN", hex.clone()),
        (
            "CREDENTIALS_DIRECTORY",
            installation.directory().to_str().unwrap().to_owned(),
        ),
    ];
    for (option, value, content) in [
        ("user_pin", quoted(&pin), ""),
        ("user_pin", quoted(&format!("str:{pin}")), ""),
        ("user_pin", quoted(&hex), ""),
        ("user_pin_env", quoted("TEST_PIN"), ""),
        ("user_pin_env", quoted("TEST_HEX_PIN"), ""),
        (
            "user_pin_file",
            quoted(file.to_str().unwrap()),
            pin.as_str(),
        ),
        (
            "user_pin_file",
            quoted(file.to_str().unwrap()),
            &format!("{hex}\n"),
        ),
        ("user_pin_credential", quoted("pin"), &pin),
        (
            "token_uri",
            quoted(&format!(
                "pkcs11:serial={serial}?pin-source=file:{}",
                file.display()
            )),
            &pin,
        ),
    ] {
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        installation.provider.insert(option, value);
        if option == "token_uri" {
            installation.provider.remove("serial_number");
        }
        let log = works(&installation);
        assert!(!log.contains(&hex[4..]), "{option}");
        installation.provider.remove(option);
    }
}

#[test]
fn labels_name_no_application_and_no_key_unless_asked_to() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation.provider.insert("instance", quoted("rack-7"));
    let service = installation.start();
    let client = service.client("payroll");
    client.generate("anonymous", signing(256, ECDSA)).unwrap();
    service.stop();
    let objects = key_objects(installation.token());
    assert_eq!(objects.len(), 2);
    for object in &objects {
        assert_eq!(
            object.label,
            format!("parsec:rack-7:{}", hex::encode(&object.id))
        );
    }

    installation.provider.insert("label", quoted("name"));
    let service = installation.start();
    let client = service.client("payroll");
    client.generate("named", signing(256, ECDSA)).unwrap();
    signs(&client, "anonymous", 256).unwrap();
    service.stop();
    let named: Vec<_> = key_objects(installation.token())
        .into_iter()
        .filter(|object| !objects.contains(object))
        .collect();
    assert_eq!(named.len(), 2);
    for object in named {
        let id = hex::encode(&object.id);
        assert_eq!(object.label, format!("parsec:rack-7:{id} payroll/named"));
    }
}

/// A start reads it once, and so does a reload: from a pipe it can be had once only.
#[test]
fn the_pin_from_a_pipe() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let pin = installation.token().user_pin().to_owned();
    let pipe = installation.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    installation.provider.remove("user_pin");
    installation
        .provider
        .insert("user_pin_file", quoted(pipe.to_str().unwrap()));
    let write = || {
        let (pipe, pin) = (pipe.clone(), pin.clone());
        thread::spawn(move || fs::write(pipe, pin))
    };
    let writer = write();
    let service = installation.start();
    writer.join().unwrap().unwrap();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    let writer = write();
    service.signal("HUP");
    service.wait_for_log("] ready\n", 2);
    writer.join().unwrap().unwrap();
    signs(&client, "key", 256).unwrap();
    client.destroy("key").unwrap();
    service.stop();
}

#[test]
fn few_threads_and_few_sessions_serve_everyone() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation
        .core_settings
        .insert("thread_pool_size", "2".to_owned());
    installation.provider.insert("max_sessions", "1".to_owned());
    let service = installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| signs(&client, "key", 256).unwrap()));
        }
    });
    service.stop();
}

#[test]
fn another_provider_name_has_its_own_keys() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation.provider.insert("name", quoted("my-hsm"));
    let service = installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    service.stop();
    let service = installation.start();
    signs(&service.client("alice"), "key", 256).unwrap();
    service.stop();
}

#[test]
fn a_quirk_profile_says_what_the_token_cannot_do() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let profile = installation.path("token.toml");
    fs::write(
        &profile,
        "version = 1\nmodel = \"HSM-1\"\n[curves.secp384r1]\ngenerate = false\n",
    )
    .unwrap();
    installation
        .provider
        .insert("quirk_profile", quoted(profile.to_str().unwrap()));
    let service = installation.start();
    let client = service.client("alice");
    let denied = Err(ResponseStatus::PsaErrorNotSupported);
    let attributes = signing(384, ECDSA);
    assert_eq!(client.can_do(CheckType::Generate, attributes), denied);
    assert_eq!(client.generate("denied", attributes), denied);
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    let log = service.stop();
    assert!(log.contains("The quirk profile is for tokens of"), "{log}");

    fs::write(&profile, "version = 2").unwrap();
    installation.fail().is(1, &["token.toml", "version 2"]);
}

#[test]
fn a_wrong_signature_is_not_handed_out_if_it_is_verified() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let misbehaving = Misbehaving::in_front_of(&mut installation);
    for (verify, answer) in [
        ("true", Err(ResponseStatus::PsaErrorCorruptionDetected)),
        ("false", Ok(())),
    ] {
        installation
            .provider
            .insert("verify_after_sign", verify.to_owned());
        misbehaving.behave();
        let service = installation.start();
        let client = service.client("alice");
        client.generate("key", signing(256, ECDSA)).unwrap();
        signs(&client, "key", 256).unwrap();
        misbehaving.order(|control| control.encoding.signature = SignatureForm::FlipBit);
        let signed = client.sign_hash("key", ECDSA, &[7; 32]).map(drop);
        assert_eq!(signed, answer);
        client.destroy("key").unwrap();
        service.stop();
    }
}
