//! The choice of token and module through the public `Config`.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::config::{Config, Section, TokenChoice};

fn section() -> Section {
    Section {
        library_path: Some("/lib/p11.so".into()),
        ..Section::default()
    }
}

fn with_uri(uri: &str) -> Section {
    Section {
        token_uri: Some(uri.into()),
        ..section()
    }
}

fn refused(section: Section, reasons: &[&str]) {
    let error = Config::try_from(section).map(|config| format!("{config:?}"));
    let holds = |error: &parsec_pkcs11_ecc::Error| {
        let text = error.to_string();
        error.kind() == ErrorKind::Configuration
            && reasons.iter().all(|reason| text.contains(reason))
    };
    assert!(error.as_ref().is_err_and(holds), "{reasons:?}: {error:?}");
}

#[test]
fn options_and_uri_say_the_same() -> Result<(), parsec_pkcs11_ecc::Error> {
    let options = Section {
        slot_number: Some(3),
        serial_number: Some(" 05ef27c1 ".into()),
        token_label: Some("my token  ".into()),
        ..section()
    };
    let uri = with_uri("pkcs11:slot-id=3;serial=05ef27c1;token=my%20token");
    let token = Config::try_from(options)?.token;
    assert_eq!(token, Config::try_from(uri)?.token);
    assert_eq!(token.to_string(), "slot 3, serial 05ef27c1, label my token");
    let none = Config::try_from(section())?.token;
    assert_eq!(
        (none.to_string().as_str(), none),
        ("the only token", TokenChoice::default())
    );
    Ok(())
}

#[test]
fn manufacturer_and_model_come_from_a_uri() -> Result<(), parsec_pkcs11_ecc::Error> {
    let uri = with_uri("pkcs11:manufacturer=SoftHSM%20project;model=SoftHSM%20v2");
    let token = Config::try_from(uri)?.token;
    assert_eq!(token.manufacturer.as_deref(), Some("SoftHSM project"));
    assert_eq!(token.model.as_deref(), Some("SoftHSM v2"));
    Ok(())
}

#[test]
fn a_uri_and_an_option_cannot_both_choose() {
    let uri = || with_uri("pkcs11:token=a");
    refused(
        Section {
            slot_number: Some(0),
            ..uri()
        },
        &["token_uri", "slot_number"],
    );
    refused(
        Section {
            serial_number: Some("1".into()),
            ..uri()
        },
        &["token_uri", "serial_number"],
    );
    refused(
        Section {
            token_label: Some("a".into()),
            ..uri()
        },
        &["token_uri", "token_label"],
    );
}

#[test]
fn the_module_comes_from_one_place() -> Result<(), parsec_pkcs11_ecc::Error> {
    let uri = "pkcs11:?module-path=/lib/other.so";
    refused(
        with_uri(uri),
        &[
            "library_path (/lib/p11.so)",
            "module-path of token_uri (/lib/other.so)",
        ],
    );
    let alone = Section {
        library_path: None,
        ..with_uri(uri)
    };
    assert_eq!(
        Config::try_from(alone)?.library_path.to_str(),
        Some("/lib/other.so")
    );
    let twice = with_uri("pkcs11:?module-path=/lib/p11.so");
    assert_eq!(
        Config::try_from(twice)?.library_path.to_str(),
        Some("/lib/p11.so")
    );
    refused(Section::default(), &["library_path", "module-path"]);
    refused(
        Section {
            library_path: Some("".into()),
            ..Section::default()
        },
        &["empty"],
    );
    Ok(())
}

#[test]
fn what_no_token_can_have_is_refused() {
    refused(
        Section {
            serial_number: Some("1".repeat(17)),
            ..section()
        },
        &["serial_number has 17"],
    );
    refused(
        Section {
            token_label: Some("a".repeat(33)),
            ..section()
        },
        &["token_label has 33"],
    );
    refused(
        Section {
            serial_number: Some("  ".into()),
            ..section()
        },
        &["serial_number is empty"],
    );
    refused(
        Section {
            token_label: Some(String::new()),
            ..section()
        },
        &["token_label is empty"],
    );
    refused(
        with_uri(&format!("pkcs11:model={}", "a".repeat(17))),
        &["model has 17"],
    );
}

#[test]
fn uris_that_mean_no_token_are_refused() {
    for (uri, reason) in [
        ("token=a", "pkcs11:"),
        ("pkcs11:object=key", "`object`"),
        ("pkcs11:id=%00%01", "`id`"),
        ("pkcs11:type=private", "`type`"),
        ("pkcs11:tokn=a", "`tokn` is unknown"),
        ("pkcs11:token=a%2", "hexadecimal"),
    ] {
        refused(with_uri(uri), &["token_uri", reason]);
    }
}

#[test]
fn a_pin_in_a_uri_is_refused_with_a_remedy_and_not_repeated() {
    let text = Config::try_from(with_uri("pkcs11:token=a?pin-value=987654")).map(|_| ());
    let text = text.map_err(|error| format!("{error} {error:?}"));
    let said = |text: &String| text.contains("pin-source") && !text.contains("9876");
    assert!(text.as_ref().is_err_and(said), "{text:?}");
}
