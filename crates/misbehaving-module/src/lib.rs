//! Owns a PKCS#11 module that forwards to a real one and misbehaves as a control file tells it.
//!
#![doc = include_str!("../README.md")]

pub mod control;
pub mod names;
pub mod statistics;

mod aliases;
mod attributes;
mod call;
mod encoding;
mod entry;
mod inject;
mod keys;
mod location;
mod login;
mod mechanisms;
mod objects;
mod point;
mod raw;
mod sessions;
mod signing;
mod target;
mod token_info;
mod token_presence;
mod watch;

pub use location::{CONTROL, TARGET, control_path, install, module_path};
