//! Go durations, as `time.ParseDuration` reads and `Duration.String` writes them.

use std::fmt::Write as _;

/// Why a text is no duration. The messages are Go's, because users meet them in both tools.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not of the form, or beyond 64 bits of nanoseconds.
    #[error("time: invalid duration {}", go_quote(.0))]
    Invalid(String),
    /// A number without a unit.
    #[error("time: missing unit in duration {}", go_quote(.0))]
    MissingUnit(String),
    /// A unit that Go does not know, like `d`.
    #[error("time: unknown unit {} in duration {}", go_quote(unit), go_quote(text))]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// The whole text.
        text: String,
    },
}

const LIMIT: u64 = 1 << 63;

/// Parses a Go duration (`1h30m`, `-1.5s`) to nanoseconds.
///
/// Units are `ns`, `us` (also with either of the two micro signs), `ms`, `s`, `m` and `h`; they may stand in
/// any order and more than once. Fractions are computed in floating point, as Go does, so the last
/// nanosecond of a long fraction is Go's too.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let invalid = || DurationError::Invalid(text.into());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    // The only number that needs no unit.
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after_whole) = split_digits(rest);
        let (fraction, after_number) = match after_whole.strip_prefix('.') {
            Some(after_point) => split_digits(after_point),
            None => ("", after_whole),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let mut value = parse_whole(whole).ok_or_else(invalid)?;
        let unit_end =
            after_number.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after_number.len());
        let (unit, after_unit) = after_number.split_at(unit_end);
        if unit.is_empty() {
            return Err(DurationError::MissingUnit(text.into()));
        }
        let nanoseconds = unit_nanoseconds(unit)
            .ok_or_else(|| DurationError::UnknownUnit { unit: unit.into(), text: text.into() })?;
        value = value.checked_mul(nanoseconds).filter(|value| *value <= LIMIT).ok_or_else(invalid)?;
        value = value.checked_add(fraction_nanoseconds(fraction, nanoseconds)).ok_or_else(invalid)?;
        total = total.checked_add(value).ok_or_else(invalid)?;
        if value > LIMIT || total > LIMIT {
            return Err(invalid());
        }
        rest = after_unit;
    }
    if negative {
        // 2^63 itself exists only below zero.
        return Ok(0_i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_| invalid())
}

/// Writes nanoseconds as Go's `Duration.String` does: `1h30m0s`, `1.5s`, `100ms`, `2µs`, `0s`.
pub fn format_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let amount = nanoseconds.unsigned_abs();
    let (digits, unit) = match amount {
        0 => return "0s".into(),
        1..1_000 => (0, "ns"),
        1_000..1_000_000 => (3, "µs"),
        1_000_000..1_000_000_000 => (6, "ms"),
        _ => (9, "s"),
    };
    let mut text = String::from(sign);
    let one = 10_u64.pow(digits);
    let (mut whole, fraction) = (amount / one, amount % one);
    if digits == 9 {
        let (hours, minutes) = (whole / 3600, whole / 60 % 60);
        if hours > 0 {
            let _ = write!(text, "{hours}h");
        }
        if whole >= 60 {
            let _ = write!(text, "{minutes}m");
        }
        whole %= 60;
    }
    let _ = write!(text, "{whole}");
    if fraction > 0 {
        let padded = format!("{fraction:0width$}", width = digits as usize);
        let _ = write!(text, ".{}", padded.trim_end_matches('0'));
    }
    text.push_str(unit);
    text
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Up to 2^63, which only a negative duration may use.
fn parse_whole(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0_u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|value| *value <= LIMIT)
    })
}

/// Digits beyond what 63 bits hold are dropped, as in Go.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go computes fractions in float64; the result is positive and below one hour"
)]
fn fraction_nanoseconds(digits: &str, unit: u64) -> u64 {
    let mut fraction: u64 = 0;
    let mut scale = 1.0;
    for digit in digits.bytes() {
        if fraction > (LIMIT - 1) / 10 {
            break;
        }
        let next = fraction * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        fraction = next;
        scale *= 10.0;
    }
    if fraction == 0 {
        return 0;
    }
    (fraction as f64 * (unit as f64 / scale)) as u64
}

fn unit_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // U+00B5, the micro sign, and U+03BC, the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The quoting of Go's `time` package: every byte outside of printable ASCII is written in hexadecimal.
fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', byte as char]),
            b' '..0x80 => quoted.push(byte as char),
            _ => {
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("5s", 5_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            (".5m", 30_000_000_000),
            ("1.s", 1_000_000_000),
            ("1us1µs1μs", 3_000),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
        ] {
            assert_eq!(parse_duration(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_are_go_s() {
        for (text, expected) in [
            ("", r#"time: invalid duration """#),
            ("3", r#"time: missing unit in duration "3""#),
            ("3d", r#"time: unknown unit "d" in duration "3d""#),
            (".s", r#"time: invalid duration ".s""#),
            ("1µ", r#"time: unknown unit "\xc2\xb5" in duration "1\xc2\xb5""#),
            ("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#),
            ("2562048h", r#"time: invalid duration "2562048h""#),
        ] {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn is_written_as_go_writes_it() {
        for (nanoseconds, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (5_400_000_000_000, "1h30m0s"),
            (60_000_000_000, "1m0s"),
            (3_600_000_000_001, "1h0m0.000000001s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(format_duration(nanoseconds), expected);
        }
    }

    proptest! {
        #[test]
        fn round_trips(nanoseconds: i64) {
            prop_assert_eq!(parse_duration(&format_duration(nanoseconds)), Ok(nanoseconds));
        }

        #[test]
        fn the_sign_only_negates(text in "[0-9]{1,4}(\\.[0-9]{1,4})?(ns|us|ms|s|m|h)") {
            let plain = parse_duration(&text);
            prop_assert_eq!(parse_duration(&format!("+{text}")), plain.clone());
            prop_assert_eq!(parse_duration(&format!("-{text}")), plain.map(|value| -value));
        }

        #[test]
        fn never_panics(text in ".{0,20}|[-+0-9.a-zµ]{0,40}") {
            let _ = parse_duration(&text);
        }
    }
}
