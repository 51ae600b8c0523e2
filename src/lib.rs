//! A PKCS#11 provider back end for elliptic-curve keys in Parsec.
//!
//! Parsec (Platform AbstRaction for SECurity) gives applications one PSA-Crypto-like API over a Unix
//! socket. This crate maps the ECC operations of that API onto the PKCS#11 calls of an HSM, a
//! smart card or a software token.
//!
//! The layers, from the bottom; imports point down only:
//!
//! | module | owns |
//! |---|---|
//! | [`error`], [`config`] | the one error type; the options of a provider, parsed |
//! | [`ec`] | curves and encodings: bytes only |
//! | [`token`] | one module, its token, login and sessions, the objects on it |
//! | [`op`] | one file per operation: bytes and a key identifier in, bytes out |
//! | `check` | the validation of a token, by its own calls and by the operations (feature `check`) |
//! | `generation` | what Parsec 1.5 names or does in its own way (feature `service`) |
//! | `provider` | the provider: names, policies and mappings (feature `service`) |
//! | `provide` | Parsec's `Provide` trait (feature `service`) |
//! | `service` | a Parsec service around the provider (feature `service`) |
//! | `migrate` | the move of key mappings between Parsec's key info managers (feature `service`) |
//!
//! Everything below `generation` is neutral of Parsec's version. The packages in `compat/` compile
//! `provider` and `service` with a `generation` and a `provide` of their own.

#[cfg(feature = "check")]
pub mod check;
pub mod config;
pub mod ec;
pub mod error;
#[cfg(feature = "service")]
mod generation;
#[cfg(feature = "service")]
pub mod migrate;
pub mod op;
#[cfg(feature = "service")]
mod provide;
#[cfg(feature = "service")]
pub mod provider;
#[cfg(feature = "service")]
pub mod service;
pub mod token;

pub use error::{Error, ErrorKind, Result};

/// The examples of the README, as tests.
#[cfg(all(doctest, feature = "service"))]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
