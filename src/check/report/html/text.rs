//! Owns how text and numbers are written on the page.

/// Text that a token, or a module, may have made: what a reader would not see, or what would change the order of
/// the rest of the line, is written as its code.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_misleading(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// Controls, and what changes the direction of writing or has no width.
fn is_misleading(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A figure with as many digits as a reader wants, and commas between thousands.
pub(super) fn figure(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.digits$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction.is_empty() {
        true => grouped,
        false => format!("{grouped}.{fraction}"),
    }
}

/// A time of a case.
pub(super) fn duration(milliseconds: f64) -> String {
    match milliseconds >= 1000.0 {
        true => format!("{} s", figure(milliseconds / 1000.0)),
        false => format!("{} ms", figure(milliseconds)),
    }
}

/// So many of something, with the word in the right number.
pub(super) fn count(number: usize, one: &str, more: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_mislead_is_written_as_its_code() {
        assert_eq!(shown("a\u{202e}b\0"), "a\\u{202e}b\\u{0}");
        assert_eq!(shown("Schlüssel <b>"), "Schlüssel <b>");
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(figure(1_234_567.8), "1,234,568");
        assert_eq!(figure(123.4), "123");
        assert_eq!(figure(12.04), "12");
        assert_eq!(figure(0.0462), "0.046");
        assert_eq!(figure(-1234.0), "-1,234");
        assert_eq!(figure(-123.0), "-123");
        assert_eq!(figure(0.0), "0");
    }
}
