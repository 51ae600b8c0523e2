//! Owns a signature as a token made it, and what OpenSSL makes of it.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;

use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::outcome::Verdict;
use crate::ec::{PublicKey, Signature};
use crate::error::{Error, Result};
use crate::op::objects::Pair;
use crate::op::sign;
use crate::token::PooledSession;

/// A signature as `C_Sign` returned it.
pub(super) struct Signed {
    pub(super) bytes: Vec<u8>,
    /// The refusal of the digest as it is, if the token wanted it in another form.
    pub(super) refusal: Option<Error>,
}

/// Signs a digest by `CKM_ECDSA`: as it is, or in the form that the token takes.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported) if it takes no form of it; what it returned
/// otherwise.
pub(super) fn signed(session: &PooledSession, pair: &Pair, digest: &[u8]) -> Result<Signed> {
    let plain = session.call(Function::Sign, |session| {
        session.sign(&Mechanism::Ecdsa, pair.private, digest)
    });
    match plain {
        Ok(bytes) => Ok(Signed {
            bytes,
            refusal: None,
        }),
        Err(refusal) if may_be_of_the_digest(&refusal) => {
            let curve = pair.point.curve();
            let signature = sign::sign_with(session, curve, pair.private, digest)?;
            Ok(Signed {
                bytes: signature.as_bytes().to_vec(),
                refusal: Some(refusal),
            })
        }
        Err(error) => Err(error),
    }
}

/// tpm2-pkcs11 refuses lengths by `CKR_GENERAL_ERROR`.
fn may_be_of_the_digest(refusal: &Error) -> bool {
    matches!(
        refusal.ckr(),
        Some(RvError::DataLenRange | RvError::DataInvalid | RvError::GeneralError)
    )
}

/// What OpenSSL makes of a signature.
pub(super) enum Judged {
    Right,
    /// It is one once the leading zeros that its halves lack are back.
    Shortened,
    /// It is none; this is what it is.
    Wrong(String),
}

impl Judged {
    /// Asks OpenSSL whether `bytes` is a signature of the digest.
    ///
    /// # Errors
    ///
    /// What OpenSSL returned for the public key.
    pub(super) fn of(point: &PublicKey, digest: &[u8], bytes: &[u8]) -> Result<Self> {
        let curve = point.curve();
        let right = 2 * curve.order_len();
        let verifies =
            |signature: &[u8]| judge::verifies(curve, point.as_bytes(), digest, signature);
        if bytes.len() == right {
            return Ok(match verifies(bytes)? {
                true => Self::Right,
                false => Self::Wrong("a signature that OpenSSL refuses".to_owned()),
            });
        }
        Ok(match Signature::from_token(curve, bytes) {
            Ok(signature) if verifies(signature.as_bytes())? => Self::Shortened,
            _ => Self::Wrong(format!("{} bytes that are no signature", bytes.len())),
        })
    }

    /// The verdict with what is wrong, said of the function `call`.
    pub(super) fn added(&self, verdict: Verdict, curve: crate::ec::Curve, call: &str) -> Verdict {
        let right = 2 * curve.order_len();
        match self {
            Self::Right => verdict,
            Self::Shortened => verdict.with_warning(
                Finding::new(
                    format!("r and s of {} bytes each, zeros in front of them", right / 2),
                    "both are shorter: leading zeros are missing",
                )
                .by(call)
                .remedy("none is needed with Parsec, which adds the zeros; other applications have to"),
            ),
            Self::Wrong(what) => verdict.with_failure(
                Finding::new(
                    format!("{right} bytes that verify by the token's own public key"),
                    what.clone(),
                )
                .by(call)
                .remedy(
                    "do not use keys on this curve: ask the vendor of the token for a corrected version",
                ),
            ),
        }
    }
}
