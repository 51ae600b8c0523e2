//! Owns the derivation of one secret in one form of the peer's point, and its comparison with OpenSSL's.

use zeroize::Zeroizing;

use crate::check::finding::Finding;
use crate::check::judge::{self, JudgeKey};
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::Answer;
use crate::ec::{Curve, PublicKey, SharedSecret, der};
use crate::error::{Error, ErrorKind, Result};
use crate::op::agree::{derive_with, take_secret};
use crate::op::objects::Pair;
use crate::token::PooledSession;

/// A value that is never shown.
pub(super) type Secret = Zeroizing<Vec<u8>>;

/// How a peer's point is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The point alone.
    Raw,
    /// In a DER OCTET STRING.
    Der,
}

impl Form {
    pub(super) const ALL: [Self; 2] = [Self::Raw, Self::Der];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Der => "DER",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Raw => Self::Der,
            Self::Der => Self::Raw,
        }
    }
}

/// A key pair of the token that agrees secrets.
pub(super) struct Agreement<'a> {
    pub(super) session: &'a PooledSession,
    pub(super) pair: &'a Pair,
    /// The form in which the token takes points.
    pub(super) form: Form,
}

impl<'a> Agreement<'a> {
    /// The key pair of the bench, once it agreed on something.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] if the token has no such keys or does not agree on secrets, or OpenSSL, which
    /// judges, has no such curve; what the token returned otherwise.
    pub(super) fn on(subject: &'a mut Subject, curve: Curve) -> Result<Self> {
        let peer = ordinary_peer(curve)?.public()?;
        let (session, pair) = subject.bench()?.pair(curve)?;
        let mut agreement = Self {
            session,
            pair,
            form: Form::Raw,
        };
        if let Answer::Refused(refusal) = agreement.ask(Form::Raw, &peer)? {
            match agreement.ask(Form::Der, &peer)? {
                Answer::Done(_) => agreement.form = Form::Der,
                Answer::Refused(_) => return Err(refusal.context("the token derives no secret")),
            }
        }
        Ok(agreement)
    }

    pub(super) fn curve(&self) -> Curve {
        self.pair.point.curve()
    }

    /// The secret with a peer, whose point is sent in this form.
    ///
    /// # Errors
    ///
    /// Errors that say nothing about the point, and [`ErrorKind::NotSupported`] if the secret cannot be read.
    pub(super) fn ask(&self, form: Form, point: &[u8]) -> Result<Answer<Secret>> {
        Answer::of(self.session, self.derived(form, point))
    }

    /// The secret with a peer that is right, in the form that the token takes; it may take this one in the other
    /// form only, as it takes it for something else.
    ///
    /// # Errors
    ///
    /// What the token returned.
    pub(super) fn secret(&self, point: &[u8]) -> Result<Secret> {
        match self.ask(self.form, point)? {
            Answer::Done(secret) => Ok(secret),
            Answer::Refused(refusal) => match self.ask(self.form.other(), point)? {
                Answer::Done(secret) => Ok(secret),
                Answer::Refused(_) => Err(refusal),
            },
        }
    }

    fn derived(&self, form: Form, point: &[u8]) -> Result<Secret> {
        let (number, sent) = match form {
            Form::Raw => (0, point.to_vec()),
            Form::Der => (1, der::encode(der::OCTET_STRING, point)),
        };
        let derived = derive_with(self.session, self.curve(), self.pair.private, number, &sent)?;
        take_secret(self.session, derived)?.ok_or_else(|| {
            Error::new(
                ErrorKind::NotSupported,
                "the token does not let the shared secret out",
            )
        })
    }
}

/// A peer of OpenSSL's.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if it lacks the curve.
pub(super) fn peer(curve: Curve) -> Result<JudgeKey> {
    match judge::has(curve) {
        true => JudgeKey::generate(curve),
        false => Err(Error::new(
            ErrorKind::NotSupported,
            format!("OpenSSL, which judges, has no {curve}"),
        )),
    }
}

/// A peer of OpenSSL's whose raw point cannot be mistaken for DER.
///
/// # Errors
///
/// As those of [`peer`].
pub(super) fn ordinary_peer(curve: Curve) -> Result<JudgeKey> {
    let mut chosen = peer(curve)?;
    while resembles_der(curve, &chosen.public()?)? {
        chosen = peer(curve)?;
    }
    Ok(chosen)
}

/// Whether a raw point could be mistaken for DER.
///
/// # Errors
///
/// If it is no point of the curve.
pub(super) fn resembles_der(curve: Curve, point: &[u8]) -> Result<bool> {
    Ok(PublicKey::from_bytes(curve, point)?.resembles_der())
}

/// How a secret stands to the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    Right,
    /// It has too few leading zeros, or too many.
    OtherZeros,
    Wrong {
        len: usize,
    },
}

impl Compared {
    pub(super) fn of(curve: Curve, secret: &[u8], right: &[u8]) -> Self {
        if secret == right {
            return Self::Right;
        }
        match SharedSecret::from_token(curve, secret) {
            Ok(padded) if padded.as_bytes() == right => Self::OtherZeros,
            _ => Self::Wrong { len: secret.len() },
        }
    }

    /// The verdict with what is wrong.
    pub(super) fn added(self, verdict: Verdict, curve: Curve) -> Verdict {
        let len = curve.field_len();
        match self {
            Self::Right => verdict,
            Self::OtherZeros => verdict.with_warning(
                Finding::new(
                    format!("a secret of {len} bytes, zeros in front of it"),
                    "one with fewer or more leading zeros",
                )
                .by("C_GetAttributeValue")
                .remedy("none is needed with Parsec, which restores the zeros; a KDF in the token may work without them"),
            ),
            Self::Wrong { len: is } => verdict.with_failure(
                Finding::new(
                    format!("OpenSSL's secret, {len} bytes"),
                    format!("another one, {is} bytes"),
                )
                .by("C_DeriveKey")
                .remedy(
                    "do not agree on this curve: Parsec does not, as it compares before it hands out a secret; \
                     ask the vendor of the token for a corrected version",
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_told_from_other_differences() {
        let right = [&[0], &[7; 31][..]].concat();
        let compared = |secret: &[u8]| Compared::of(Curve::Secp256r1, secret, &right);
        assert_eq!(compared(&right), Compared::Right);
        assert_eq!(compared(&right[1..]), Compared::OtherZeros);
        assert_eq!(compared(&[&[0], &right[..]].concat()), Compared::OtherZeros);
        assert_eq!(compared(&right[..31]), Compared::Wrong { len: 31 });
        assert_eq!(compared(&[7; 32]), Compared::Wrong { len: 32 });
    }
}
