//! Owns the suite `eddsa`: Edwards keys on tokens that have them, which Parsec has no wire form for yet.

mod edwards;

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::token::PooledSession;

use edwards::{Edwards, EdwardsPair, with_pair};

const MESSAGE: &[u8] = b"a message that an Edwards key signs";
const REMEDY: &str = "Parsec has no wire form for these keys, so nothing of it depends on this; ask the vendor of the \
     token for a version that does as the standard says";

pub(super) fn cases() -> Vec<Case> {
    Edwards::ALL.iter().flat_map(|&curve| of(curve)).collect()
}

fn of(curve: Edwards) -> [Case; 4] {
    let name = curve.name();
    let keys = "PKCS#11 3.0 current mechanisms, sections 2.3.5, 2.3.6 and 2.3.10";
    let signatures =
        "PKCS#11 3.0 current mechanisms, section 2.3.14; RFC 8032, sections 5.1.6 and 5.2.6";
    [
        Case::new(
            format!("eddsa.{name}.generate"),
            format!("an {name} key pair is made, and its public key can be read"),
            keys,
            move |subject| with_pair(subject, curve, |_, pair| Ok(generated(pair))),
        ),
        Case::new(
            format!("eddsa.{name}.sign"),
            format!("CKM_EDDSA signs on {name}, and OpenSSL verifies it"),
            signatures,
            move |subject| with_pair(subject, curve, sign),
        ),
        Case::new(
            format!("eddsa.{name}.same"),
            format!("two {name} signatures of one message are the same"),
            signatures,
            move |subject| with_pair(subject, curve, same),
        ),
        Case::new(
            format!("eddsa.{name}.verify"),
            format!(
                "the token verifies its {name} signatures, and refuses those of other messages"
            ),
            "PKCS#11 3.0 current mechanisms, section 2.3.14; RFC 8032, sections 5.1.7 and 5.2.7",
            move |subject: &mut Subject| with_pair(subject, curve, verify),
        ),
    ]
}

fn generated(pair: &EdwardsPair) -> Verdict {
    let curve = pair.curve;
    let verdict = match &pair.refusal {
        None => Verdict::pass(),
        Some(refusal) => Verdict::warn(
            Finding::of(
                format!("{curve} named by its OID in CKA_EC_PARAMS"),
                refusal,
            )
            .remedy(format!("name the curve as {}", pair.named)),
        ),
    };
    let expected = "the public key in CKA_EC_POINT";
    let verdict = verdict.note(format!("the curve is named as {}", pair.named));
    match edwards::point_of(curve, &pair.shown) {
        Some((form, _)) if form.is_standard() => verdict.note(format!("the point is {form}")),
        Some((form, _)) => verdict.with_warning(
            Finding::new(expected, form.to_string())
                .by("C_GetAttributeValue")
                .remedy(REMEDY),
        ),
        None => verdict.with_failure(
            Finding::new(
                expected,
                format!("{} bytes that are none", pair.shown.len()),
            )
            .by("C_GetAttributeValue")
            .remedy(REMEDY),
        ),
    }
}

fn sign(session: &PooledSession, pair: &EdwardsPair) -> Result<Verdict> {
    let (scheme, signature) = signature(session, pair)?;
    let expected = format!("{} bytes that OpenSSL verifies", pair.curve.signature_len());
    let found = |actual: String| Finding::new(&*expected, actual).by("C_Sign").remedy(REMEDY);
    if signature.len() != pair.curve.signature_len() {
        return Ok(Verdict::fail(found(format!("{} bytes", signature.len()))));
    }
    let Some((_, point)) = edwards::point_of(pair.curve, &pair.shown) else {
        return Ok(Verdict::fail(found(
            "a signature whose public key cannot be read".to_owned(),
        )));
    };
    Ok(match pair.curve.verifies(point, MESSAGE, &signature)? {
        true => Verdict::pass().note(format!("CKM_EDDSA {scheme}")),
        false => Verdict::fail(found("OpenSSL refuses them".to_owned())),
    })
}

fn same(session: &PooledSession, pair: &EdwardsPair) -> Result<Verdict> {
    let (one, other) = (signature(session, pair)?.1, signature(session, pair)?.1);
    Ok(match one == other {
        true => Verdict::pass(),
        false => Verdict::warn(
            Finding::new("the same signature twice", "two that differ")
                .by("C_Sign")
                .remedy(
                    "both may verify; applications that compare signatures cannot use this token",
                ),
        ),
    })
}

fn verify(session: &PooledSession, pair: &EdwardsPair) -> Result<Verdict> {
    let (scheme, signature) = signature(session, pair)?;
    let verify = |message: &[u8]| {
        session.call(Function::Verify, |session| {
            session.verify(&scheme.mechanism(), pair.public, message, &signature)
        })
    };
    if let Err(error) = verify(MESSAGE) {
        let finding = Finding::of("the token's own signature is right", &error);
        return match error.kind() {
            ErrorKind::NotSupported => Err(error),
            _ => Ok(Verdict::fail(finding.remedy(REMEDY))),
        };
    }
    let expected = "CKR_SIGNATURE_INVALID for another message";
    Ok(match verify(b"another message") {
        Err(error) if error.kind() == ErrorKind::InvalidSignature => Verdict::pass(),
        Err(error) => Verdict::warn(Finding::of(expected, &error).remedy(REMEDY)),
        Ok(()) => Verdict::fail(
            Finding::new(expected, "CKR_OK")
                .by("C_Verify")
                .remedy("do not let this token verify EdDSA signatures: it accepts wrong ones"),
        ),
    })
}

/// Whether `CK_EDDSA_PARAMS` are sent: Kryoptic wants them for Ed448, and for Ed25519 none.
#[derive(Clone, Copy)]
enum Scheme {
    WithoutParameters,
    WithParameters,
}

impl Scheme {
    fn mechanism(self) -> Mechanism<'static> {
        Mechanism::Eddsa(EddsaParams::new(match self {
            Self::WithoutParameters => EddsaSignatureScheme::Pure,
            Self::WithParameters => EddsaSignatureScheme::Ed448(&[]),
        }))
    }
}

impl std::fmt::Display for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WithoutParameters => "without CK_EDDSA_PARAMS",
            Self::WithParameters => "with CK_EDDSA_PARAMS",
        })
    }
}

/// A signature, in the scheme that the token takes.
fn signature(session: &PooledSession, pair: &EdwardsPair) -> Result<(Scheme, Vec<u8>)> {
    let sign = |scheme: Scheme| {
        let signature = session.call(Function::Sign, |session| {
            session.sign(&scheme.mechanism(), pair.private, MESSAGE)
        })?;
        Ok((scheme, signature))
    };
    let schemes = match pair.curve {
        // With parameters it is Ed25519ctx, which is another signature.
        Edwards::Ed25519 => return sign(Scheme::WithoutParameters),
        Edwards::Ed448 => [Scheme::WithParameters, Scheme::WithoutParameters],
    };
    let [first, second] = schemes;
    sign(first).or_else(|error: Error| {
        let is_refused = error.is_vague() || error.ckr_class() == Some(CkrClass::Call);
        match is_refused {
            true => sign(second).map_err(|_| error),
            false => Err(error),
        }
    })
}
