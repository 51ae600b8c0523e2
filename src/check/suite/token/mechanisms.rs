//! Owns the cases about mechanisms: what `C_GetMechanismList` and `C_GetMechanismInfo` say of each one for
//! elliptic curves. Whether they work is for other suites.

use cryptoki::context::Function;
use cryptoki::mechanism::{MechanismInfo, MechanismType};

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::{ErrorKind, Result};

/// Sizes of keys below are meant in bytes: no curve is so small.
const BYTES_AT_MOST: usize = 80;

/// A mechanism, and what it is for.
#[derive(Clone, Copy)]
struct Claim {
    /// In the identifier of the case.
    name: &'static str,
    mechanism: MechanismType,
    /// The section that defines it.
    source: &'static str,
    flags: &'static str,
    has_flags: fn(&MechanismInfo) -> bool,
    /// Whether it is for short Weierstrass curves, secp256r1 among them.
    weierstrass: bool,
}

const CLAIMS: &[Claim] = &[
    Claim {
        name: "ec-key-pair-gen",
        mechanism: MechanismType::ECC_KEY_PAIR_GEN,
        source: "PKCS#11 3.0 current mechanisms, section 2.3.9",
        flags: "CKF_GENERATE_KEY_PAIR",
        has_flags: MechanismInfo::generate_key_pair,
        weierstrass: true,
    },
    ecdsa(
        "ecdsa",
        MechanismType::ECDSA,
        "PKCS#11 3.0 current mechanisms, section 2.3.12",
    ),
    ecdsa("ecdsa-sha1", MechanismType::ECDSA_SHA1, HASHING),
    ecdsa("ecdsa-sha224", MechanismType::ECDSA_SHA224, HASHING),
    ecdsa("ecdsa-sha256", MechanismType::ECDSA_SHA256, HASHING),
    ecdsa("ecdsa-sha384", MechanismType::ECDSA_SHA384, HASHING),
    ecdsa("ecdsa-sha512", MechanismType::ECDSA_SHA512, HASHING),
    Claim {
        name: "ecdh1-derive",
        mechanism: MechanismType::ECDH1_DERIVE,
        source: "PKCS#11 3.0 current mechanisms, section 2.3.17",
        flags: "CKF_DERIVE",
        has_flags: MechanismInfo::derive,
        weierstrass: true,
    },
    Claim {
        name: "ec-montgomery-key-pair-gen",
        mechanism: MechanismType::ECC_MONTGOMERY_KEY_PAIR_GEN,
        source: "PKCS#11 3.0 current mechanisms, section 2.3.11",
        flags: "CKF_GENERATE_KEY_PAIR",
        has_flags: MechanismInfo::generate_key_pair,
        weierstrass: false,
    },
    Claim {
        name: "ec-edwards-key-pair-gen",
        mechanism: MechanismType::ECC_EDWARDS_KEY_PAIR_GEN,
        source: "PKCS#11 3.0 current mechanisms, section 2.3.10",
        flags: "CKF_GENERATE_KEY_PAIR",
        has_flags: MechanismInfo::generate_key_pair,
        weierstrass: false,
    },
    Claim {
        name: "eddsa",
        mechanism: MechanismType::EDDSA,
        source: "PKCS#11 3.0 current mechanisms, section 2.3.14",
        flags: SIGNATURES,
        has_flags: signs_and_verifies,
        weierstrass: false,
    },
];

const HASHING: &str = "PKCS#11 3.0 current mechanisms, section 2.3.13";
const SIGNATURES: &str = "CKF_SIGN and CKF_VERIFY";

const fn ecdsa(name: &'static str, mechanism: MechanismType, source: &'static str) -> Claim {
    Claim {
        name,
        mechanism,
        source,
        flags: SIGNATURES,
        has_flags: signs_and_verifies,
        weierstrass: true,
    }
}

fn signs_and_verifies(info: &MechanismInfo) -> bool {
    info.sign() && info.verify()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "token.mechanisms",
            "C_GetMechanismInfo knows each mechanism of C_GetMechanismList",
            "PKCS#11 3.0, sections 5.5.5 and 5.5.6",
            all,
        )
        .quick(),
    ];
    cases.extend(CLAIMS.iter().map(|&claim| {
        let case = Case::new(
            format!("token.mechanism.{}", claim.name),
            format!("{} is described as it is used", claim.mechanism),
            claim.source,
            move |subject| one(subject, claim),
        );
        match claim.weierstrass {
            true => case.not_wrong_for(Level::Full).quick(),
            false => case.quick(),
        }
    }));
    cases
}

fn all(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let listed = session.ask(Function::GetMechanismList, |pkcs11, slot| {
        pkcs11.get_mechanism_list(slot)
    })?;
    let mut verdict = Verdict::pass();
    for (number, &mechanism) in listed.iter().enumerate() {
        if listed[..number].contains(&mechanism) {
            verdict = verdict.with_warning(
                Finding::new("each mechanism once", format!("{mechanism} more than once"))
                    .by("C_GetMechanismList"),
            );
            continue;
        }
        let asked = session.ask(Function::GetMechanismInfo, |pkcs11, slot| {
            pkcs11.get_mechanism_info(slot, mechanism)
        });
        if let Err(error) = asked {
            let expected = format!("a description of {mechanism}, which is listed");
            verdict = verdict.with_failure(Finding::of(expected, &error).remedy(
                "describe each mechanism that is listed: Parsec asks C_GetMechanismInfo whether there is one",
            ));
        }
    }
    Ok(verdict.note(format!(
        "{} of the mechanisms in the list are known to this program",
        listed.len()
    )))
}

fn one(subject: &mut Subject, claim: Claim) -> Result<Verdict> {
    let mechanism = claim.mechanism;
    let session = subject.bench()?.session();
    let listed = session.ask(Function::GetMechanismList, |pkcs11, slot| {
        pkcs11.get_mechanism_list(slot)
    })?;
    let is_listed = listed.contains(&mechanism);
    let asked = session.ask(Function::GetMechanismInfo, |pkcs11, slot| {
        pkcs11.get_mechanism_info(slot, mechanism)
    });
    let info = match asked {
        Err(error) if error.kind() == ErrorKind::NotSupported && !is_listed => {
            return Ok(Verdict::skip(format!("the token lacks {mechanism}")));
        }
        Err(error) => {
            let expected = format!("a description of {mechanism}");
            return Ok(Verdict::fail(Finding::of(expected, &error).remedy(
                "describe each mechanism that is listed: Parsec takes one that is not described for one that is not \
                 there",
            )));
        }
        Ok(info) => info,
    };
    let mut verdict = sizes(Verdict::pass(), claim, &info);
    // cryptoki leaves those out that it has no name for.
    let can_be_listed = MechanismType::try_from(*mechanism).is_ok();
    if !is_listed && can_be_listed {
        verdict = verdict.with_warning(
            Finding::new(
                format!("{mechanism} in the list, as it is described"),
                "a list without it",
            )
            .by("C_GetMechanismList")
            .remedy("list it; Parsec goes by C_GetMechanismInfo, other applications by the list"),
        );
    }
    if !(claim.has_flags)(&info) {
        verdict = verdict.with_warning(
            Finding::new(
                format!("{} for {mechanism}", claim.flags),
                "not all of them",
            )
            .by("C_GetMechanismInfo")
            .remedy("set the flags; Parsec tries the mechanism all the same"),
        );
    }
    Ok(verdict)
}

/// The sizes are told in bits, and those of most tokens do not tell which curves work.
fn sizes(verdict: Verdict, claim: Claim, info: &MechanismInfo) -> Verdict {
    let (smallest, largest) = (info.min_key_size(), info.max_key_size());
    let problem = if smallest > largest {
        "the smallest key is larger than the largest"
    } else if claim.weierstrass && largest <= BYTES_AT_MOST {
        "these are bytes"
    } else if claim.weierstrass && !(smallest..=largest).contains(&Curve::Secp256r1.bits()) {
        "secp256r1 is not among them"
    } else {
        return verdict.note(format!("keys of {smallest} to {largest} bits"));
    };
    verdict.with_warning(
        Finding::new(
            "sizes of keys in bits, 256 among them",
            format!("{smallest} to {largest}: {problem}"),
        )
        .by("C_GetMechanismInfo")
        .remedy("correct ulMinKeySize and ulMaxKeySize; Parsec tries each curve all the same"),
    )
}
