//! Owns key agreement: `C_DeriveKey` with `CKM_ECDH1_DERIVE`, and the secret that comes out.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use log::error;
use zeroize::Zeroizing;

use crate::config::Ability;
use crate::ec::{Curve, PrivateKey, PublicKey, SharedSecret, software};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::token::{
    Form, KeyClass, KeyRef, KeyUsage, PooledSession, TemplateKind, Token, Wanted, shown_length,
};

use super::adaptation::{adapted, in_first_form_unless_refused_twice};
use super::export::read_public;
use super::{capability, template};

/// How often a software peer is made before the search for one with a fitting secret is given up: a
/// secret that begins with a zero byte comes up once in 256 tries.
const PEER_TRIES: usize = 8192;

/// The shared secret of the key and a peer: the x coordinate, as long as the field (SEC 1, section
/// 3.3.1; no key derivation function), or that of RFC 7748, section 6.
///
/// `peer` is the peer's public key in its wire form. Before the first secret of a curve is handed
/// out, the token must have agreed with two software peers on what the secret is.
///
/// # Errors
///
/// [`ErrorKind::InvalidArgument`] if `peer` is no valid point of the curve, or one of small order;
/// [`ErrorKind::DoesNotExist`] if the token has no such private key; [`ErrorKind::NotSupported`] if
/// the token does not agree keys, or failed that check.
pub fn agree(token: &Token, key: KeyRef, peer: &[u8]) -> Result<SharedSecret> {
    let agree = || agree_once(token, key, peer);
    let agreed = match (agree(), key.curve) {
        // Without its public half a key cannot show that the token agrees rightly; a fresh one can.
        (Err(error), Some(curve))
            if error.kind() == ErrorKind::DoesNotExist
                && token.known(Ability::Agree, curve).is_none() =>
        {
            capability::can_agree(token, curve).and_then(|()| agree())
        }
        (agreed, _) => agreed,
    };
    agreed.map_err(|error| match key.curve {
        Some(curve) => explained(token, error, curve),
        None => error,
    })
}

fn agree_once(token: &Token, key: KeyRef, peer: &[u8]) -> Result<SharedSecret> {
    token.repeat(|session| {
        session.with_key(key, KeyClass::Private, |object| {
            let curve = object.curve;
            token.permit(Ability::Agree, curve)?;
            let peer = PublicKey::from_bytes(curve, peer)?;
            refuse_small_order(&peer)?;
            match token.known(Ability::Agree, curve) {
                Some(known) => known?,
                // That this key fails says nothing about others, but that it is right does.
                None => {
                    check(session, curve, object.handle, &read_public(session, key)?)?;
                    token.learn(Ability::Agree, curve, || Ok(()))?;
                }
            }
            derive(session, curve, object.handle, &peer)
        })
    })
}

/// The verdict on the curve, for which a fresh key is tried once.
fn explained(token: &Token, error: Error, curve: Curve) -> Error {
    let verdict = || capability::can_agree(token, curve);
    let error = capability::explain(token, error, Ability::Agree, curve, verdict);
    if error.kind() == ErrorKind::NotSupported && token.known(Ability::Agree, curve).is_none() {
        return verdict().err().unwrap_or(error);
    }
    error
}

/// Every point of a Montgomery curve is a public key, but those of small order agree on zero with everybody
/// (RFC 7748, section 6): tokens refuse them with errors that tell of failures, or not at all.
pub(crate) fn refuse_small_order(peer: &PublicKey) -> Result<()> {
    let curve = peer.curve();
    if curve.is_montgomery() && software::require(curve).is_ok() {
        software::agree(&PrivateKey::random(curve)?, peer)?;
    }
    Ok(())
}

/// Lets the token agree with two software peers, one whose secret begins with a zero byte and one
/// whose secret does not: tokens are known that lose leading zeros or cut the secret.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if a secret is wrong, or this build lacks the arithmetic to tell; what the
/// token returned otherwise.
pub(super) fn check(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    point: &PublicKey,
) -> Result<()> {
    for leading_zero in [true, false] {
        let (peer, expected) = software_peer(point, |secret| {
            (secret.as_bytes().first() == Some(&0)) == leading_zero
        })?;
        compare(session, curve, private, &peer, &expected)?;
    }
    Ok(())
}

/// Lets the token agree with one software peer.
///
/// # Errors
///
/// As those of [`check`].
pub(super) fn check_once(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    point: &PublicKey,
) -> Result<()> {
    let (peer, expected) = software_peer(point, |_| true)?;
    compare(session, curve, private, &peer, &expected)
}

fn compare(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    peer: &PublicKey,
    expected: &SharedSecret,
) -> Result<()> {
    let secret = derive(session, curve, private, peer)?;
    if secret.as_bytes() == expected.as_bytes() {
        return Ok(());
    }
    error!("The token computes wrong ECDH secrets on {curve}: none is handed out.");
    Err(Error::new(
        ErrorKind::NotSupported,
        format!(
            "the token computes wrong ECDH secrets on {curve}; use another curve, or ask its vendor for a \
             newer firmware"
        ),
    ))
}

fn software_peer(
    point: &PublicKey,
    is_wanted: impl Fn(&SharedSecret) -> bool,
) -> Result<(PublicKey, SharedSecret)> {
    for _ in 0..PEER_TRIES {
        let peer = PrivateKey::random(point.curve())?;
        let secret = software::agree(&peer, point)?;
        if is_wanted(&secret) {
            return Ok((peer.public_key()?, secret));
        }
    }
    Err(Error::new(
        ErrorKind::NotSupported,
        "no software peer was found to check the token's key agreement with",
    ))
}

/// The point is sent raw, as PKCS#11 3.0 wants it first, and in DER if the token refuses that twice; one that a
/// token could take for DER (SoftHSM2 does) the other way round.
pub(crate) fn derive(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    peer: &PublicKey,
) -> Result<SharedSecret> {
    let der = peer.to_ec_point();
    let forms = [peer.as_bytes(), &der];
    let form = Form::PeerPoint(curve);
    let first = match peer.resembles_der() {
        true => 1,
        false => session.quirks().form(form),
    };
    let count = forms.len();
    let derived = in_first_form_unless_refused_twice(
        session,
        form,
        first,
        count,
        may_be_of_the_form,
        |number| derive_with(session, curve, private, number, forms[number]),
    )
    .map_err(|error| error.context("no secret can be agreed"))?;
    match take_secret(session, derived)? {
        Some(value) => SharedSecret::from_token(curve, &value),
        None => Err(Error::new(
            ErrorKind::NotSupported,
            "the token does not let the shared secret out",
        )),
    }
}

/// Reads a secret that was just derived, if the token shows it, and destroys it.
///
/// Nothing is destroyed that may be something else: the session is closed then, and its objects go with it.
///
/// # Errors
///
/// [`ErrorKind::HandleClash`] if the handle is that of something else; what the token returned.
pub(crate) fn take_secret(
    session: &PooledSession,
    derived: ObjectHandle,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let taken = read_secret(session, derived).and_then(|secret| {
        session.call(Function::DestroyObject, |session| {
            session.destroy_object(derived)
        })?;
        Ok(secret)
    });
    taken.inspect_err(|_| session.abandon())
}

fn read_secret(
    session: &PooledSession,
    derived: ObjectHandle,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let shown = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(derived, &[AttributeType::Class, AttributeType::Value])
    })?;
    let mut secret = None;
    let mut is_another = false;
    for attribute in shown {
        match attribute {
            Attribute::Class(class) => is_another = class != ObjectClass::SECRET_KEY,
            Attribute::Value(value) => secret = Some(Zeroizing::new(value)),
            _ => {}
        }
    }
    if is_another {
        // What the token does not show is not that of another object.
        shown_length(session, derived, AttributeType::Class)?;
        return Err(Error::new(
            ErrorKind::HandleClash,
            "the token gave a secret the handle of another object",
        ));
    }
    Ok(secret.filter(|value| !value.is_empty()))
}

/// Whether the token may have refused the form of the point, and nothing else.
///
/// Kryoptic answers `CKR_DEVICE_ERROR` to a point of a Montgomery curve in DER.
fn may_be_of_the_form(refusal: &Error) -> bool {
    let is_about_the_mechanism = matches!(
        refusal.ckr(),
        Some(RvError::MechanismInvalid | RvError::FunctionNotSupported)
    );
    refusal.kind() != ErrorKind::NotPermitted
        && !is_about_the_mechanism
        && (refusal.ckr_class() == Some(CkrClass::Call)
            || matches!(
                refusal.ckr(),
                Some(RvError::GeneralError | RvError::DeviceError)
            ))
}

pub(crate) fn derive_with(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    number: usize,
    point: &[u8],
) -> Result<ObjectHandle> {
    let wanted = Wanted {
        kind: TemplateKind::Secret,
        usage: KeyUsage::default(),
        on_token: false,
        curve,
        params: 0,
        point: number,
    };
    adapted(session, wanted, |changes| {
        let parameters = Ecdh1DeriveParams::new(EcKdf::null(), point);
        let template = template::secret(curve.field_len(), changes);
        session.call(Function::DeriveKey, |session| {
            session.derive_key(&Mechanism::Ecdh1Derive(parameters), private, &template)
        })
    })
}
