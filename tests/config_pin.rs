//! The sources of a PIN through the public `Config`: what is taken, what is refused, what is never said.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::config::{Config, Pin, Section};

/// A variable that cargo sets for every test.
const VARIABLE: &str = "CARGO_PKG_NAME";

/// The name of a source, and how to set it.
type Source = (&'static str, fn(&mut Section));

fn section() -> Section {
    Section {
        library_path: Some("/lib/p11.so".into()),
        ..Section::default()
    }
}

fn pin(section: Section) -> Result<Option<Vec<u8>>, String> {
    match Config::try_from(section) {
        Ok(config) => Ok(config.pin.as_ref().map(|pin| pin.as_bytes().to_vec())),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            Err(format!("{error} {error:?}"))
        }
    }
}

fn refused(section: Section, reason: &str) {
    let text = pin(section);
    assert!(
        text.as_ref().is_err_and(|text| text.contains(reason)),
        "{reason}: {text:?}"
    );
}

#[test]
fn each_source_gives_its_pin() -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("pin");
    fs::write(&file, "file pin\n")?;
    assert_eq!(pin(section()), Ok(None));
    let option = Section {
        user_pin: Some("1234".into()),
        ..section()
    };
    assert_eq!(pin(option), Ok(Some(b"1234".to_vec())));
    let path = Section {
        user_pin_file: Some(file.clone()),
        ..section()
    };
    assert_eq!(pin(path), Ok(Some(b"file pin".to_vec())));
    let uri = format!("pkcs11:?pin-source=file:{}", file.display());
    let uri = Section {
        token_uri: Some(uri.into()),
        ..section()
    };
    assert_eq!(pin(uri), Ok(Some(b"file pin".to_vec())));
    let variable = Section {
        user_pin_env: Some(VARIABLE.into()),
        ..section()
    };
    assert_eq!(pin(variable), Ok(Some(b"parsec-pkcs11-ecc".to_vec())));
    Ok(())
}

#[test]
fn any_two_sources_are_one_too_many() {
    let sources: [Source; 5] = [
        ("user_pin", |section| section.user_pin = Some("1234".into())),
        ("user_pin_file", |section| {
            section.user_pin_file = Some("/pin".into())
        }),
        ("pin-source of token_uri", |section| {
            section.token_uri = Some("pkcs11:?pin-source=/pin".into());
        }),
        ("user_pin_env", |section| {
            section.user_pin_env = Some(VARIABLE.into())
        }),
        ("user_pin_credential", |section| {
            section.user_pin_credential = Some("pin".into())
        }),
    ];
    for (number, (first, set_first)) in sources.iter().enumerate() {
        for (second, set_second) in sources.iter().skip(number + 1) {
            let mut section = section();
            set_first(&mut section);
            set_second(&mut section);
            refused(section, &format!("{first} and {second} both give the PIN"));
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    for path in [directory.path().join("absent"), directory.path().to_owned()] {
        let text = path.display().to_string();
        refused(
            Section {
                user_pin_file: Some(path),
                ..section()
            },
            &text,
        );
    }
    let closed = directory.path().join("closed");
    fs::write(&closed, "1234")?;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))?;
    // Root reads it all the same.
    if fs::read(&closed).is_err() {
        refused(
            Section {
                user_pin_file: Some(closed),
                ..section()
            },
            "cannot be read",
        );
    }
    Ok(())
}

#[test]
fn empty_and_endless_files_hold_no_pin() -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    let empty = directory.path().join("empty");
    fs::write(&empty, "\n")?;
    refused(
        Section {
            user_pin_file: Some(empty),
            ..section()
        },
        "is empty",
    );
    let endless = PathBuf::from("/dev/zero");
    refused(
        Section {
            user_pin_file: Some(endless),
            ..section()
        },
        "is no PIN",
    );
    Ok(())
}

#[test]
fn bad_hex_is_refused_and_not_repeated() -> io::Result<()> {
    const BAD: &str = "hex:98765";
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("pin");
    fs::write(&file, BAD)?;
    for section in [
        Section {
            user_pin: Some(BAD.into()),
            ..section()
        },
        Section {
            user_pin_file: Some(file),
            ..section()
        },
    ] {
        let text = pin(section);
        let said = |text: &String| text.contains("hexadecimal") && !text.contains("9876");
        assert!(text.as_ref().is_err_and(said), "{text:?}");
    }
    Ok(())
}

#[test]
fn hex_is_bytes_and_never_text() {
    // Through UTF-8 these four would become twelve.
    let section = Section {
        user_pin: Some("hex:fffe80c0".into()),
        ..section()
    };
    assert_eq!(pin(section), Ok(Some(vec![0xff, 0xfe, 0x80, 0xc0])));
}

#[test]
fn missing_variables_and_credentials_say_what_helps() {
    let absent = Section {
        user_pin_env: Some("NO_SUCH_VARIABLE_HERE".into()),
        ..section()
    };
    refused(absent, "NO_SUCH_VARIABLE_HERE");
    // A PIN where a name belongs is not repeated.
    let text = pin(Section {
        user_pin_env: Some("987654".into()),
        ..section()
    });
    assert!(text.is_err_and(|text| !text.contains("9876")));
    for name in ["", "..", "a/b"] {
        let section = Section {
            user_pin_credential: Some(name.into()),
            ..section()
        };
        refused(section, "LoadCredential=NAME:PATH");
    }
}

#[test]
fn debug_never_shows_the_pin() -> Result<(), parsec_pkcs11_ecc::Error> {
    let section = Section {
        user_pin: Some("987654".into()),
        ..section()
    };
    let before = format!("{section:?}");
    let after = format!(
        "{:?} {:?}",
        Config::try_from(section)?,
        Pin::parse("987654")?
    );
    assert!(
        !before.contains("9876") && !after.contains("9876"),
        "{before} {after}"
    );
    Ok(())
}
