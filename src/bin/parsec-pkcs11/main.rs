//! Owns the command line of `parsec-pkcs11`: arguments and exit codes.

#[cfg(feature = "check")]
mod check;
#[cfg(test)]
mod command_line;
mod lines;
#[cfg(feature = "service")]
mod migrate;
#[cfg(feature = "check")]
mod progress;
#[cfg(feature = "service")]
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
#[cfg(feature = "service")]
use parsec_pkcs11_ecc::{ErrorKind, service};

/// ECC keys on a PKCS#11 token for the clients of Parsec.
#[derive(Parser)]
#[command(name = "parsec-pkcs11", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[cfg(feature = "service")]
    Serve(serve::Arguments),
    #[cfg(feature = "service")]
    Migrate(Box<migrate::Arguments>),
    #[cfg(feature = "check")]
    Check(Box<check::Arguments>),
    /// The process that runs the cases of `check`: started by it, never by hand.
    #[cfg(feature = "check")]
    #[command(hide = true)]
    CheckWorker,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        #[cfg(feature = "service")]
        Command::Serve(arguments) => serve::serve(&arguments),
        #[cfg(feature = "service")]
        Command::Migrate(arguments) => migrate::migrate(&arguments),
        #[cfg(feature = "check")]
        Command::Check(arguments) => check::check(&arguments),
        #[cfg(feature = "check")]
        Command::CheckWorker => check::work(),
    }
}
