//! A PKCS#11 provider back end for elliptic-curve keys in Parsec 0.7, and the service around it.
//!
//! The same provider as that of `parsec-pkcs11-ecc` for Parsec 1.5, on the same operations. `provider` and
//! `service` are links to its source; `generation` and `provide` hold what is different in Parsec 0.7.

mod generation;
mod provide;
pub mod provider;
pub mod service;

pub use parsec_pkcs11_ecc::{Error, ErrorKind, Result, config, ec, error, op, token};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
