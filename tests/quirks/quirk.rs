//! Owns the two ends that a quirk may have: it is survived, or what it concerns is refused.

use std::fmt;

use misbehaving_module::control::{
    Control, ImposeAttribute, Inject, RefuseAttribute, RefuseMechanism, RequireAttribute,
    TemplateOf,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::KeyUsage;
use parsec_pkcs11_ecc::op::capability::{self, Signable};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{ErrorKind, Result};

use crate::life::live;
use crate::rv::rv;
use crate::setup::Faulty;

/// A token that differs in this from the first call on.
pub(crate) fn playing(quirk: impl FnOnce(&mut Control)) -> Faulty {
    // Whoever initialises the module first keeps it: tokens come and go on it.
    softhsm_test::pkcs11().unwrap();
    let faulty = Faulty::new();
    play(&faulty, quirk);
    faulty
}

pub(crate) fn play(faulty: &Faulty, quirk: impl FnOnce(&mut Control)) {
    let mut control = faulty.well_behaved();
    quirk(&mut control);
    faulty.order(control);
}

/// How many objects the token holds, whoever made them: asked of SoftHSM2 itself while somebody is logged in.
pub(crate) fn objects(faulty: &Faulty) -> usize {
    let pkcs11 = softhsm_test::pkcs11().unwrap();
    let slot = faulty.softhsm.slot(&pkcs11).unwrap();
    let session = pkcs11.open_ro_session(slot).unwrap();
    session.find_objects(&[]).unwrap().len()
}

type Calls = Vec<(Function, u64)>;

/// The calls of `act`.
pub(crate) fn calls(faulty: &Faulty, act: impl FnOnce()) -> Calls {
    let before = faulty.statistics();
    act();
    faulty.statistics().calls_since(&before)
}

/// How often the function is among them.
pub(crate) fn count(calls: &Calls, function: Function) -> u64 {
    let counted = calls.iter().find(|(counted, _)| *counted == function);
    counted.map_or(0, |(_, calls)| *calls)
}

/// What a token has to be tried for before it takes everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing: what is sent first is taken.
    AtOnce,
    /// Another template or encoding.
    BySearch,
}

/// Everything works, and CanDoCrypto says so; once it worked, it costs the same calls as on any token.
pub(crate) fn survives(curve: Curve, usage: KeyUsage, found: Found, quirk: impl Fn(&mut Control)) {
    let faulty = playing(|_| {});
    let lives = || {
        let token = faulty.open();
        [(); 2].map(|()| calls(&faulty, || live(&token, curve, usage)))
    };
    let usual = lives();
    play(&faulty, &quirk);
    let differing = lives();
    let all = |calls: &Calls| calls.iter().map(|(_, calls)| calls).sum::<u64>();
    let searched = all(&differing[0]).saturating_sub(all(&usual[0]));
    assert_eq!(searched > 0, found == Found::BySearch, "{differing:?}");
    assert_eq!(differing[1], usual[1]);

    // On a token of which nothing is known yet.
    let token = faulty.open();
    for (what, able) in abilities(usage) {
        able(&token, curve).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    }
    assert_eq!(objects(&faulty), 0);
    live(&token, curve, usage);
    assert_eq!(objects(&faulty), 0);
}

type Said = fn(&Token, Curve) -> Result<()>;

fn abilities(usage: KeyUsage) -> Vec<(&'static str, Said)> {
    let mut abilities: Vec<(&'static str, Said)> = vec![
        ("generate", capability::can_generate),
        ("import public", capability::can_import_public),
        ("import pair", capability::can_import_pair),
    ];
    if usage.sign {
        abilities.push(("sign", can_sign));
        abilities.push(("verify", capability::can_verify));
    }
    if usage.derive {
        abilities.push(("agree", capability::can_agree));
    }
    abilities
}

pub(crate) fn can_sign(token: &Token, curve: Curve) -> Result<()> {
    capability::can_sign(token, curve, Signable::Digest)
}

/// `done` is not supported, CanDoCrypto says so before and after it, and nothing is left on the token.
pub(crate) fn refuses<T: fmt::Debug>(
    curve: Curve,
    said: Said,
    done: impl Fn(&Token) -> Result<T>,
    quirk: impl FnOnce(&mut Control),
) {
    let faulty = playing(quirk);
    for is_asked_first in [true, false] {
        let token = faulty.open();
        if is_asked_first {
            not_supported(said(&token, curve));
            assert_eq!(objects(&faulty), 0);
        }
        not_supported(done(&token));
        assert_eq!(objects(&faulty), 0);
        not_supported(said(&token, curve));
        // At most a template is refused once more, with each name of the curve.
        let names = curve.ec_params_forms().len();
        let again = calls(&faulty, || {
            not_supported(said(&token, curve));
            not_supported(done(&token));
        });
        let made = usize::try_from(count(&again, Function::C_GenerateKeyPair)).unwrap();
        assert!(made <= names, "{again:?}");
    }
}

pub(crate) fn not_supported<T: fmt::Debug>(outcome: Result<T>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported, "{error:?}");
}

/// The attribute is refused wherever it stands in a template.
pub(crate) fn refuse(attribute: &str) -> RefuseAttribute {
    RefuseAttribute::new(attribute.parse().unwrap())
}

/// The attribute is refused with this value.
pub(crate) fn refuse_value(attribute: &str, value: u8) -> RefuseAttribute {
    RefuseAttribute {
        value: Some(vec![value]),
        answer: rv("CKR_ATTRIBUTE_VALUE_INVALID"),
        ..refuse(attribute)
    }
}

/// The function wants the attribute, with any value.
pub(crate) fn require(attribute: &str, function: Function) -> RequireAttribute {
    RequireAttribute {
        value: None,
        function: function.into(),
        ..RequireAttribute::new(attribute.parse().unwrap(), [])
    }
}

/// Private keys, and secrets, get the attribute where their template does not say it.
pub(crate) fn impose_private(attribute: &str, value: u8) -> ImposeAttribute {
    ImposeAttribute {
        template: TemplateOf::PrivateKey,
        ..ImposeAttribute::new(attribute.parse().unwrap(), [value])
    }
}

/// Public keys get the attribute where their template does not say it.
pub(crate) fn impose_public(attribute: &str, value: u8) -> ImposeAttribute {
    ImposeAttribute {
        template: TemplateOf::PublicKey,
        ..impose_private(attribute, value)
    }
}

pub(crate) fn refuse_mechanism(mechanism: &str) -> RefuseMechanism {
    RefuseMechanism::new(mechanism.parse().unwrap())
}

/// The functions are never there.
pub(crate) fn unsupported(functions: &[Function]) -> Inject {
    Inject::before(functions.to_vec(), rv("CKR_FUNCTION_NOT_SUPPORTED"))
}
