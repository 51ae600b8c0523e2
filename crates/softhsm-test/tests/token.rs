//! Tokens in the process that uses them, made before and after C_Initialize.

use std::error::Error;
use std::process::Command;
use std::thread;

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use softhsm_test::{Token, pkcs11, util_path};

type Outcome = Result<(), Box<dyn Error>>;

/// The DER of the OID of secp256r1.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

fn signs(pkcs11: &Pkcs11, token: &Token) -> Outcome {
    let session = pkcs11.open_rw_session(token.slot(pkcs11)?)?;
    session.login(UserType::User, Some(&token.auth_pin()))?;
    let (public, private) = session.generate_key_pair(
        &Mechanism::EccKeyPairGen,
        &[
            Attribute::Token(true),
            Attribute::EcParams(P256.to_vec()),
            Attribute::Verify(true),
        ],
        &[Attribute::Token(true), Attribute::Sign(true)],
    )?;
    let signature = session.sign(&Mechanism::Ecdsa, private, &[7; 32])?;
    session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature)?;
    Ok(())
}

/// What another process sees that loads the module now.
fn slots() -> Result<String, Box<dyn Error>> {
    let output = Command::new(util_path()?).arg("--show-slots").output()?;
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn before_and_after_initialization() -> Outcome {
    let before = Token::new()?;
    let pkcs11 = pkcs11()?;
    let after = Token::with_label("a label of thirty-two bytes: 123")?;
    for token in [&before, &after] {
        signs(&pkcs11, token)?;
        let info = pkcs11.get_token_info(token.slot(&pkcs11)?)?;
        assert_eq!(info.label(), token.label());
        assert_eq!(info.serial_number(), token.serial());
    }
    assert_ne!(before.serial(), after.serial());
    assert_ne!(before.user_pin(), after.user_pin());
    Ok(())
}

#[test]
fn a_child_process_finds_it_in_the_slot_of_that_number() -> Outcome {
    let made_in_child = Token::new()?;
    pkcs11()?;
    let made_here = Token::new()?;
    let slots = slots()?;
    for token in [made_in_child, made_here] {
        let (_, from_slot) = slots
            .split_once(&format!("Slot {}\n", token.slot_number()))
            .ok_or("no such slot")?;
        let (_, serial) = from_slot.split_once("Serial number:").ok_or("no serial")?;
        assert!(serial.trim_start().starts_with(token.serial()), "{slots}");
    }
    Ok(())
}

#[test]
fn threads_have_their_own_tokens() {
    thread::scope(|scope| {
        let threads = [(); 8].map(|()| {
            scope.spawn(|| {
                let token = Token::new().unwrap();
                signs(&pkcs11().unwrap(), &token).unwrap();
            })
        });
        // Their ends, too: OpenSSL takes part in them, and must not meet the end of the process.
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn two_tokens_may_share_a_label() -> Outcome {
    let (one, two) = (Token::with_label("same")?, Token::with_label("same")?);
    assert_ne!(one.serial(), two.serial());
    let pkcs11 = pkcs11()?;
    assert_ne!(one.slot(&pkcs11)?, two.slot(&pkcs11)?);
    Ok(())
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    for label in ["", "a label of thirty-three bytes: 12", "pad ", "line\n"] {
        let error = Token::with_label(label).unwrap_err();
        assert!(matches!(error, softhsm_test::Error::Label(_)), "{error}");
    }
}

#[test]
fn debug_shows_no_pin() -> Outcome {
    let token = Token::new()?;
    let debug = format!("{token:?}");
    assert!(debug.contains(token.serial()));
    assert!(!debug.contains(token.user_pin()) && !debug.contains(token.so_pin()));
    Ok(())
}
