//! Owns the cases of `CKM_ECDSA` over digests that are shorter and longer than the order.

use super::signed::{Judged, signed};
use super::{MESSAGE, require_judge};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Curve, Hash};
use crate::error::Result;

const SOURCE: &str = "PKCS#11 3.0 current mechanisms, section 2.3 (ECDSA without hashing)";

const HASHES: [(Hash, &str); 5] = [
    (Hash::Sha1, "sha1"),
    (Hash::Sha224, "sha224"),
    (Hash::Sha256, "sha256"),
    (Hash::Sha384, "sha384"),
    (Hash::Sha512, "sha512"),
];

pub(super) fn cases(curve: Curve) -> Vec<Case> {
    let case = |(hash, name): (Hash, &str)| {
        let case = Case::new(
            format!("ecdsa.{curve}.{name}.sign"),
            format!("CKM_ECDSA signs a digest of {name} on {curve}, and OpenSSL verifies it"),
            SOURCE,
            move |subject| sign(subject, curve, hash),
        );
        match (curve, hash) {
            (Curve::Secp256r1, Hash::Sha256) => case.on(curve).works_for(Level::Minimum).quick(),
            // PSA has policies with any of them; of SHA-1 it says that it should not be used.
            (Curve::Secp256r1 | Curve::Secp384r1 | Curve::Secp521r1, hash)
                if hash != Hash::Sha1 =>
            {
                case.on(curve).works_for(Level::Full)
            }
            _ => case.harmless_on(curve, Level::Minimum),
        }
    };
    HASHES.into_iter().map(case).collect()
}

fn sign(subject: &mut Subject, curve: Curve, hash: Hash) -> Result<Verdict> {
    require_judge(curve)?;
    let (session, pair) = subject.bench()?.pair(curve)?;
    let digest = hash.digest(MESSAGE);
    let signed = signed(session, pair, &digest)?;
    let mut verdict = Verdict::pass();
    if let Some(refusal) = &signed.refusal {
        let finding = Finding::of(
            "a digest of any length, of which the token takes the leftmost bits",
            refusal,
        );
        verdict = verdict.with_warning(finding.remedy(
            "none is needed with Parsec, which cuts and pads digests; other applications have to",
        ));
    }
    let judged = Judged::of(&pair.point, &digest, &signed.bytes)?;
    Ok(judged.added(verdict, curve, "C_Sign"))
}
