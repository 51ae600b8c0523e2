//! Owns the suite `ecdsa`: signatures of digests and messages, judged by the token and by OpenSSL.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Curve, Hash};
use crate::error::Result;

const SIGN: &str = "PKCS#11 3.0 current mechanisms, section 2.3.6";

pub(super) fn cases() -> Vec<Case> {
    let weierstrass = Curve::ALL
        .iter()
        .copied()
        .filter(|curve| !curve.is_montgomery());
    weierstrass
        .map(|curve| {
            let case = Case::new(
                format!("ecdsa.{curve}.sha256.sign"),
                format!("CKM_ECDSA signs a SHA-256 digest on {curve}, and OpenSSL verifies it"),
                SIGN,
                move |subject| sign(subject, curve),
            )
            .on(curve);
            match curve {
                Curve::Secp256r1 => case.works_for(Level::Minimum).quick(),
                _ => case.not_wrong_for(Level::Full),
            }
        })
        .collect()
}

fn sign(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(curve)?;
    let digest = Hash::Sha256.digest(b"a message");
    let signature = session.call(Function::Sign, |session| {
        session.sign(&Mechanism::Ecdsa, pair.private, &digest)
    })?;
    Ok(
        match judge::verifies(curve, pair.point.as_bytes(), &digest, &signature)? {
            true => Verdict::pass(),
            false => Verdict::fail(
                Finding::new("a signature that verifies", "one that OpenSSL refuses").by("C_Sign"),
            ),
        },
    )
}
