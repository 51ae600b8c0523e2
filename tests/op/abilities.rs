//! Owns the curves on which a token is expected to do an operation. That it answers `NotSupported` on the
//! others is the matter of `product`.

use parsec_pkcs11_ecc::ec::Curve;

/// The curves of each operation, beside those on which the token makes keys and signs (`CURVES`).
pub(crate) struct Abilities {
    pub(crate) agree: &'static [Curve],
    pub(crate) import_public: &'static [Curve],
    pub(crate) import_pair: &'static [Curve],
    pub(crate) export_private: &'static [Curve],
    /// Whether it refuses to derive with a key that may not; the policy of the provider is asked before.
    pub(crate) enforces_derive: bool,
}

impl Abilities {
    /// Everything, on these curves.
    pub(crate) const fn all_on(curves: &'static [Curve]) -> Self {
        Self {
            agree: curves,
            import_public: curves,
            import_pair: curves,
            export_private: curves,
            enforces_derive: true,
        }
    }
}
