//! Owns the comparison of a refusal with the return values that the standard names for it.

use cryptoki::error::RvError;

use super::finding::{Finding, ckr_name};
use super::outcome::Verdict;
use crate::error::{CkrClass, Error, Result};

/// A call that must be refused.
pub(crate) struct Refusal {
    /// The function, `C_Sign` for example.
    pub(crate) call: &'static str,
    /// The return values that say why.
    pub(crate) named: &'static [RvError],
}

impl Refusal {
    /// What an outcome of the call says about the token: success is wrong, and another refusal than a named one
    /// has to be guessed at.
    ///
    /// # Errors
    ///
    /// Those that do not come from the token, and `CKR_FUNCTION_NOT_SUPPORTED`.
    pub(crate) fn judge<T>(&self, outcome: Result<T>) -> Result<Verdict> {
        let expected = self.expected();
        match outcome {
            Ok(_) => Ok(Verdict::fail(
                Finding::new(expected, "CKR_OK").by(self.call),
            )),
            Err(error) => match error.ckr() {
                None | Some(RvError::FunctionNotSupported) => Err(error),
                Some(ckr) if self.named.contains(&ckr) => Ok(Verdict::pass()),
                Some(_) => Ok(Verdict::warn(
                    Finding::of(&expected, &error).remedy(remedy(&expected, &error)),
                )),
            },
        }
    }

    fn expected(&self) -> String {
        let names: Vec<_> = self.named.iter().map(|&named| ckr_name(named)).collect();
        names.join(" or ")
    }
}

fn remedy(expected: &str, error: &Error) -> String {
    match error.ckr_class() {
        Some(CkrClass::Device | CkrClass::Session) => format!(
            "let the module return {expected}: Parsec takes this value for a failure of the token, closes the \
             session and may log in anew"
        ),
        _ => format!(
            "let the module return {expected}: Parsec guesses at the reason, and its client may be told another one"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::outcome::Outcome;
    use crate::error::ErrorKind;
    use cryptoki::context::Function;
    use cryptoki::error::Error as CryptokiError;

    const REFUSAL: Refusal = Refusal {
        call: "C_SignInit",
        named: &[RvError::KeyHandleInvalid, RvError::ObjectHandleInvalid],
    };

    fn returned(value: RvError) -> Result<()> {
        Err(CryptokiError::Pkcs11(value, Function::SignInit).into())
    }

    #[test]
    fn only_what_the_standard_names_passes() {
        let outcome = |answer| REFUSAL.judge::<()>(answer).map(|verdict| verdict.outcome);
        assert_eq!(
            outcome(returned(RvError::ObjectHandleInvalid)).ok(),
            Some(Outcome::Pass)
        );
        assert_eq!(
            outcome(returned(RvError::GeneralError)).ok(),
            Some(Outcome::Warn)
        );
        assert_eq!(outcome(Ok(())).ok(), Some(Outcome::Fail));
        assert!(outcome(returned(RvError::FunctionNotSupported)).is_err());
        assert!(outcome(Err(Error::new(ErrorKind::NotSupported, "no"))).is_err());
    }

    #[test]
    fn what_is_expected_is_named() {
        assert_eq!(
            REFUSAL.expected(),
            "CKR_KEY_HANDLE_INVALID or CKR_OBJECT_HANDLE_INVALID"
        );
    }
}
