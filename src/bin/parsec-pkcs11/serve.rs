//! Owns `parsec-pkcs11 serve`: its arguments and exit codes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::lines::{complain, say};
use super::{ErrorKind, service};

/// The exit code for a PIN that the token refused, or would lock at another refusal: `EX_CONFIG`
/// of sysexits(3). Starting again with the same PIN may lock the token.
const PIN_REFUSED: u8 = 78;

/// Run the Parsec service.
///
/// Exit codes: 0 success, 1 an error, 2 wrong arguments, 75 calls to the token did not return (start
/// again), 78 the PIN was refused (do not restart: another try may lock the token).
#[derive(Args)]
pub(super) struct Arguments {
    /// The configuration file: a Parsec config.toml with one Pkcs11 provider.
    #[arg(short, long, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
    /// Check the configuration, list what is wrong with it, and start nothing.
    #[arg(long)]
    check_config: bool,
}

pub(super) fn serve(arguments: &Arguments) -> ExitCode {
    match arguments.check_config {
        true => check_config(&arguments.config),
        false => run(&arguments.config),
    }
}

fn run(config: &Path) -> ExitCode {
    match service::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("parsec-pkcs11: {error}"));
            match error.kind() {
                ErrorKind::PinRefused => ExitCode::from(PIN_REFUSED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn check_config(config: &Path) -> ExitCode {
    let problems = service::check_config(config);
    for problem in &problems {
        complain(problem);
    }
    if problems.is_empty() {
        say(format_args!("{}: OK", config.display()));
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
