//! What a profile says that a token can do, and what not.

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::Result;
use parsec_pkcs11_ecc::ec::{Curve, PublicKey};
use parsec_pkcs11_ecc::op::capability::{self, Signable};
use parsec_pkcs11_ecc::op::{KeyUsage, agree, export, generate, import, sign, verify};
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::Judge;
use crate::life::{DIGEST, store_pair, with_key};
use crate::log;
use crate::profile::open;
use crate::quirk::{calls, can_sign, count, not_supported, playing, refuse_mechanism};
use crate::rv::rv;

const P256: Curve = Curve::Secp256r1;
const EXPORT: KeyUsage = KeyUsage {
    export: true,
    ..ALL_USES
};

fn claim(ability: &str, able: bool) -> String {
    format!("version = 1\n[curves.secp256r1]\n{ability} = {able}\n")
}

fn import_public(token: &Token) -> Result<()> {
    let point = PublicKey::from_bytes(P256, &Judge::new(P256).public())?;
    import::import_public(token, &new_key(P256, ALL_USES), &point)
}

#[test]
fn what_is_denied_is_not_tried() {
    let faulty = playing(|_| {});
    let denied = "generate = false\nimport_public = false\nimport_pair = false\nexport = false\n\
                  sign = false\nverify = false\nagree = false\n";
    let lines = format!("version = 1\n[curves.secp256r1]\n{denied}");

    let key = new_key(P256, EXPORT);
    let token = faulty.open();
    generate::generate(&token, &key).unwrap();
    let signature = sign::sign(&token, made(&key), &DIGEST).unwrap();
    drop(token);
    let token = open(&faulty, &lines).unwrap();
    let peer = Judge::new(P256).public();
    let use_it = || {
        not_supported(sign::sign(&token, made(&key), &DIGEST));
        not_supported(agree::agree(&token, made(&key), &peer));
        not_supported(export::export_private(&token, made(&key)));
        // In software, where there is no policy against it.
        verify::verify(&token, made(&key), &DIGEST, signature.as_bytes()).unwrap();
    };
    // The objects are found, so that their curve is known, and the public key is read.
    use_it();
    let asked = calls(&faulty, || {
        use_it();
        not_supported(generate::generate(&token, &new_key(P256, ALL_USES)));
        not_supported(import_public(&token));
        not_supported(store_pair(&token, P256, ALL_USES));
        for said in [
            capability::can_generate,
            capability::can_import_public,
            capability::can_import_pair,
            capability::can_export,
            can_sign,
            capability::can_agree,
        ] {
            not_supported(said(&token, P256));
        }
        capability::can_verify(&token, P256).unwrap();
    });
    assert_eq!(asked, []);
    // Another curve is another matter.
    capability::can_generate(&token, Curve::Secp384r1).unwrap();
}

/// What CanDoCrypto says, what is done, and how the token refuses it.
type Lie = (
    &'static str,
    fn(&Token, Curve) -> Result<()>,
    fn(&Token) -> Result<()>,
    fn(&mut Control),
);

const LIES: [Lie; 6] = [
    (
        "generate",
        capability::can_generate,
        |token| generate::generate(token, &new_key(P256, ALL_USES)),
        |control| {
            control.inject = vec![Inject::before(
                Function::C_GenerateKeyPair,
                rv("CKR_CURVE_NOT_SUPPORTED"),
            )];
        },
    ),
    (
        "import_public",
        capability::can_import_public,
        import_public,
        |control| control.inject = vec![no_imports()],
    ),
    (
        "import_pair",
        capability::can_import_pair,
        |token| store_pair(token, P256, ALL_USES),
        |control| control.inject = vec![no_imports()],
    ),
    (
        "sign",
        can_sign,
        |token| {
            with_key(token, P256, ALL_USES, |key| {
                sign::sign(token, made(key), &DIGEST).map(drop)
            })
        },
        |control| {
            control.inject = vec![Inject::before(
                Function::C_SignInit,
                rv("CKR_KEY_SIZE_RANGE"),
            )];
        },
    ),
    (
        "agree",
        capability::can_agree,
        |token| {
            with_key(token, P256, ALL_USES, |key| {
                agree::agree(token, made(key), &Judge::new(P256).public()).map(drop)
            })
        },
        |control| {
            let mut rule = refuse_mechanism("CKM_ECDH1_DERIVE");
            rule.listed = true;
            control.refuse_mechanism = vec![rule];
        },
    ),
    (
        "export",
        capability::can_export,
        |token| {
            with_key(token, P256, EXPORT, |key| {
                export::export_private(token, made(key)).map(drop)
            })
        },
        |control| {
            let mut rule = crate::quirk::impose_private("CKA_SENSITIVE", 1);
            rule.always = true;
            control.impose_attribute = vec![rule];
        },
    ),
];

fn no_imports() -> Inject {
    Inject::before(Function::C_CreateObject, rv("CKR_FUNCTION_NOT_SUPPORTED"))
}

#[test]
fn what_is_claimed_is_believed_until_the_token_refuses_it() {
    log::keep();
    for (ability, said, done, quirk) in LIES {
        let faulty = playing(quirk);
        let token = open(&faulty, &claim(ability, true)).unwrap();
        let asked = calls(&faulty, || said(&token, P256).unwrap());
        let is_a_question = |function| function == Function::C_GetMechanismInfo;
        let tried: Vec<_> = asked
            .into_iter()
            .filter(|(function, _)| !is_a_question(*function))
            .filter(|(function, _)| *function != Function::C_OpenSession)
            .collect();
        assert_eq!(tried, [], "{ability}");

        let lines_before = log::count(&["WARN", "the profile is not believed in this"]);
        not_supported(done(&token));
        not_supported(said(&token, P256));
        not_supported(done(&token));
        not_supported(said(&token, P256));
        let lines = log::count(&["WARN", "the profile is not believed in this"]) - lines_before;
        assert_eq!(lines, 1, "{ability}");
    }
}

#[test]
fn the_check_of_secrets_is_left_out_where_the_profile_vouches_for_them() {
    let derived = |lines: &str| {
        let faulty = playing(|_| {});
        let token = open(&faulty, lines).unwrap();
        let made = calls(&faulty, || {
            with_key(&token, P256, ALL_USES, |key| {
                let public = export::export_public(&token, made(key))?;
                let peer = Judge::new(P256);
                let secret = agree::agree(&token, made(key), &peer.public())?;
                assert!(secret.as_bytes() == peer.agree(public.as_bytes()));
                Ok(())
            })
            .unwrap();
        });
        count(&made, Function::C_DeriveKey)
    };
    assert_eq!(derived("version = 1"), 3);
    assert_eq!(derived(&claim("agree", true)), 1);
}

#[test]
fn a_claim_about_signing_holds_for_messages_too() {
    let faulty = playing(|_| {});
    let token = open(&faulty, &claim("sign", false)).unwrap();
    let message = Signable::Message(parsec_pkcs11_ecc::ec::Hash::Sha256);
    not_supported(capability::can_sign(&token, P256, message));
    not_supported(with_key(&token, P256, ALL_USES, |key| {
        let hash = parsec_pkcs11_ecc::ec::Hash::Sha256;
        sign::sign_message(&token, made(key), hash, b"a message")
    }));
}
