//! The operators that start a text in a leaf, and ranges.

/// How a value is compared with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kyverno) enum Comparison {
    Equal,
    NotEqual,
    More,
    Less,
    MoreEqual,
    LessEqual,
}

/// A leaf's text between `|` and `&`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Compare(Comparison, &'a str),
    /// `1-5`: both ends belong to it.
    InRange(&'a str, &'a str),
    /// `1!-5`: below the first or above the second.
    NotInRange(&'a str, &'a str),
}

/// Takes a text apart. Blanks around the operand do not count.
pub(super) fn operation(text: &str) -> Operation<'_> {
    let compare = |comparison, rest: &'static str| {
        Operation::Compare(comparison, text.get(rest.len()..).unwrap_or_default().trim())
    };
    match text.as_bytes() {
        // A single character is no operator.
        [] | [_] => compare(Comparison::Equal, ""),
        [b'>', b'=', ..] => compare(Comparison::MoreEqual, ">="),
        [b'<', b'=', ..] => compare(Comparison::LessEqual, "<="),
        [b'>', ..] => compare(Comparison::More, ">"),
        [b'<', ..] => compare(Comparison::Less, "<"),
        [b'!', ..] => compare(Comparison::NotEqual, "!"),
        _ => range(text).unwrap_or_else(|| compare(Comparison::Equal, "")),
    }
}

/// Whether upstream takes a text for a range that includes its ends.
pub(in crate::kyverno) fn is_range(text: &str) -> bool {
    matches!(operation(text), Operation::InRange(..))
}

fn range(text: &str) -> Option<Operation<'_>> {
    let left = endpoint(text)?;
    let (first, rest) = text.split_at_checked(left)?;
    let (outside, second) = match rest.strip_prefix("!-") {
        Some(second) => (true, second),
        None => (false, rest.strip_prefix('-')?),
    };
    if endpoint(second)? != second.len() {
        return None;
    }
    Some(if outside { Operation::NotInRange(first, second) } else { Operation::InRange(first, second) })
}

/// Length of an end of a range: a sign (`|` counts as one), digits, perhaps a fraction, letters of a unit.
fn endpoint(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let run = |start: usize, accept: fn(&u8) -> bool| {
        start + bytes.iter().skip(start).take_while(|byte| accept(byte)).count()
    };
    let start = usize::from(matches!(bytes.first(), Some(b'-' | b'|' | b'+')));
    let mut end = run(start, u8::is_ascii_digit);
    if end == start {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        let fraction = run(end + 1, u8::is_ascii_digit);
        if fraction > end + 1 {
            end = fraction;
        }
    }
    Some(run(end, u8::is_ascii_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_apart() {
        use Comparison::{Equal, Less, LessEqual, More, MoreEqual, NotEqual};
        use Operation::{Compare, InRange, NotInRange};
        for (text, expected) in [
            ("", Compare(Equal, "")),
            (">", Compare(Equal, ">")),
            (">5", Compare(More, "5")),
            (">= 5", Compare(MoreEqual, "5")),
            ("<=5", Compare(LessEqual, "5")),
            ("<\u{a0}5 ", Compare(Less, "5")),
            ("!a", Compare(NotEqual, "a")),
            ("!!", Compare(NotEqual, "!")),
            ("=5", Compare(Equal, "=5")),
            ("é", Compare(Equal, "é")),
            ("1-5", InRange("1", "5")),
            ("-1--5", InRange("-1", "-5")),
            ("+1.5Mi-|10Gi", InRange("+1.5Mi", "|10Gi")),
            ("1e-5", InRange("1e", "5")),
            ("1!-5", NotInRange("1", "5")),
            ("1m!-5h", NotInRange("1m", "5h")),
            ("1.-5", Compare(Equal, "1.-5")),
            ("1 - 5", Compare(Equal, "1 - 5")),
            ("1-5-", Compare(Equal, "1-5-")),
            ("a-b", Compare(Equal, "a-b")),
            ("1-b5", Compare(Equal, "1-b5")),
        ] {
            assert_eq!(operation(text), expected, "{text:?}");
        }
    }
}
