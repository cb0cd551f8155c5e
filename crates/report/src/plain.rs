//! Words, numbers and columns, the same in every format for people.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Text that cannot drive a terminal or break a line: control characters become visible signs, and the
/// characters that turn the direction of text around become `�`. Names in manifests are anyone's input.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| visible(c).is_some()) {
        Cow::Owned(text.chars().map(|c| visible(c).unwrap_or(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// What to show in place of a character that must not be printed.
pub(crate) fn visible(c: char) -> Option<char> {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// Columns of a terminal.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Columns of a character.
pub(crate) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// At most `limit` columns; what is longer ends in `…`.
pub(crate) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let mut left = limit.saturating_sub(1);
    let mut cut = String::new();
    for c in text.chars() {
        let Some(rest) = left.checked_sub(char_width(c)) else { break };
        left = rest;
        cut.push(c);
    }
    if limit > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// `1,234`
pub(crate) fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 finding`, `1,234 findings`
pub(crate) fn count(value: usize, noun: &str) -> String {
    let plural = match noun {
        _ if value == 1 => noun.to_owned(),
        _ if noun.ends_with("ry") => format!("{}ies", noun.trim_end_matches('y')),
        _ => format!("{noun}s"),
    };
    format!("{} {plural}", number(value))
}

/// One decimal, rounded down: what is not everything never reads as 100%.
pub(crate) fn percent(value: Option<f64>) -> String {
    match value {
        Some(value) => {
            let down = (value * 10.0 + 1e-9).floor() / 10.0;
            if down >= 100.0 { "100%".to_owned() } else { format!("{down:.1}%") }
        }
        None => "–".to_owned(),
    }
}

/// Words in lines of at most `limit` columns; a longer word stands alone.
pub(crate) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut columns = 0;
    for word in text.split(' ') {
        let length = width(word);
        if columns > 0 && columns + 1 + length > limit {
            lines.push(std::mem::take(&mut line));
            columns = 0;
        }
        if columns > 0 {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += length;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}d\u{9b}"), "a␛[31mb␊c�d�");
        assert!(matches!(clean("Größe 名前"), Cow::Borrowed(_)));
    }

    #[test]
    fn cells_are_cut_by_columns() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("名前名前", 5), "名前…");
        assert_eq!(cut("名前", 4), "名前");
    }

    #[test]
    fn what_is_not_everything_is_not_a_hundred() {
        assert_eq!(percent(Some(99.99)), "99.9%");
        assert_eq!(percent(Some(100.0)), "100%");
        assert_eq!(percent(Some(0.3 * 100.0)), "30.0%");
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn numbers_and_nouns() {
        assert_eq!(count(1, "directory"), "1 directory");
        assert_eq!(count(1_234_567, "directory"), "1,234,567 directories");
        assert_eq!(count(0, "finding"), "0 findings");
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("aaaaaaaa b", 3), ["aaaaaaaa", "b"]);
    }
}
