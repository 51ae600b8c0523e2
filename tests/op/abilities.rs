//! Owns what a token is expected to do. What it is not expected to do, it must answer with
//! `ErrorKind::NotSupported`: `check` asserts that, for every curve.

use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::{ErrorKind, Result};

/// The curves of each operation, beside those on which the token makes keys and signs (`CURVES`).
pub(crate) struct Abilities {
    pub(crate) agree: &'static [Curve],
    pub(crate) import_public: &'static [Curve],
    pub(crate) import_pair: &'static [Curve],
    pub(crate) export_private: &'static [Curve],
}

impl Abilities {
    /// Everything, on these curves.
    pub(crate) const fn all_on(curves: &'static [Curve]) -> Self {
        Self {
            agree: curves,
            import_public: curves,
            import_pair: curves,
            export_private: curves,
        }
    }
}

/// What is not expected of the token must be answered with `NotSupported`.
pub(crate) fn check(what: &str, expected: bool, outcome: Result<()>) {
    match outcome {
        Ok(()) => assert!(expected, "{what} is done"),
        Err(error) if expected => panic!("{what}: {error}"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotSupported, "{what}: {error}"),
    }
}
