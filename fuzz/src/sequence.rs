//! Owns sequences of operations: what an input says, what the model expects, and their comparison.

mod action;
mod attributes;
mod bytes;
mod expectation;
mod judge;
mod model;
mod run;

pub use action::Sequence;
pub use attributes::psa_family;
pub use run::run;
