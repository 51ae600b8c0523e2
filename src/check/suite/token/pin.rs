//! Owns the cases about the user PIN as `C_GetTokenInfo` describes it; no PIN is tried.

use super::{TOKEN_INFO, token_info};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::error::Result;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "token.pin-flags",
            "no flag says that wrong PINs were tried, or that the PIN must be changed",
            TOKEN_INFO,
            flags,
        )
        .quick(),
        Case::new(
            "token.pin-length",
            "the limits of the length of PINs allow the one in use",
            TOKEN_INFO,
            length,
        )
        .quick(),
    ]
}

fn flags(subject: &mut Subject) -> Result<Verdict> {
    let is_logged_in = subject.token()?.is_logged_in();
    let info = token_info(subject)?;
    let stale = "reset the flag with a successful login, as the standard says";
    let found = [
        (
            info.user_pin_count_low(),
            "CKF_USER_PIN_COUNT_LOW",
            match is_logged_in {
                true => stale,
                false => "somebody tried a wrong PIN; a login with the right one resets the count",
            },
        ),
        (
            info.user_pin_final_try(),
            "CKF_USER_PIN_FINAL_TRY",
            match is_logged_in {
                true => {
                    "reset the flag with a successful login: Parsec does not log in while it is set"
                }
                false => {
                    "log in with the right PIN and the vendor's tool: one more wrong PIN locks the token"
                }
            },
        ),
        (
            info.user_pin_locked(),
            "CKF_USER_PIN_LOCKED",
            match is_logged_in {
                true => {
                    "reset the flag, as a user is logged in: Parsec does not log in while it is set"
                }
                false => "let the security officer set a new PIN",
            },
        ),
        (
            info.user_pin_to_be_changed(),
            "CKF_USER_PIN_TO_BE_CHANGED",
            "change the PIN with the vendor's tool: some tokens do nothing else before",
        ),
    ];
    let expected = "none of the flags of a user PIN in trouble";
    let mut verdict = Verdict::pass();
    for (is_set, flag, remedy) in found {
        if is_set {
            let finding = Finding::new(expected, flag)
                .by("C_GetTokenInfo")
                .remedy(remedy);
            verdict = verdict.with_warning(finding);
        }
    }
    Ok(verdict)
}

fn length(subject: &mut Subject) -> Result<Verdict> {
    let pin = subject.token()?.config().pin.as_ref();
    let used = pin.map(|pin| pin.as_bytes().len());
    let info = token_info(subject)?;
    let (shortest, longest) = (info.min_pin_length(), info.max_pin_length());
    // The length of the PIN in use is told to nobody.
    let allows = used.is_none_or(|used| (shortest..=longest).contains(&used));
    let told = format!("{shortest} to {longest} bytes");
    Ok(match allows {
        true => Verdict::pass(),
        false => Verdict::warn(
            Finding::new("limits that the PIN in use keeps to", &told)
                .by("C_GetTokenInfo")
                .remedy("correct ulMinPinLen and ulMaxPinLen; Parsec does not go by them"),
        ),
    }
    .note(format!("PINs have {told}")))
}
