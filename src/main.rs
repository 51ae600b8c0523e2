//! Owns the command line of `parsec-pkcs11`: arguments and exit codes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use parsec_pkcs11_ecc::{ErrorKind, service};

/// The exit code for a PIN that the token refused, or would lock at another refusal: `EX_CONFIG`
/// of sysexits(3). Starting again with the same PIN may lock the token.
const PIN_REFUSED: u8 = 78;

/// ECC keys on a PKCS#11 token for the clients of Parsec.
///
/// Exit codes: 0 success, 1 an error, 2 wrong arguments, 75 calls to the token did not return (start
/// again), 78 the PIN was refused (do not restart: another try may lock the token).
#[derive(Parser)]
#[command(version, about, long_about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the Parsec service.
    Serve {
        /// The configuration file: a Parsec config.toml with one Pkcs11 provider.
        #[arg(short, long, value_name = "FILE", default_value = "config.toml")]
        config: PathBuf,
        /// Check the configuration, list what is wrong with it, and start nothing.
        #[arg(long)]
        check_config: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve {
            config,
            check_config: true,
        } => check(&config),
        Command::Serve {
            config,
            check_config: false,
        } => serve(&config),
    }
}

fn serve(config: &Path) -> ExitCode {
    match service::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parsec-pkcs11: {error}");
            match error.kind() {
                ErrorKind::PinRefused => ExitCode::from(PIN_REFUSED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn check(config: &Path) -> ExitCode {
    let problems = service::check_config(config);
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() {
        println!("{}: OK", config.display());
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
