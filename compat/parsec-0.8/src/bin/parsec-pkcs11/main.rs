//! Owns the command line of `parsec-pkcs11` for Parsec 0.8: arguments and exit codes.

mod lines;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use parsec_pkcs11_ecc_0_8::{ErrorKind, service};

/// ECC keys on a PKCS#11 token for the clients of Parsec 0.8.
#[derive(Parser)]
#[command(name = "parsec-pkcs11", version = concat!(env!("CARGO_PKG_VERSION"), " (Parsec 0.8)"), about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(arguments) => serve::serve(&arguments),
    }
}
