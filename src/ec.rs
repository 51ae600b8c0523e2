//! Owns the curves and their encodings: bytes in, checked values out; no PKCS#11 and no I/O.

mod curve;
pub(crate) mod der;
mod digest;
mod hash;
mod integer;
mod params;
mod point;
mod scalar;
mod secret;
mod signature;
pub mod software;

pub use curve::{Curve, Family};
#[cfg(test)]
pub(crate) use digest::leftmost_bits;
pub use digest::truncate_digest;
pub use hash::Hash;
pub use point::PublicKey;
pub use scalar::PrivateKey;
pub use secret::SharedSecret;
pub use signature::Signature;
