//! Owns the case that tries a wrong PIN: only if the user allows it, once, and never where a flag of the token says
//! that one was tried before.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::session::Session;
use cryptoki::slot::TokenInfo;
use zeroize::Zeroizing;

use crate::check::alone::Alone;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::error::Result;

pub(super) fn look(subject: &mut Subject) -> Result<Verdict> {
    if !subject.allow_wrong_pin {
        return Ok(Verdict::skip(
            "no wrong PIN is tried without --allow-wrong-pin",
        ));
    }
    subject.alone(|alone| {
        let Some(pin) = alone.config().pin.as_ref() else {
            return Ok(Verdict::skip("no PIN was given"));
        };
        let session = alone.open_session()?;
        if let Some(reason) = risk(alone) {
            return Ok(Verdict::skip(reason));
        }
        // The right one is proven first, so that the count of tries can be reset afterwards.
        alone.login(&session)?;
        alone.call(Function::Logout, |_| session.logout())?;
        if let Some(reason) = risk(alone) {
            return Ok(Verdict::skip(reason));
        }
        let right = Zeroizing::new(pin.as_bytes().to_vec());
        let verdict = judge(alone.try_pin(&session, &another(&right)))?;
        Ok(reset(alone, &session, &right, verdict))
    })
}

fn judge(tried: Result<()>) -> Result<Verdict> {
    let refusal = Refusal {
        call: "C_Login",
        named: &[RvError::PinIncorrect],
    };
    refusal.judge(tried)
}

/// Why no wrong PIN may be tried, if so.
fn risk(alone: &Alone) -> Option<String> {
    match flag(alone) {
        Ok(flag) => flag.map(|flag| format!("the token says {flag}, so no wrong PIN is tried")),
        Err(error) => Some(format!(
            "the flags of the token cannot be read, so no wrong PIN is tried: {error}"
        )),
    }
}

fn flag(alone: &Alone) -> Result<Option<&'static str>> {
    let info = alone.call(Function::GetTokenInfo, |pkcs11| {
        pkcs11.get_token_info(alone.slot())
    })?;
    Ok(flag_of(&info))
}

fn flag_of(info: &TokenInfo) -> Option<&'static str> {
    [
        (info.user_pin_locked(), "CKF_USER_PIN_LOCKED"),
        (info.user_pin_final_try(), "CKF_USER_PIN_FINAL_TRY"),
        (info.user_pin_count_low(), "CKF_USER_PIN_COUNT_LOW"),
        (info.user_pin_to_be_changed(), "CKF_USER_PIN_TO_BE_CHANGED"),
        (
            info.protected_authentication_path(),
            "CKF_PROTECTED_AUTHENTICATION_PATH",
        ),
    ]
    .into_iter()
    .find_map(|(is_set, flag)| is_set.then_some(flag))
}

/// A PIN as long as the right one, of the same kind of characters.
fn another(right: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut wrong = Zeroizing::new(right.to_vec());
    if let Some(last) = wrong.last_mut() {
        *last = match *last {
            b'9' => b'0',
            b'z' => b'a',
            b'Z' => b'A',
            other if other.is_ascii_alphanumeric() => other + 1,
            b'.' => b',',
            _ => b'.',
        };
    }
    wrong
}

/// The count of tries is as before once the right PIN was taken; its refusal would be no reason to try it again.
fn reset(alone: &Alone, session: &Session, right: &[u8], mut verdict: Verdict) -> Verdict {
    if let Err(error) = alone.try_pin(session, right) {
        let is_in = error.ckr() == Some(RvError::UserAlreadyLoggedIn);
        if !is_in {
            return verdict.with_failure(
                Finding::of("a login with the right PIN, after one wrong one", &error).remedy(
                    "look at the state of the PIN with the vendor's tool: a token must take the right PIN after a \
                     single wrong one",
                ),
            );
        }
    }
    if let Ok(Some(flag)) = flag(alone) {
        verdict = verdict.with_warning(
            Finding::new("flags that a successful login has reset", flag)
                .by("C_GetTokenInfo")
                .remedy("reset the flags with a successful login: Parsec does not log in after CKF_USER_PIN_FINAL_TRY"),
        );
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_pin_is_another_one_as_long() {
        for right in [
            "123456",
            "99999",
            "abcz",
            "PIN.",
            "p\u{e4}\u{df}",
            "a b ",
            "~",
        ] {
            let wrong = another(right.as_bytes());
            assert_eq!(wrong.len(), right.len());
            assert_ne!(wrong.as_slice(), right.as_bytes());
        }
    }
}
