//! Owns key agreement: `C_DeriveKey` with `CKM_ECDH1_DERIVE`, and the secret that comes out.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use log::{debug, error};
use zeroize::Zeroizing;

use crate::ec::{PrivateKey, PublicKey, SharedSecret, software};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::token::{Fact, KeyClass, KeyRef, Object, PooledSession, Token, read};

use super::export::read_public;

/// How often a software peer is made before the search for one with a fitting secret is given up: a
/// secret that begins with a zero byte comes up once in 256 tries.
const PEER_TRIES: usize = 8192;

/// The shared secret of the key and a peer: the x coordinate, as long as the field (SEC 1, section
/// 3.3.1; no key derivation function).
///
/// `peer` is the peer's public key in its wire form. Before the first secret of a curve is handed
/// out, the token must have agreed with two software peers on what the secret is.
///
/// # Errors
///
/// [`ErrorKind::InvalidArgument`] if `peer` is no valid point of the curve;
/// [`ErrorKind::DoesNotExist`] if the token has no such private key; [`ErrorKind::NotSupported`] if
/// the token does not agree keys, or failed that check.
pub fn agree(token: &Token, key: KeyRef, peer: &[u8]) -> Result<SharedSecret> {
    token.repeat(|session| {
        session.with_key(key, KeyClass::Private, |object| {
            let peer = PublicKey::from_bytes(object.curve, peer)?;
            token.learn(Fact::AgreesCorrectly, object.curve, || {
                check(session, key, object)
            })?;
            derive(session, object, &peer)
        })
    })
}

/// Lets the token agree with two software peers, one whose secret begins with a zero byte and one
/// whose secret does not: tokens are known that lose leading zeros or cut the secret.
pub(super) fn check(session: &PooledSession, key: KeyRef, object: &Object) -> Result<()> {
    let public_key = read_public(session, key)?;
    for leading_zero in [true, false] {
        let (peer, expected) = software_peer(&public_key, leading_zero)?;
        let secret = derive(session, object, &peer)?;
        if secret.as_bytes() != expected.as_bytes() {
            error!(
                "The token computes wrong ECDH secrets on {}: key agreement on this curve is \
                 refused.",
                object.curve
            );
            return Err(Error::new(
                ErrorKind::NotSupported,
                format!(
                    "the token computes wrong ECDH secrets on {}; use another curve, or ask its \
                     vendor for a newer firmware",
                    object.curve
                ),
            ));
        }
    }
    Ok(())
}

fn software_peer(public_key: &PublicKey, leading_zero: bool) -> Result<(PublicKey, SharedSecret)> {
    for _ in 0..PEER_TRIES {
        let peer = PrivateKey::random(public_key.curve())?;
        let secret = software::agree(&peer, public_key)?;
        if (secret.as_bytes().first() == Some(&0)) == leading_zero {
            return Ok((peer.public_key()?, secret));
        }
    }
    Err(Error::new(
        ErrorKind::NotSupported,
        "no software peer was found to check the token's key agreement with",
    ))
}

/// The point is sent raw, as PKCS#11 3.0 wants it first, and in DER if the token refuses that; one that
/// a token could take for DER (SoftHSM2 does) the other way round.
fn derive(session: &PooledSession, object: &Object, peer: &PublicKey) -> Result<SharedSecret> {
    let der = peer.to_ec_point();
    let mut forms = [peer.as_bytes(), &der];
    if peer.resembles_der() {
        forms.reverse();
    }
    let derived = match derive_with(session, object, forms[0]) {
        Err(refusal) if may_be_of_the_form(&refusal) => {
            debug!("The token refuses a form of the peer's point: {refusal}");
            derive_with(session, object, forms[1]).map_err(|second| {
                match may_be_of_the_form(&second) {
                    true => refusal,
                    false => second,
                }
            })?
        }
        derived => derived?,
    };
    let value = read(session, derived, AttributeType::Value).map(|value| value.map(Zeroizing::new));
    let destroyed = session.call(Function::DestroyObject, |session| {
        session.destroy_object(derived)
    });
    let secret = match value? {
        Some(value) => SharedSecret::from_token(object.curve, &value),
        None => Err(Error::new(
            ErrorKind::NotSupported,
            "the token does not let the shared secret out",
        )),
    };
    destroyed?;
    secret
}

/// Whether the token may have refused the form of the point, and nothing else.
fn may_be_of_the_form(refusal: &Error) -> bool {
    refusal.kind() != ErrorKind::NotPermitted
        && (refusal.ckr_class() == Some(CkrClass::Call)
            || refusal.ckr() == Some(RvError::GeneralError))
}

fn derive_with(session: &PooledSession, object: &Object, point: &[u8]) -> Result<ObjectHandle> {
    let parameters = Ecdh1DeriveParams::new(EcKdf::null(), point);
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ];
    session
        .call(Function::DeriveKey, |session| {
            session.derive_key(
                &Mechanism::Ecdh1Derive(parameters),
                object.handle,
                &template,
            )
        })
        .map_err(|error| error.context("no secret can be agreed"))
}
