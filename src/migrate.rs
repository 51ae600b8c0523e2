//! Owns `parsec-pkcs11 migrate`: key mappings move from Parsec's on-disk key info manager to the SQLite one,
//! and back.
//!
//! 1. Everything is read and compared before anything is written; what cannot move stops it.
//! 2. What is written is read back, by parsec-service's own key info manager as well.
//! 3. It appears at once: a new database or directory by its name, an existing database by one transaction.
//! 4. What is read from is never written to.

mod comparison;
mod configuration;
mod database;
mod database_rows;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod key_name;
mod mapping;
mod migration;
mod on_token;
mod plan;
mod provider_kind;
mod publication;
mod report;
mod running;
mod store;
mod store_walk;
mod store_writer;
mod to_database;
mod to_disk;
mod verification;

pub use migration::{NoObserver, Observer, Step, run};
pub use plan::{Authenticator, Request};
pub use report::{Outcome, Problem, ProblemKind, ProviderCount, Report, TokenCheck};

use std::path::Path;

use crate::error::{Error, ErrorKind};

fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

fn file_error(what: &str, path: &Path, source: impl Into<std::io::Error>) -> Error {
    let space = match what {
        "created" | "written" => ", and see that its file system has free space",
        _ => "",
    };
    refused(format!(
        "{} cannot be {what}: run this as the user of the service or as root{space}",
        path.display()
    ))
    .with_source(source.into())
}
