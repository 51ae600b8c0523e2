//! Owns the login: when a PIN may be tried, and what a refusal means.

use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::RawAuthPin;
use log::warn;

use crate::config::Pin;
use crate::error::{Error, ErrorKind, Result};

/// Logs the user in on `session`, trying `pin` at most once.
///
/// The flags of the token are looked at first (PKCS#11 3.0, section 3.2, `CK_TOKEN_INFO`): a PIN
/// that is locked, or whose refusal would lock it, is not tried.
///
/// # Errors
///
/// [`ErrorKind::PinRefused`] if the PIN was refused or not tried; it must then not be tried again
/// before a person has looked at it.
pub(crate) fn login(
    session: &Session,
    info: Option<&TokenInfo>,
    pin: &Pin,
    allow_final_pin_try: bool,
) -> Result<()> {
    match info {
        Some(info) => check_flags(info, allow_final_pin_try)?,
        None => warn!(
            "The token does not tell how many tries of the user PIN are left; it is tried once."
        ),
    }
    let pin = RawAuthPin::new(Box::new(pin.as_bytes().to_vec()));
    match session.login_with_raw(UserType::User, &pin) {
        Ok(()) => Ok(()),
        Err(CryptokiError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
            warn!(
                "Another part of this process is logged in to the token already; the configured \
                 PIN was not proven."
            );
            Ok(())
        }
        Err(source) => {
            let error = Error::from(source);
            Err(match error.kind() {
                ErrorKind::PinRefused => error.context(
                    "the token refused the user PIN; it was tried once and is not tried again: \
                     correct the PIN in the configuration before the next start",
                ),
                _ => error.context("the login failed"),
            })
        }
    }
}

/// What the error of a login is, by what the token says of itself before and after it: one that counts failed
/// logins has refused the PIN, by whatever error. One that never tells may have.
pub(crate) fn judged(error: Error, before: Option<&TokenInfo>, after: Option<&TokenInfo>) -> Error {
    let refused = match (before, after) {
        (_, Some(after)) => has_few_tries(after),
        (None, None) => may_be_refusal(&error),
        // The token went away.
        (Some(_), None) => false,
    };
    if !refused || error.kind() == ErrorKind::PinRefused {
        return error;
    }
    error.with_kind(ErrorKind::PinRefused).context(
        "the user PIN was refused, or may have been, so it is not tried again: correct the PIN in \
         the configuration, or look at the token, before the next start",
    )
}

/// Whether a login failed for no reason that is named.
fn may_be_refusal(error: &Error) -> bool {
    let is_unknown = matches!(
        error.ckr(),
        Some(RvError::VendorDefined(_) | RvError::UnknownErrorCode(_))
    );
    is_unknown || error.is_vague()
}

/// Whether the user PIN was refused since it was last taken, as far as the token counts that.
pub(crate) fn has_few_tries(info: &TokenInfo) -> bool {
    info.user_pin_count_low() || info.user_pin_final_try() || info.user_pin_locked()
}

fn check_flags(info: &TokenInfo, allow_final_pin_try: bool) -> Result<()> {
    if info.user_pin_locked() {
        return Err(Error::new(
            ErrorKind::PinRefused,
            "the user PIN of the token is locked and was not tried; the security officer can set \
             a new one",
        ));
    }
    if info.user_pin_final_try() && !allow_final_pin_try {
        return Err(Error::new(
            ErrorKind::PinRefused,
            "the token would lock the user PIN after one more refusal, so it was not tried: check \
             the PIN with the vendor's tool, or set allow_final_pin_try = true for one start",
        ));
    }
    Ok(())
}
