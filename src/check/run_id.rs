//! Owns the identifier of a run, by which its objects on the token are known.

use crate::config::Instance;
use crate::error::Result;

/// What the instance in the labels of every run begins with.
const MARK: &str = "check-";

/// What the labels of the objects of all runs begin with.
pub(crate) const LABEL_PREFIX: &str = "parsec:check-";

/// 8 random bytes in hexadecimal digits.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// The instance in the labels of a run: they begin with `parsec:check-RUN:`.
pub(crate) fn instance(run: &str) -> Instance {
    Instance::Id(format!("{MARK}{run}"))
}

/// The run whose instance this is.
pub(crate) fn of_instance(instance: &Instance) -> Option<&str> {
    match instance {
        Instance::Id(name) => name.strip_prefix(MARK),
        Instance::Unknown => None,
    }
}
