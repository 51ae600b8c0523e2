//! Owns throw-away tokens of the PKCS#11 modules that the operation tests run on, beside SoftHSM2.
//!
#![doc = include_str!("../README.md")]

mod daemon;
mod environment;
mod error;
mod initialization;
mod installed;
pub mod kryoptic;
pub mod nss;
pub mod opencryptoki;
pub mod p11_kit;
mod token;
pub mod tpm2;

pub use error::{Error, Result};
pub use token::TestToken;
