//! Defaults and ranges of the remaining options through the public `Config`.

use std::time::Duration;

use parsec_pkcs11_ecc::Error;
use parsec_pkcs11_ecc::config::{Config, Instance, LabelStyle, Section};

fn section() -> Section {
    Section {
        library_path: Some("/lib/p11.so".into()),
        ..Section::default()
    }
}

fn refused(section: Section, reason: &str) {
    let error = Config::try_from(section).map_err(|error| error.to_string());
    assert!(
        error.as_ref().is_err_and(|text| text.contains(reason)),
        "{reason}: {error:?}"
    );
}

#[test]
fn defaults() -> Result<(), Error> {
    let config = Config::try_from(section())?;
    assert!(config.pin.is_none() && config.initialization_string.is_none());
    assert!(!config.software_public_operations && config.allow_export);
    assert!(!config.allow_final_pin_try && config.max_sessions.is_none());
    assert_eq!(config.label, LabelStyle::Id);
    assert_eq!(config.session_timeout, Duration::from_secs(10));
    assert_eq!(config.call_timeout, Duration::from_secs(30));
    // By the machine that runs this: 16 digits, or nothing to derive them from.
    if let Instance::Id(id) = &config.instance {
        assert!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
    }
    Ok(())
}

#[test]
fn every_option_is_honoured() -> Result<(), Error> {
    let config = Config::try_from(Section {
        software_public_operations: Some(true),
        allow_export: Some(false),
        allow_final_pin_try: Some(true),
        initialization_string: Some("configdir='sql:/nss'".into()),
        instance: Some("rack-7".into()),
        label: Some("name".into()),
        max_sessions: Some(8),
        session_timeout: Some(1),
        call_timeout: Some(2),
        ..section()
    })?;
    assert!(config.software_public_operations && !config.allow_export);
    assert!(config.allow_final_pin_try);
    assert_eq!(
        config.initialization_string.as_deref(),
        Some(c"configdir='sql:/nss'")
    );
    assert_eq!(config.instance, Instance::Id("rack-7".into()));
    assert_eq!(config.label, LabelStyle::Name);
    assert_eq!(config.max_sessions.map(|count| count.get()), Some(8));
    assert_eq!(config.session_timeout, Duration::from_millis(1));
    assert_eq!(config.call_timeout, Duration::from_millis(2));
    Ok(())
}

#[test]
fn values_out_of_range_say_what_is_right() {
    refused(
        Section {
            max_sessions: Some(0),
            ..section()
        },
        "max_sessions is 0",
    );
    refused(
        Section {
            session_timeout: Some(0),
            ..section()
        },
        "session_timeout is 0",
    );
    refused(
        Section {
            label: Some("Names".into()),
            ..section()
        },
        "\"id\" (a number) or \"name\"",
    );
    refused(
        Section {
            instance: Some("a:b".into()),
            ..section()
        },
        "instance is \"a:b\"",
    );
    refused(
        Section {
            instance: Some(String::new()),
            ..section()
        },
        "instance is \"\"",
    );
    let string = Some("a\0b".into());
    refused(
        Section {
            initialization_string: string,
            ..section()
        },
        "initialization_string holds a NUL",
    );
}
