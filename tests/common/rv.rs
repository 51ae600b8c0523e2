//! Return values of PKCS#11 by their names, for what the misbehaving module is told to answer.

use misbehaving_module::names::Rv;

/// A return value by its name.
pub(crate) fn rv(name: &str) -> Rv {
    name.parse().unwrap()
}
