//! Owns the Edwards curves: their names, their keys on the token, and OpenSSL as their judge.

use std::fmt;

use cryptoki::context::Function;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectHandle};
use openssl::pkey::{Id, PKey};
use openssl::sign::Verifier;

use crate::check::outcome::Verdict;
use crate::check::raw_pair::{is_refusal, or_lacks};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::NewKey;
use crate::op::objects::discard;
use crate::op::template::Lifetime;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{KeyClass, PooledSession, read, require_own};

/// An Edwards curve with its signature scheme: RFC 8032.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edwards {
    Ed25519,
    Ed448,
}

impl Edwards {
    pub(super) const ALL: &'static [Self] = &[Self::Ed25519, Self::Ed448];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ed448 => "ed448",
        }
    }

    /// The length of a public key, in bytes; a signature is twice as long.
    fn public_len(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::Ed448 => 57,
        }
    }

    pub(super) fn signature_len(self) -> usize {
        2 * self.public_len()
    }

    /// The values of `CKA_EC_PARAMS` that name the curve: the OID of RFC 8410, section 3, and the `curveName` of
    /// PKCS#11 3.0, each with what it is called.
    fn params(self) -> [(&'static str, &'static [u8]); 2] {
        match self {
            Self::Ed25519 => [
                ("the OID 1.3.101.112", b"\x06\x03\x2b\x65\x70"),
                ("the PrintableString edwards25519", b"\x13\x0cedwards25519"),
            ],
            Self::Ed448 => [
                ("the OID 1.3.101.113", b"\x06\x03\x2b\x65\x71"),
                ("the PrintableString edwards448", b"\x13\x0aedwards448"),
            ],
        }
    }

    /// Whether the signature is one of the message, as OpenSSL has it.
    pub(super) fn verifies(self, public: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
        let id = match self {
            Self::Ed25519 => Id::ED25519,
            Self::Ed448 => Id::ED448,
        };
        let verify = || {
            let key = PKey::public_key_from_raw_bytes(public, id)?;
            Verifier::new_without_digest(&key)?.verify_oneshot(signature, message)
        };
        verify().map_err(|source| {
            Error::new(
                ErrorKind::CorruptionDetected,
                format!("OpenSSL, which judges, refuses this {self} key"),
            )
            .with_source(source)
        })
    }
}

impl fmt::Display for Edwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The form of a `CKA_EC_POINT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PointForm {
    Raw,
    OctetString,
    BitString,
}

impl PointForm {
    /// PKCS#11 3.0 has DER, and 3.1 the bytes alone.
    pub(super) fn is_standard(self) -> bool {
        self != Self::BitString
    }
}

impl fmt::Display for PointForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw, as in PKCS#11 3.1",
            Self::OctetString => "in a DER OCTET STRING, as in PKCS#11 3.0",
            Self::BitString => "in a DER BIT STRING",
        })
    }
}

/// The public key in a `CKA_EC_POINT`; which form it has follows from its length.
pub(super) fn point_of(curve: Edwards, shown: &[u8]) -> Option<(PointForm, &[u8])> {
    let len = curve.public_len();
    let (header, point) = shown.split_at_checked(shown.len().checked_sub(len)?)?;
    let of = |more: usize| u8::try_from(len + more).ok();
    let form = match header {
        [] => PointForm::Raw,
        [4, length] if Some(*length) == of(0) => PointForm::OctetString,
        [3, length, 0] if Some(*length) == of(1) => PointForm::BitString,
        _ => return None,
    };
    Some((form, point))
}

/// A key pair on the token.
pub(super) struct EdwardsPair {
    pub(super) curve: Edwards,
    pub(super) public: ObjectHandle,
    pub(super) private: ObjectHandle,
    /// `CKA_EC_POINT`; empty if none is shown.
    pub(super) shown: Vec<u8>,
    /// How the curve was named.
    pub(super) named: &'static str,
    /// How its OID was refused, if it was.
    pub(super) refusal: Option<Error>,
}

/// Lets `look` have a new key pair, and removes it.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token makes none; those of `look`.
pub(super) fn with_pair(
    subject: &mut Subject,
    curve: Edwards,
    look: impl Fn(&PooledSession, &EdwardsPair) -> Result<Verdict>,
) -> Result<Verdict> {
    let bench = subject.bench()?;
    // Its identifier and its label are wanted, not its curve.
    let key = bench.new_key(Curve::Curve25519, ALL_USES)?;
    let session = bench.session();
    session.require_mechanism(MechanismType::ECC_EDWARDS_KEY_PAIR_GEN)?;
    session.require_mechanism(MechanismType::EDDSA)?;
    let pair = trial::trial_objects(session, |lifetime| generate(session, curve, &key, lifetime))?;
    let looked = look(session, &pair);
    discard(session, &[pair.private, pair.public])?;
    looked
}

fn generate(
    session: &PooledSession,
    curve: Edwards,
    key: &NewKey,
    lifetime: Lifetime,
) -> Result<EdwardsPair> {
    let mut refusal = None;
    for (named, params) in curve.params() {
        let made = session.change(Function::GenerateKeyPair, |session| {
            session.generate_key_pair(
                &Mechanism::EccEdwardsKeyPairGen,
                &public_template(key, params, lifetime),
                &private_template(key, lifetime),
            )
        });
        match made {
            Ok((public, private)) => {
                require_own(session, public, key.id, KeyClass::Public)?;
                require_own(session, private, key.id, KeyClass::Private)?;
                let shown = read(session, public, AttributeType::EcPoint)?.unwrap_or_default();
                return Ok(EdwardsPair {
                    curve,
                    public,
                    private,
                    shown,
                    named,
                    refusal,
                });
            }
            Err(error) if is_refusal(&error) => refusal = refusal.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    let refusal =
        refusal.unwrap_or_else(|| Error::new(ErrorKind::NotSupported, "no name is known"));
    let refusal = refusal.context(format_args!("the token makes no {curve} key pair"));
    or_lacks(session, Err(refusal))
}

fn public_template(key: &NewKey, params: &[u8], lifetime: Lifetime) -> Vec<Attribute> {
    let mut template = described(key, lifetime);
    template.extend([
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(params.to_vec()),
    ]);
    template
}

fn private_template(key: &NewKey, lifetime: Lifetime) -> Vec<Attribute> {
    let mut template = described(key, lifetime);
    template.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    template
}

fn described(key: &NewKey, lifetime: Lifetime) -> Vec<Attribute> {
    vec![
        Attribute::KeyType(KeyType::EC_EDWARDS),
        Attribute::Token(lifetime == Lifetime::Token),
        Attribute::Id(key.id.to_bytes().to_vec()),
        Attribute::Label(key.label.to_bytes()),
    ]
}
