//! Owns throw-away SoftHSM2 tokens for tests: one call gives a token that no other test has.
//!
#![doc = include_str!("../README.md")]

mod directory;
mod environment;
mod error;
mod module;
mod process;
mod token;

pub use environment::{Environment, configuration};
pub use error::{Error, Result};
pub use module::{module_path, util_path};
pub use process::{pkcs11, process_directory, process_directory_path};
pub use token::Token;
