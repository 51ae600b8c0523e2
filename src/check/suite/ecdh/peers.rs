//! Owns the cases of the forms in which a peer's point is sent.

use super::derivation::{Agreement, Compared, Form, ordinary_peer, peer, resembles_der};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::Answer;
use crate::ec::Curve;
use crate::error::Result;

const SOURCE: &str =
    "PKCS#11 3.0 current mechanisms, section 2.3 (EC mechanism parameters: pPublicData)";

/// One peer in 256 will do.
const TRIES: usize = 8192;

pub(super) fn cases(curve: Curve) -> Vec<Case> {
    let forms = Case::new(
        format!("ecdh.{curve}.peers"),
        format!("a peer's point on {curve} is taken as it is, and in DER perhaps"),
        SOURCE,
        move |subject| forms(subject, curve),
    );
    let mut cases = vec![forms.harmless_on(curve, Level::Full)];
    // On other curves a point that begins so is rare, or there is none.
    if matches!(
        curve,
        Curve::Secp256r1 | Curve::Secp384r1 | Curve::Secp256k1 | Curve::BrainpoolP256r1
    ) {
        let like_der = Case::new(
            format!("ecdh.{curve}.peer-like-der"),
            format!("a raw point on {curve} that begins like DER is not taken for DER"),
            SOURCE,
            move |subject| like_der(subject, curve),
        );
        cases.push(like_der.harmless_on(curve, Level::Full));
    }
    cases
}

fn forms(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let agreement = Agreement::on(subject, curve)?;
    let mut verdict = Verdict::pass();
    let mut refusals = Vec::new();
    for form in Form::ALL {
        let peer = ordinary_peer(curve)?;
        let right = peer.agree(agreement.pair.point.as_bytes())?;
        match agreement.ask(form, &peer.public()?)? {
            Answer::Done(secret) => {
                let compared = Compared::of(curve, &secret, &right);
                if let Compared::Wrong { .. } = compared {
                    verdict = compared
                        .added(verdict, curve)
                        .note(format!("the point was sent as {}", form.name()));
                }
            }
            Answer::Refused(error) => refusals.push((form, error)),
        }
    }
    for (form, error) in refusals {
        verdict = match form {
            Form::Raw => verdict.with_warning(
                Finding::of("the raw point, which tokens must take", &error).remedy(
                    "none is needed with Parsec, which sends DER then; other applications may not",
                ),
            ),
            // The standard asks for raw points only.
            Form::Der => verdict.note("points in DER are refused, as they may be"),
        };
    }
    Ok(verdict)
}

fn like_der(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let agreement = Agreement::on(subject, curve)?;
    if agreement.form != Form::Raw {
        return Ok(Verdict::skip("the token takes no raw points"));
    }
    for _ in 0..TRIES {
        let peer = peer(curve)?;
        let point = peer.public()?;
        if !resembles_der(curve, &point)? {
            continue;
        }
        let right = peer.agree(agreement.pair.point.as_bytes())?;
        let finding = match agreement.ask(Form::Raw, &point)? {
            Answer::Done(secret) => match Compared::of(curve, &secret, &right) {
                Compared::Wrong { .. } => {
                    Finding::new("the right secret", "another one").by("C_DeriveKey")
                }
                _ => return Ok(Verdict::pass()),
            },
            Answer::Refused(error) => Finding::of("the right secret", &error),
        };
        return Ok(Verdict::warn(finding.remedy(
            "none is needed with Parsec, which sends such points in DER; other applications fail with one peer in \
             256: tell a raw point by its length",
        )));
    }
    Ok(Verdict::skip("no such point was found"))
}
