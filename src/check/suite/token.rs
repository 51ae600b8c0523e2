//! Owns the suite `token`: what the token says about itself, and its random bytes.

mod mechanisms;
mod pin;

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::slot::{Limit, TokenInfo};

use super::padded;
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::error::{Error, ErrorKind, Result};

const TOKEN_INFO: &str = "PKCS#11 3.0, section 3.2, CK_TOKEN_INFO";

/// So many random bytes are the same by chance once in 2^256 times.
const RANDOM_BYTES: u32 = 32;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "token.info",
            "C_GetTokenInfo can be read, and tells a serial number",
            TOKEN_INFO,
            info,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "token.texts",
            "the texts of C_GetTokenInfo are UTF-8, padded with blanks",
            TOKEN_INFO,
            texts,
        )
        .quick(),
        Case::new(
            "token.flags",
            "the flags of the token fit one that is in use",
            TOKEN_INFO,
            flags,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "token.session-counts",
            "the counts of open sessions keep to the limits and count this one",
            TOKEN_INFO,
            session_counts,
        )
        .quick(),
        Case::new(
            "token.random",
            "C_GenerateRandom gives other bytes each time",
            "PKCS#11 3.0, section 5.19.2",
            random,
        )
        .works_for(Level::Full)
        .quick(),
    ];
    cases.extend(pin::cases());
    cases.extend(mechanisms::cases());
    cases
}

/// What `C_GetTokenInfo` says, asked while a user is logged in.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the answer cannot be read, as it is looked at by `token.info` alone.
fn token_info(subject: &mut Subject) -> Result<TokenInfo> {
    ask(subject).map_err(|error| match is_unreadable(&error) {
        true => error.with_kind(ErrorKind::NotSupported),
        false => error,
    })
}

fn ask(subject: &mut Subject) -> Result<TokenInfo> {
    let session = subject.bench()?.session();
    session.ask(Function::GetTokenInfo, |pkcs11, slot| {
        pkcs11.get_token_info(slot)
    })
}

/// The module answered with success, and with something that has no meaning: a clock in a format of its own, for
/// example, as opencryptoki 3.8 has it.
fn is_unreadable(error: &Error) -> bool {
    error.ckr().is_none() && error.kind() == ErrorKind::CommunicationFailure
}

fn info(subject: &mut Subject) -> Result<Verdict> {
    let expected = "an answer in the form of CK_TOKEN_INFO";
    let info = match ask(subject) {
        Err(error) if is_unreadable(&error) => {
            let finding = Finding::of(expected, &error).by("C_GetTokenInfo").remedy(
                "write utcTime as YYYYMMDDhhmmss00, or clear CKF_CLOCK_ON_TOKEN; until then the token can be chosen \
                 by slot_number only, and its limits and PIN flags are not known",
            );
            return Ok(Verdict::warn(finding));
        }
        info => info?,
    };
    let mut verdict = Verdict::pass();
    if info.serial_number().trim_matches([' ', '\0']).is_empty() {
        verdict = verdict.with_warning(
            Finding::new("a serial number", "an empty one")
                .by("C_GetTokenInfo")
                .remedy(
                    "give each token a serial number of its own: without one, Parsec cannot find a token again that \
                     was plugged into another slot",
                ),
        );
    }
    for (what, total, free) in [
        (
            "public",
            info.total_public_memory(),
            info.free_public_memory(),
        ),
        (
            "private",
            info.total_private_memory(),
            info.free_private_memory(),
        ),
    ] {
        if let (Some(total), Some(free)) = (total, free) {
            verdict = match free <= total {
                true => verdict.note(format!("{free} of {total} bytes of {what} memory are free")),
                false => verdict.with_warning(
                    Finding::new(
                        format!("no more free {what} memory than there is"),
                        format!("{free} of {total} bytes"),
                    )
                    .by("C_GetTokenInfo")
                    .remedy("tell what is free, or CK_UNAVAILABLE_INFORMATION; Parsec does not go by it"),
                ),
            };
        }
    }
    Ok(verdict)
}

fn texts(subject: &mut Subject) -> Result<Verdict> {
    let info = token_info(subject)?;
    let fields = [
        ("label", info.label()),
        ("manufacturerID", info.manufacturer_id()),
        ("model", info.model()),
        ("serialNumber", info.serial_number()),
    ];
    Ok(padded::look(&fields, "C_GetTokenInfo"))
}

fn flags(subject: &mut Subject) -> Result<Verdict> {
    let is_logged_in = subject.token()?.is_logged_in();
    let info = token_info(subject)?;
    let mut verdict = Verdict::pass();
    if info.write_protected() {
        verdict = verdict.with_failure(flag(
            "a token that can be written, as somebody is logged in",
            "CKF_WRITE_PROTECTED",
            "remove the write protection of the token: Parsec keeps its keys there",
        ));
    }
    if info.error_state() {
        verdict = verdict.with_failure(flag(
            "a token without an error",
            "CKF_ERROR_STATE",
            "the token failed its self-test: reset it, or ask its vendor",
        ));
    }
    let doubts = [
        (
            !info.token_initialized(),
            "CKF_TOKEN_INITIALIZED not set",
            "set the flag on a token that is initialised: Parsec passes over tokens without it",
        ),
        (
            !info.user_pin_initialized() && is_logged_in,
            "CKF_USER_PIN_INITIALIZED not set, and a user is logged in",
            "set the flag once there is a user PIN",
        ),
        (
            !info.login_required() && is_logged_in,
            "CKF_LOGIN_REQUIRED not set",
            "set the flag if private objects are hidden without a login: without it, Parsec takes a key that it \
             does not see for one that does not exist",
        ),
        (
            info.secondary_authentication(),
            "CKF_SECONDARY_AUTHENTICATION",
            "clear the flag, which is not used any more",
        ),
    ];
    for (is_wrong, found, remedy) in doubts {
        if is_wrong {
            verdict = verdict.with_warning(flag("flags that fit a token in use", found, remedy));
        }
    }
    let notes = [
        (info.rng(), "it has a random number generator"),
        (info.clock_on_token(), "it has a clock"),
        (
            info.protected_authentication_path(),
            "PINs can be entered at the token",
        ),
    ];
    let told = notes.into_iter().filter(|(is_told, _)| *is_told);
    Ok(told.fold(verdict, |verdict, (_, note)| verdict.note(note)))
}

fn flag(expected: &str, actual: &str, remedy: &str) -> Finding {
    Finding::new(expected, actual)
        .by("C_GetTokenInfo")
        .remedy(remedy)
}

fn session_counts(subject: &mut Subject) -> Result<Verdict> {
    let info = token_info(subject)?;
    let counts = [
        ("sessions", info.session_count(), info.max_session_count()),
        (
            "sessions that write",
            info.rw_session_count(),
            info.max_rw_session_count(),
        ),
    ];
    let mut verdict = Verdict::pass();
    for (what, count, limit) in counts {
        let Some(count) = count else {
            verdict = verdict.note(format!("the number of open {what} is not told"));
            continue;
        };
        let is_above = matches!(limit, Limit::Max(limit) if count > limit);
        if count == 0 || is_above {
            let finding = Finding::new(
                format!("at least one open session, and no more {what} than the limit"),
                format!("{count} {what}, and a limit of {limit:?}"),
            );
            verdict = verdict.with_warning(finding.by("C_GetTokenInfo").remedy(
                "count the open sessions of the application, or tell CK_UNAVAILABLE_INFORMATION; Parsec goes by the \
                 limits only",
            ));
        }
    }
    Ok(verdict)
}

fn random(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let draw = || {
        session.call(Function::GenerateRandom, |session| {
            session.generate_random_vec(RANDOM_BYTES)
        })
    };
    let (first, second) = match (draw(), draw()) {
        (Err(error), _) | (_, Err(error)) if error.ckr() == Some(RvError::RandomNoRng) => {
            return Ok(Verdict::skip(error.to_string()));
        }
        (first, second) => (first?, second?),
    };
    let is_constant = first.iter().all(|byte| Some(byte) == first.first());
    Ok(match first == second || is_constant {
        false => Verdict::pass(),
        true => Verdict::fail(
            Finding::new("random bytes", "the same bytes again")
                .by("C_GenerateRandom")
                .remedy(
                    "do not use the token: keys and signatures hang on its random numbers; ask its vendor",
                ),
        ),
    })
}
