//! Owns the operations: each is one file, takes bytes and a key identifier, and gives bytes.
//!
//! They know no names, no policies and no service; Parsec's generations and the vendor check share
//! them.

mod adaptation;
pub mod agree;
pub mod capability;
pub mod destroy;
mod digest_form;
pub mod export;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod generate;
pub mod import;
mod inspection;
pub(crate) mod objects;
pub mod random;
pub mod sign;
pub mod survey;
pub(crate) mod template;
pub(crate) mod trial;
pub mod verify;

pub use crate::token::KeyUsage;
pub use template::NewKey;
