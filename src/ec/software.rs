//! Owns the arithmetic on curves: what is computed, and which library computes it for which curve.

#[cfg(feature = "openssl")]
mod libcrypto;
mod rustcrypto;
mod x25519;

use k256::Secp256k1;
use p192::NistP192;
use p224::NistP224;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use zeroize::Zeroizing;

use super::{Curve, PrivateKey, PublicKey, SharedSecret, Signature};
use crate::error::{Error, ErrorKind, Result};

/// Whether this build can compute on `curve`.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if it cannot; the text says what would help.
pub fn require(curve: Curve) -> Result<()> {
    arithmetic(curve).map(|_| ())
}

/// Verifies an ECDSA signature over `digest`: FIPS 186-5, section 6.4.2.
///
/// A digest of any length but zero is accepted; a longer one than the order is cut to its leftmost
/// bits, a shorter one is used whole.
///
/// # Errors
///
/// - [`ErrorKind::InvalidSignature`] if the signature does not verify, or is one of another curve.
/// - [`ErrorKind::InvalidArgument`] for an empty digest, as a signature over it says nothing, and for
///   a Montgomery key, which has no signatures.
/// - [`ErrorKind::NotSupported`] if this build has no arithmetic for the curve ([`require`]).
pub fn verify(key: &PublicKey, digest: &[u8], signature: &Signature) -> Result<()> {
    let curve = key.curve();
    if digest.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "the digest is empty",
        ));
    }
    if curve.is_montgomery() {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("there are no signatures on {curve}"),
        ));
    }
    let arithmetic = arithmetic(curve)?;
    if signature.curve() == curve
        && (arithmetic.verify)(curve, key.as_bytes(), digest, signature.as_bytes())
    {
        Ok(())
    } else {
        Err(Error::new(
            ErrorKind::InvalidSignature,
            format!("the {curve} signature does not verify"),
        ))
    }
}

/// Agrees on a secret by ECDH: SEC 1 version 2.0, section 3.3.1; RFC 7748, section 5.
///
/// # Errors
///
/// - [`ErrorKind::InvalidArgument`] if the keys are on different curves, and if the secret of
///   Montgomery keys would be zero.
/// - [`ErrorKind::NotSupported`] if this build has no arithmetic for the curve ([`require`]).
pub fn agree(key: &PrivateKey, peer: &PublicKey) -> Result<SharedSecret> {
    let curve = key.curve();
    if peer.curve() != curve {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("the peer's key is on {}, ours on {curve}", peer.curve()),
        ));
    }
    (arithmetic(curve)?.agree)(curve, key.as_bytes(), peer.as_bytes())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("no {curve} secret for these keys"),
            )
        })
        .and_then(|x| SharedSecret::from_token(curve, &x))
}

/// Checks that `point`, `04 || x || y`, has coordinates in the field, is on the curve and in the group
/// of the base point.
///
/// # Errors
///
/// [`ErrorKind::InvalidArgument`] if not; [`ErrorKind::NotSupported`] without arithmetic.
pub(super) fn check_point(curve: Curve, point: &[u8]) -> Result<()> {
    if (arithmetic(curve)?.is_valid)(curve, point) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        format!("the public key is not a point of the group of {curve}"),
    ))
}

/// The public key of `key`.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] without arithmetic.
pub(super) fn public_key(key: &PrivateKey) -> Result<PublicKey> {
    let curve = key.curve();
    (arithmetic(curve)?.public_key)(curve, key.as_bytes())
        .map(|point| PublicKey::from_checked(curve, &point))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InsufficientMemory,
                format!("the public key on {curve} could not be computed"),
            )
        })
}

type SecretBytes = Zeroizing<Vec<u8>>;

/// The operations of one curve, on bytes whose form and range have been checked.
struct Arithmetic {
    /// From `04 || x || y`, with any coordinates.
    is_valid: fn(Curve, &[u8]) -> bool,
    /// From a private key to a public one, both in the wire form.
    public_key: fn(Curve, &[u8]) -> Option<Vec<u8>>,
    /// From a point, a digest of any length and `r || s`.
    verify: fn(Curve, &[u8], &[u8], &[u8]) -> bool,
    /// From a private and a public key to the secret.
    agree: fn(Curve, &[u8], &[u8]) -> Option<SecretBytes>,
}

fn arithmetic(curve: Curve) -> Result<Arithmetic> {
    let arithmetic = match curve {
        Curve::Secp192r1 => Some(rustcrypto::arithmetic::<NistP192>()),
        Curve::Secp224r1 => Some(rustcrypto::arithmetic::<NistP224>()),
        Curve::Secp256r1 => Some(rustcrypto::arithmetic::<NistP256>()),
        Curve::Secp384r1 => Some(rustcrypto::arithmetic::<NistP384>()),
        Curve::Secp521r1 => Some(rustcrypto::arithmetic::<NistP521>()),
        Curve::Secp256k1 => Some(rustcrypto::arithmetic::<Secp256k1>()),
        Curve::Curve25519 => Some(x25519::ARITHMETIC),
        #[cfg(feature = "openssl")]
        other => libcrypto::arithmetic(other),
        #[cfg(not(feature = "openssl"))]
        _ => None,
    };
    arithmetic.ok_or_else(|| {
        let remedy = match cfg!(feature = "openssl") {
            true => "the OpenSSL of this system leaves the curve out",
            false => "build it with the feature `openssl`",
        };
        Error::new(
            ErrorKind::NotSupported,
            format!("this build cannot compute on {curve}: {remedy}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec::integer;

    fn computed() -> impl Iterator<Item = Curve> {
        let computed = |curve: &Curve| require(*curve).is_ok();
        Curve::ALL.iter().copied().filter(computed)
    }

    fn weierstrass() -> impl Iterator<Item = Curve> {
        computed().filter(|curve| !curve.is_montgomery())
    }

    fn key(curve: Curve, d: u8) -> PrivateKey {
        PrivateKey::from_value(curve, &[d]).unwrap()
    }

    fn public(curve: Curve, d: u8) -> PublicKey {
        key(curve, d).public_key().unwrap()
    }

    /// The signature r = s = 1, in range and almost never valid.
    fn ones(curve: Curve) -> Signature {
        let mut half = vec![0; curve.order_len()];
        *half.last_mut().unwrap() = 1;
        Signature::from_bytes(curve, &half.repeat(2)).unwrap()
    }

    #[test]
    fn the_feature_brings_every_curve() {
        let without = [
            Curve::Secp192r1,
            Curve::Secp224r1,
            Curve::Secp256r1,
            Curve::Secp384r1,
            Curve::Secp521r1,
            Curve::Secp256k1,
            Curve::Curve25519,
        ];
        for curve in Curve::ALL.iter().copied() {
            let expected = cfg!(feature = "openssl") || without.contains(&curve);
            assert_eq!(require(curve).is_ok(), expected, "{curve}");
        }
    }

    #[test]
    fn without_arithmetic_the_remedy_is_said() {
        for curve in Curve::ALL.iter().copied() {
            let Err(error) = require(curve) else {
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::NotSupported);
            assert!(error.to_string().contains("feature `openssl`"));
            let key = PrivateKey::random(curve).unwrap();
            let error = key.public_key().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported);
        }
    }

    #[test]
    fn a_wrong_signature_does_not_verify() {
        for curve in weierstrass() {
            let error = verify(&public(curve, 1), &[1; 32], &ones(curve)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidSignature, "{curve}");
        }
    }

    /// Whoever has the key Q: r = s = x(Q) is a signature over z = 0, and over little else.
    #[test]
    fn a_signature_over_zero_verifies() {
        for curve in weierstrass() {
            let (key, signature) = (1..=100)
                .find_map(|d| {
                    let key = public(curve, d);
                    let x = &key.as_bytes()[1..=curve.field_len()];
                    let x = integer::fit(x, curve.order_len())?;
                    let signature = Signature::from_bytes(curve, &x.repeat(2)).ok()?;
                    Some((key, signature))
                })
                .unwrap_or_else(|| panic!("{curve}: no x is below the order"));
            verify(&key, &[0; 64], &signature).unwrap();
            let error = verify(&key, &[1; 64], &signature).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidSignature, "{curve}");
        }
    }

    #[test]
    fn an_empty_digest_is_refused() {
        let curve = Curve::Secp256r1;
        let error = verify(&public(curve, 1), &[], &ones(curve)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn montgomery_keys_have_no_signatures() {
        for curve in Curve::ALL.iter().copied().filter(|c| c.is_montgomery()) {
            let key = PublicKey::from_bytes(curve, &vec![9; curve.public_len()]).unwrap();
            let error = verify(&key, &[1; 32], &ones(Curve::Secp256r1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{curve}");
            let r_s = vec![1; 2 * curve.order_len()];
            let error = Signature::from_bytes(curve, &r_s).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{curve}");
        }
    }

    #[test]
    fn curves_do_not_mix() {
        let (key, peer) = (key(Curve::Secp256r1, 2), public(Curve::Secp384r1, 2));
        let error = agree(&key, &peer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let own = key.public_key().unwrap();
        let error = verify(&own, &[1; 32], &ones(Curve::Secp384r1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSignature);
    }

    #[test]
    fn both_sides_agree_on_the_product() {
        for curve in weierstrass() {
            let x = &public(curve, 6).as_bytes()[1..=curve.field_len()].to_vec();
            for (own, peer) in [(2, 3), (3, 2)] {
                let secret = agree(&key(curve, own), &public(curve, peer)).unwrap();
                assert_eq!(secret.as_bytes(), x, "{curve}");
            }
        }
    }

    #[test]
    fn random_keys_agree() {
        for curve in computed() {
            let [one, other] = [(); 2].map(|()| PrivateKey::random(curve).unwrap());
            assert_ne!(one.as_bytes(), other.as_bytes());
            let secret = agree(&one, &other.public_key().unwrap()).unwrap();
            let same = agree(&other, &one.public_key().unwrap()).unwrap();
            assert_eq!(secret.as_bytes(), same.as_bytes(), "{curve}");
        }
    }

    #[test]
    fn a_point_of_small_order_gives_no_secret() {
        for curve in computed().filter(|curve| curve.is_montgomery()) {
            for first in [0, 1] {
                let mut u = vec![0; curve.public_len()];
                u[0] = first;
                let peer = PublicKey::from_bytes(curve, &u).unwrap();
                let error = agree(&PrivateKey::random(curve).unwrap(), &peer).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{curve}");
            }
        }
    }
}
