//! Owns the cases about scalars that begin with zero bytes, as that of one key in 256 does.

use zeroize::Zeroizing;

use super::pair::{require_use, used};
use super::require_curve;
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::JudgeKey;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_import;
use crate::check::raw_pair::is_refusal;
use crate::check::subject::Subject;
use crate::ec::{Curve, PrivateKey};
use crate::error::Result;
use crate::op::objects::{create_private, discard};
use crate::op::trial;
use crate::op::trial::ALL_USES;

const CURVES: [Curve; 3] = [Curve::Secp256r1, Curve::Secp384r1, Curve::Secp521r1];

/// So many bytes of the scalars are zero.
const ZEROS: usize = 2;

/// How the zeros are sent in `CKA_VALUE`.
#[derive(Clone, Copy)]
enum Zeros {
    Kept,
    Stripped,
    OneMore,
}

impl Zeros {
    fn word(self) -> &'static str {
        match self {
            Self::Kept => "leading-zeros",
            Self::Stripped => "stripped",
            Self::OneMore => "one-zero-more",
        }
    }

    fn title(self, curve: Curve) -> String {
        match self {
            Self::Kept => {
                format!(
                    "a {curve} scalar that begins with zeros is taken in full length, and signs"
                )
            }
            Self::Stripped => {
                format!(
                    "a {curve} scalar without the zeros that it begins with is refused, or signs"
                )
            }
            Self::OneMore => {
                format!("a {curve} scalar with one zero byte too many is refused, or signs")
            }
        }
    }

    fn value(self, scalar: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Kept => scalar.to_vec(),
            Self::Stripped => scalar.get(ZEROS..).unwrap_or_default().to_vec(),
            Self::OneMore => [&[0], scalar].concat(),
        })
    }
}

pub(super) fn cases() -> impl Iterator<Item = Case> {
    CURVES.into_iter().flat_map(|curve| {
        [Zeros::Kept, Zeros::Stripped, Zeros::OneMore].map(|zeros| {
            let case = Case::new(
                format!("import.{curve}.pair.{}", zeros.word()),
                zeros.title(curve),
                "PKCS#11 3.0 current mechanisms, section 2.3.4; SEC 1 version 2.0, section 2.3.7",
                move |subject| given(subject, curve, zeros),
            );
            match zeros {
                Zeros::Kept => case.harmless_on(curve, Level::Full),
                _ => case.on(curve),
            }
        })
    })
}

fn given(subject: &mut Subject, curve: Curve, zeros: Zeros) -> Result<Verdict> {
    let bench = subject.bench()?;
    require_curve(bench, curve)?;
    require_use(bench, curve)?;
    let judge = JudgeKey::from_scalar(curve, &scalar(curve)?)?;
    let scalar = PrivateKey::from_bytes(curve, &judge.scalar()?)?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    // Whether it takes keys at all, and how it wants the template.
    let lifetime = trial::trial_objects(session, |lifetime| {
        let usual = PrivateKey::random(curve)?;
        let private = create_private(session, &key, &usual, lifetime)?;
        discard(session, &[private]).map(|()| lifetime)
    })?;
    let value = zeros.value(scalar.to_value());
    let private = match raw_import::create_private(session, &key, &value, lifetime) {
        Err(error) if is_refusal(&error) => {
            return Ok(match zeros {
                Zeros::Kept => Verdict::fail(Finding::of("the key is taken", &error).remedy(
                    "one key in 256 cannot be imported into this token; ask its vendor for a version that takes it",
                )),
                _ => Verdict::pass().note(format!("refused: {error}")),
            });
        }
        private => private?,
    };
    let wrong = used(session, curve, private, &judge);
    discard(session, &[private])?;
    let verdict = Verdict::pass();
    Ok(match (wrong?, zeros) {
        (None, Zeros::Kept) => verdict,
        (None, _) => verdict.note("taken, and it signs"),
        (Some(finding), Zeros::Kept) => verdict.with_failure(finding),
        (Some(finding), _) => verdict.with_warning(finding.remedy(
            "the provider sends scalars in the length of the order; other applications must, too",
        )),
    })
}

/// A random scalar that begins with zeros, in its wire form.
fn scalar(curve: Curve) -> Result<Zeroizing<Vec<u8>>> {
    let random = PrivateKey::random(curve)?;
    let mut scalar = Zeroizing::new(random.as_bytes().to_vec());
    for byte in scalar.iter_mut().take(ZEROS) {
        *byte = 0;
    }
    Ok(scalar)
}
