//! Owns the translation of this crate's errors into Parsec's response statuses, and their log lines.

use std::sync::Once;

use log::{error, info};
use parsec_interface::requests::ResponseStatus;

use crate::error::{Error, ErrorKind};

/// Logs the error of an operation and gives the status that tells a client what happened.
///
/// What the client itself did wrong is logged as information, everything else as an error: above all
/// whatever the token answered.
pub(crate) fn status(error: Error) -> ResponseStatus {
    let by_client = matches!(
        error.kind(),
        ErrorKind::InvalidArgument | ErrorKind::NotSupported | ErrorKind::NotPermitted
    );
    match error.kind() {
        ErrorKind::InvalidSignature => info!("{error}"),
        _ if by_client && error.ckr().is_none() => info!("{error}"),
        ErrorKind::NotLoggedIn => log_once_how_to_log_in(&error),
        _ => error!("{error}"),
    }
    response_status(error.kind())
}

fn log_once_how_to_log_in(error: &Error) {
    static LOGGED: Once = Once::new();
    LOGGED.call_once(|| {
        error!(
            "{error}. The token wants a login for its private objects: if none is set, set user_pin, user_pin_file, \
             user_pin_env or user_pin_credential for the provider. This is logged once."
        );
    });
}

fn response_status(kind: ErrorKind) -> ResponseStatus {
    match kind {
        ErrorKind::InvalidArgument => ResponseStatus::PsaErrorInvalidArgument,
        ErrorKind::NotSupported => ResponseStatus::PsaErrorNotSupported,
        ErrorKind::NotPermitted | ErrorKind::NotLoggedIn | ErrorKind::PinRefused => {
            ResponseStatus::PsaErrorNotPermitted
        }
        ErrorKind::InvalidSignature => ResponseStatus::PsaErrorInvalidSignature,
        ErrorKind::DoesNotExist => ResponseStatus::PsaErrorDoesNotExist,
        ErrorKind::InsufficientStorage => ResponseStatus::PsaErrorInsufficientStorage,
        ErrorKind::InsufficientMemory | ErrorKind::SessionsExhausted => {
            ResponseStatus::PsaErrorInsufficientMemory
        }
        ErrorKind::InsufficientEntropy => ResponseStatus::PsaErrorInsufficientEntropy,
        ErrorKind::HardwareFailure | ErrorKind::TokenAway | ErrorKind::HandleClash => {
            ResponseStatus::PsaErrorHardwareFailure
        }
        ErrorKind::CorruptionDetected => ResponseStatus::PsaErrorCorruptionDetected,
        ErrorKind::CommunicationFailure => ResponseStatus::PsaErrorCommunicationFailure,
        // `IdClash`, `Configuration`, and what is new in a version that the packages in compat/ meet.
        _ => ResponseStatus::PsaErrorGenericError,
    }
}
