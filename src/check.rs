//! Owns the validation of a token: cases that each look at one thing, run in a process that may die, and
//! the reports about them.
//!
//! 1. A *case* has a stable identifier, `ecdsa.secp384r1.sha384.sign` for example, and says which section of
//!    PKCS#11 or PSA it is about. Cases are the same for every token; what a token lacks is skipped with
//!    the reason.
//! 2. The cases use the keys and sessions of [`op`](crate::op) and [`token`](crate::token), so what is validated is
//!    what ships; they look at the raw answers of the token where that is the question. The judge is OpenSSL.
//! 3. One child process, the *worker*, runs the cases in order. The *supervisor* gives each its time, and
//!    goes on with the next in a new worker when one crashes or hangs.
//! 4. Nothing is touched that the check did not make: its objects bear the label `parsec:check-RUN:ID`.

mod alone;
mod case;
mod catalogue;
mod finding;
mod journal;
mod leftovers;
mod level;
mod lone_pair;
mod message;
mod outcome;
mod raw_import;
mod raw_pair;
mod refusal;
mod request;
mod run_id;
mod subject;
mod suite;
mod supervisor;
mod worker;
mod worker_process;

pub mod judge;
pub mod operations;
pub mod report;

pub use case::Case;
pub use catalogue::Selection;
pub use finding::Finding;
pub use leftovers::{Leftover, clean};
pub use level::Level;
pub use outcome::{CaseResult, Fact, Outcome};
pub use request::{Request, Target};
pub use supervisor::{Observer, run};
pub use worker::work;
