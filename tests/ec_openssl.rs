//! Owns the proof that `ec` and OpenSSL, which shares no code with it, answer alike.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "ec_openssl/curves.rs"]
mod curves;
#[path = "ec_openssl/edge_signatures.rs"]
mod edge_signatures;
#[path = "ec_openssl/hashes.rs"]
mod hashes;
#[path = "ec_openssl/judge.rs"]
mod judge;
#[path = "ec_openssl/montgomery.rs"]
mod montgomery;
#[path = "ec_openssl/points.rs"]
mod points;
#[path = "ec_openssl/secrets.rs"]
mod secrets;
#[path = "ec_openssl/signatures.rs"]
mod signatures;
