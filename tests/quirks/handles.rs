//! Tokens that give an object the handle of another one.

use misbehaving_module::control::{Alias, Control, KeyClass};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};
use parsec_pkcs11_ecc::op::{
    KeyUsage, NewKey, agree, capability, destroy, export, generate, import, sign,
};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{ErrorKind, Result};

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::Judge;
use crate::life::{DIGEST, signs, use_pair};
use crate::quirk::{can_sign, objects, playing};
use crate::setup::Faulty;
use crate::storage::no_session_objects;

const P256: Curve = Curve::Secp256r1;

/// A token with a key that may be exported, the oldest one.
struct Mixing {
    faulty: Faulty,
    token: Token,
    oldest: NewKey,
    point: PublicKey,
}

impl Mixing {
    fn new() -> Self {
        let faulty = playing(|_| {});
        let token = faulty.open();
        let usage = KeyUsage {
            export: true,
            ..ALL_USES
        };
        let oldest = new_key(P256, usage);
        generate::generate(&token, &oldest).unwrap();
        let point = export::export_public(&token, made(&oldest)).unwrap();
        Self {
            faulty,
            token,
            oldest,
            point,
        }
    }

    /// From now on, the first handle that this function returns of an object of this class is another's.
    fn mix_up(&self, alias: Alias) {
        self.order(|control| control.alias = vec![alias]);
    }

    fn order(&self, quirk: impl FnOnce(&mut Control)) {
        let mut control = self.faulty.well_behaved();
        quirk(&mut control);
        self.faulty.order(control);
    }

    /// The operation notices it, and nothing has become of the oldest key.
    fn notices<T: std::fmt::Debug>(&self, outcome: Result<T>) {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HandleClash, "{error:?}");
        self.has_kept_the_oldest();
    }

    fn has_kept_the_oldest(&self) {
        let point = export::export_public(&self.token, made(&self.oldest)).unwrap();
        assert_eq!(point, self.point);
        signs(&self.token, &self.oldest, &DIGEST);
    }

    /// So many objects are there; the epoch may have begun without a login, which shows them.
    fn holds(&self, count: usize) {
        self.token.require_login().unwrap();
        assert_eq!(objects(&self.faulty), count);
    }

    /// A key is not made once, leaves nothing, and is made then.
    fn is_made_then(&self, make: impl Fn(&NewKey) -> Result<()>) -> NewKey {
        let key = new_key(P256, ALL_USES);
        self.notices(make(&key));
        destroy::unfinished(&self.token, key.id, &key.label).unwrap();
        self.holds(2);
        make(&key).unwrap();
        self.has_kept_the_oldest();
        key
    }

    /// The oldest key is the only one, and it still does all that it may.
    fn ends(self) {
        self.holds(2);
        use_pair(&self.token, &self.oldest);
        self.holds(0);
    }
}

#[test]
fn a_generated_half_with_the_handle_of_another_key_is_noticed() {
    for class in [KeyClass::PublicKey, KeyClass::PrivateKey] {
        let mixing = Mixing::new();
        mixing.mix_up(Alias::new(Function::C_GenerateKeyPair, class));
        let key = mixing.is_made_then(|key| generate::generate(&mixing.token, key));
        use_pair(&mixing.token, &key);
        mixing.ends();
    }
}

#[test]
fn an_imported_public_key_with_the_handle_of_another_is_noticed() {
    for oldest in [KeyClass::PublicKey, KeyClass::PrivateKey] {
        let mixing = Mixing::new();
        capability::can_import_public(&mixing.token, P256).unwrap();
        mixing.mix_up(Alias {
            oldest,
            ..Alias::new(Function::C_CreateObject, KeyClass::PublicKey)
        });
        let point = PublicKey::from_bytes(P256, &Judge::new(P256).public()).unwrap();
        let key = mixing.is_made_then(|key| import::import_public(&mixing.token, key, &point));
        let stored = export::export_public(&mixing.token, made(&key)).unwrap();
        assert_eq!(stored, point);
        assert_eq!(
            destroy::destroy_public(&mixing.token, made(&key)).unwrap(),
            1
        );
        mixing.ends();
    }
}

#[test]
fn an_imported_half_with_the_handle_of_another_key_is_noticed() {
    for class in [KeyClass::PrivateKey, KeyClass::PublicKey] {
        let mixing = Mixing::new();
        capability::can_import_pair(&mixing.token, P256).unwrap();
        mixing.mix_up(Alias::new(Function::C_CreateObject, class));
        let judge = Judge::new(P256);
        let scalar = PrivateKey::from_bytes(P256, &judge.scalar()).unwrap();
        let key = mixing.is_made_then(|key| import::import_pair(&mixing.token, key, &scalar));
        let stored = export::export_public(&mixing.token, made(&key)).unwrap();
        assert_eq!(stored.as_bytes(), judge.public());
        use_pair(&mixing.token, &key);
        mixing.ends();
    }
}

/// In the check before the first secret, and in a later agreement.
#[test]
fn the_scalar_of_another_key_is_no_secret() {
    for is_checked in [false, true] {
        let mixing = Mixing::new();
        let key = new_key(P256, ALL_USES);
        generate::generate(&mixing.token, &key).unwrap();
        let peer = Judge::new(P256);
        if is_checked {
            agree::agree(&mixing.token, made(&key), &peer.public()).unwrap();
        }
        mixing.mix_up(Alias {
            oldest: KeyClass::PrivateKey,
            ..Alias::new(Function::C_DeriveKey, KeyClass::SecretKey)
        });
        let agreed = agree::agree(&mixing.token, made(&key), &peer.public());
        mixing.notices(agreed.map(drop));
        mixing.holds(4);
        use_pair(&mixing.token, &key);
        mixing.ends();
    }
}

#[test]
fn another_key_that_a_search_returns_is_not_destroyed() {
    for class in [KeyClass::PrivateKey, KeyClass::PublicKey] {
        let mixing = Mixing::new();
        let key = new_key(P256, ALL_USES);
        generate::generate(&mixing.token, &key).unwrap();
        mixing.mix_up(Alias::new(Function::C_FindObjects, class));
        mixing.notices(destroy::destroy_pair(&mixing.token, made(&key)));
        mixing.holds(4);
        use_pair(&mixing.token, &key);
        mixing.ends();
    }
}

/// Also where the objects of a trial are ones of the token, which stay if nobody removes them.
#[test]
fn a_trial_with_the_handle_of_another_key_is_no_verdict() {
    type Said = fn(&Token, Curve) -> Result<()>;
    let trials: [(Function, KeyClass, &[Said]); 5] = [
        (
            Function::C_GenerateKeyPair,
            KeyClass::PublicKey,
            &[
                capability::can_generate,
                can_sign,
                capability::can_verify,
                capability::can_export,
                capability::can_agree,
            ],
        ),
        (
            Function::C_GenerateKeyPair,
            KeyClass::PrivateKey,
            &[
                capability::can_generate,
                can_sign,
                capability::can_verify,
                capability::can_export,
                capability::can_agree,
            ],
        ),
        (
            Function::C_CreateObject,
            KeyClass::PublicKey,
            &[capability::can_import_public, capability::can_import_pair],
        ),
        (
            Function::C_CreateObject,
            KeyClass::PrivateKey,
            &[capability::can_import_pair],
        ),
        (
            Function::C_DeriveKey,
            KeyClass::SecretKey,
            &[capability::can_agree],
        ),
    ];
    let quirks: [fn(&mut Control); 2] = [|_| {}, no_session_objects];
    for (quirk, (function, class, said)) in quirks
        .into_iter()
        .flat_map(|quirk| trials.map(|trial| (quirk, trial)))
    {
        for able in said {
            let mixing = Mixing::new();
            let oldest = match class {
                KeyClass::SecretKey => KeyClass::PrivateKey,
                class => class,
            };
            mixing.order(|control| {
                quirk(control);
                control.alias = vec![Alias {
                    oldest,
                    ..Alias::new(function, class)
                }];
            });
            mixing.notices(able(&mixing.token, P256));
            mixing.holds(2);
            able(&mixing.token, P256).unwrap();
            mixing.ends();
        }
    }
}

#[test]
fn a_key_that_is_found_by_the_handle_of_another_is_not_used() {
    for class in [KeyClass::PrivateKey, KeyClass::PublicKey] {
        let mixing = Mixing::new();
        let late = new_key(P256, ALL_USES);
        generate::generate(&mixing.token, &late).unwrap();
        mixing.mix_up(Alias::new(Function::C_FindObjects, class));
        match class {
            KeyClass::PublicKey => {
                mixing.notices(export::export_public(&mixing.token, made(&late)));
            }
            _ => mixing.notices(sign::sign(&mixing.token, made(&late), &DIGEST)),
        }
        signs(&mixing.token, &late, &DIGEST);
    }
}
