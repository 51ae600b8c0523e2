//! Owns the look at the fixed text fields of PKCS#11: UTF-8, padded with blanks, not terminated by NUL.

use crate::check::finding::Finding;
use crate::check::outcome::Verdict;

/// A warning for each field that is not so; `fields` are names and values, from which cryptoki has taken the blanks
/// at the end.
pub(super) fn look(fields: &[(&str, &str)], call: &str) -> Verdict {
    let mut verdict = Verdict::pass();
    for &(name, text) in fields {
        let problem = if text.contains('\0') {
            "it has NUL bytes"
        } else if text.contains(char::REPLACEMENT_CHARACTER) {
            "it is not UTF-8"
        } else if text.chars().any(char::is_control) {
            "it has control characters"
        } else {
            continue;
        };
        let finding = Finding::new(
            format!("{name} in UTF-8, padded with blanks"),
            format!("{problem}: \"{}\"", text.escape_debug()),
        );
        verdict = verdict.with_warning(finding.by(call).remedy(
            "pad the field with blanks: a label or serial number that is compared as text may not match",
        ));
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::outcome::Outcome;

    #[test]
    fn only_blanks_pad() {
        let outcome = |text| look(&[("label", text)], "C_GetTokenInfo").outcome;
        assert_eq!(outcome("a label"), Outcome::Pass);
        assert_eq!(outcome("héllo"), Outcome::Pass);
        assert_eq!(outcome("a label\0\0\0"), Outcome::Warn);
        assert_eq!(outcome("a \u{fffd}"), Outcome::Warn);
        assert_eq!(outcome("a\nlabel"), Outcome::Warn);
    }
}
