//! Owns the cases `keygen.CURVE.distinct`: two key pairs are two.

use cryptoki::object::{AttributeType, ObjectHandle};

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::with_raw_pair;
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{PooledSession, read};

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("keygen.{curve}.distinct"),
        format!("two {curve} key pairs have different public keys"),
        "SEC 1 version 2.0, section 3.2.1; PKCS#11 3.0 current mechanisms, section 2.3.9",
        move |subject| distinct(subject, curve),
    );
    case.harmless_on(curve, Level::Minimum)
}

fn distinct(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let point = || {
        let key = bench.new_key(curve, ALL_USES)?;
        let session = bench.session();
        trial::trial_objects(session, |lifetime| {
            with_raw_pair(session, &key, lifetime, |pair| {
                read_point(session, pair.public)
            })
        })
    };
    let (one, other) = (point()?, point()?);
    Ok(match one == other {
        false => Verdict::pass(),
        true => Verdict::fail(
            Finding::new("two different public keys", "the same one twice")
                .by("C_GenerateKeyPair")
                .remedy(
                    "use no key of this token: its random number generator fails, or it shows the point of \
                     another key",
                ),
        ),
    })
}

fn read_point(session: &PooledSession, public: ObjectHandle) -> Result<Vec<u8>> {
    read(session, public, AttributeType::EcPoint)?.ok_or_else(|| {
        Error::new(
            ErrorKind::CorruptionDetected,
            "the token does not show the point of a public key that it made",
        )
    })
}
