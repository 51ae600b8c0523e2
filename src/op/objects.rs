//! Owns the calls that make the objects of a key, and the rule that its identifier is its own.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;

use crate::config::TemplateChange;
use crate::ec::{PrivateKey, PublicKey};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::token::{
    Form, KeyClass, KeyUsage, PooledSession, TemplateKind, Token, Wanted, find_with_id,
};

use super::adaptation::{adapted, in_proven_form, in_some_form};
use super::inspection::{check_private, check_public, kept_if, require_named, unusable};
use super::template::{self, Lifetime, NewKey, Style};

pub(crate) use super::inspection::discard;

/// Makes the objects of a key with an identifier that nothing on the token has.
///
/// It is looked for before and, as another process may take it meanwhile, after they are made. Then they
/// must be there, too: when two processes use a token of SoftHSM2 at once, it may lose objects and still
/// return `CKR_OK`.
///
/// # Errors
///
/// [`ErrorKind::IdClash`] if something else has the identifier; [`ErrorKind::HardwareFailure`] if the token
/// does not hold what it said to have made; those of `make`.
pub(super) fn make_unique(
    token: &Token,
    key: &NewKey,
    make: impl Fn(&PooledSession) -> Result<Vec<ObjectHandle>>,
) -> Result<()> {
    let make_once = |session: &PooledSession| {
        // A login that was lost is found out before anything is made.
        session.require_login()?;
        if !find_with_id(session, key.id)?.is_empty() {
            return Err(id_clash(key));
        }
        let ours = make(session).map_err(|error| match error.ckr_class() {
            Some(CkrClass::Handle) => lost(key),
            _ => error,
        })?;
        let found = find_with_id(session, key.id)?;
        if !ours.iter().all(|handle| found.contains(handle)) {
            return Err(lost(key));
        }
        if found.iter().all(|handle| ours.contains(handle)) {
            return Ok(());
        }
        discard(session, &ours)?;
        Err(id_clash(key))
    };
    token.creating(|| token.once(make_once))
}

/// A key pair that was just made.
pub(crate) struct Pair {
    pub(crate) public: ObjectHandle,
    pub(crate) private: ObjectHandle,
    pub(crate) point: PublicKey,
}

/// Makes a key pair that lives as `lifetime` says.
///
/// Its public key can be read, and its private key is as well protected as was asked.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token makes no such key, and then no object is left; what it returned
/// otherwise.
pub(crate) fn generate_pair(
    session: &PooledSession,
    key: &NewKey,
    lifetime: Lifetime,
) -> Result<Pair> {
    let mechanism = match key.curve.is_montgomery() {
        true => Mechanism::EccMontgomeryKeyPairGen,
        false => Mechanism::EccKeyPairGen,
    };
    let wanted = wanted(key, TemplateKind::KeyPair, lifetime);
    with_style(session, wanted, |style| {
        let (public, private) = session.change(Function::GenerateKeyPair, |session| {
            session.generate_key_pair(
                &mechanism,
                &template::generated_public(key, lifetime, style),
                &template::generated_private(key, lifetime, style),
            )
        })?;
        // Both, so that both are removed.
        let owned = [(public, KeyClass::Public), (private, KeyClass::Private)]
            .map(|(handle, class)| require_named(session, handle, key, class));
        owned.into_iter().collect::<Result<()>>()?;
        let checked = check_public(session, key.curve, public).and_then(|point| {
            check_private(session, key, private, style.changes)?;
            Ok(point)
        });
        let point = kept_if(checked, session, &[private, public])?;
        Ok(Pair {
            public,
            private,
            point,
        })
    })
    .map_err(|error| error.context(format_args!("a {} key cannot be made", key.curve)))
}

/// Makes a public key object that lives as `lifetime` says, and shows the point that it was given.
///
/// # Errors
///
/// As those of [`generate_pair`].
pub(crate) fn create_public(
    session: &PooledSession,
    key: &NewKey,
    point: &PublicKey,
    lifetime: Lifetime,
) -> Result<ObjectHandle> {
    let forms = point.ec_point_forms();
    let form = Form::Point(key.curve);
    in_proven_form(session, form, forms.len(), is_refusal, |number| {
        let wanted = Wanted {
            point: number,
            ..wanted(key, TemplateKind::PublicKey, lifetime)
        };
        with_style(session, wanted, |style| {
            let template = template::imported_public(key, &forms[number], lifetime, style);
            let public = session.change(Function::CreateObject, |session| {
                session.create_object(&template)
            })?;
            require_named(session, public, key, KeyClass::Public)?;
            let checked =
                check_public(session, key.curve, public).and_then(|shown| match shown == *point {
                    true => Ok(()),
                    false => Err(unusable(
                        "the token shows another public key than it was given",
                    )),
                });
            kept_if(checked, session, &[public])?;
            Ok(public)
        })
    })
    .map_err(|error| error.context(format_args!("a {} public key cannot be stored", key.curve)))
}

/// Makes a private key object that lives as `lifetime` says, as well protected as was asked.
///
/// # Errors
///
/// As those of [`generate_pair`].
pub(crate) fn create_private(
    session: &PooledSession,
    key: &NewKey,
    scalar: &PrivateKey,
    lifetime: Lifetime,
) -> Result<ObjectHandle> {
    let value = scalar.to_value();
    let wanted = wanted(key, TemplateKind::PrivateKey, lifetime);
    with_style(session, wanted, |style| {
        let mut template = template::imported_private(key, value, lifetime, style);
        let created = session.change(Function::CreateObject, |session| {
            session.create_object(&template)
        });
        template::wipe(&mut template);
        let private = created?;
        require_named(session, private, key, KeyClass::Private)?;
        let checked = check_private(session, key, private, style.changes);
        kept_if(checked, session, &[private])?;
        Ok(private)
    })
    .map_err(|error| error.context(format_args!("a {} key pair cannot be stored", key.curve)))
}

/// What a template of `key` depends on.
pub(crate) fn wanted(key: &NewKey, kind: TemplateKind, lifetime: Lifetime) -> Wanted {
    // As the template says it: a Montgomery key has no signatures.
    let signs = !key.curve.is_montgomery();
    Wanted {
        kind,
        usage: KeyUsage {
            sign: key.usage.sign && signs,
            verify: key.usage.verify && signs,
            ..key.usage
        },
        on_token: lifetime == Lifetime::Token,
        curve: key.curve,
        params: 0,
        point: 0,
    }
}

/// Runs `attempt` with the curve named and the template changed as the token wants it.
fn with_style<T>(
    session: &PooledSession,
    wanted: Wanted,
    attempt: impl Fn(Style) -> Result<T>,
) -> Result<T> {
    let params = wanted.curve.ec_params_forms();
    let form = Form::Params(wanted.curve);
    let attempt = |number: usize| {
        let params = &params[number];
        let wanted = Wanted {
            params: number,
            ..wanted
        };
        adapted(session, wanted, |changes: &[TemplateChange]| {
            attempt(Style { params, changes })
        })
    };
    let count = params.len();
    if wanted.kind != TemplateKind::KeyPair {
        return in_proven_form(session, form, count, is_refusal, attempt);
    }
    // A pair that was made proves the form that it was made with.
    let first = session.quirks().form(form);
    in_some_form(session, form, first, count, is_refusal, attempt)
        .inspect(|_| session.quirks().proves_form(form, first))
}

/// Whether the token may have refused an encoding.
fn is_refusal(error: &Error) -> bool {
    match error.ckr() {
        Some(RvError::MechanismInvalid | RvError::FunctionNotSupported) | None => false,
        Some(_) => error.is_vague() || error.kind() == ErrorKind::NotSupported,
    }
}

fn id_clash(key: &NewKey) -> Error {
    Error::new(
        ErrorKind::IdClash,
        format!("an object on the token has the CKA_ID {} already", key.id),
    )
}

fn lost(key: &NewKey) -> Error {
    Error::new(
        ErrorKind::HardwareFailure,
        format!(
            "the token returned CKR_OK for the objects with CKA_ID {} and does not hold them all",
            key.id
        ),
    )
}
