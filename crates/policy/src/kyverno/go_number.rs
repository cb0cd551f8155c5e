//! Numbers as Go reads and writes them, where Rust does it in another way.

use std::fmt::{self, Write};

/// Writes what `%v` writes: the fewest digits that tell the number from its neighbours, with an exponent
/// where that is below -4 or above 5.
pub(super) fn write_shortest(out: &mut impl Write, number: f64) -> fmt::Result {
    let Decimal { negative, digits, exponent } = Decimal::of(number);
    if !(-4..6).contains(&exponent) {
        return write_exponent(out, number, 'e');
    }
    if negative {
        out.write_char('-')?;
    }
    let point = usize::try_from(exponent + 1).unwrap_or_default();
    match digits.split_at_checked(point) {
        Some(("", fraction)) => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
            write!(out, "0.{:0<zeros$}{fraction}", "")
        }
        Some((whole, "")) => out.write_str(whole),
        Some((whole, fraction)) => write!(out, "{whole}.{fraction}"),
        None => write!(out, "{digits:0<point$}"),
    }
}

/// Writes what `strconv.FormatFloat(number, mark, -1, 64)` writes for the marks `e` and `E`: `1.5E+00`.
pub(super) fn write_exponent(out: &mut impl Write, number: f64, mark: char) -> fmt::Result {
    let Decimal { negative, digits, exponent } = Decimal::of(number);
    let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
    let (minus, dot) = (if negative { "-" } else { "" }, if rest.is_empty() { "" } else { "." });
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{minus}{first}{dot}{rest}{mark}{sign}{:02}", exponent.unsigned_abs())
}

/// A finite number as d.ddd × 10^exponent, without zeros at the end; zero is `0` × 10^0.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// The digits are those of `serde_json`: of two shortest forms that are equally near the standard library
    /// takes the one further from zero, Go the even one.
    fn of(number: f64) -> Self {
        let text = serde_json::to_string(&number.abs()).unwrap_or_default();
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = [whole, fraction].concat();
        let significant = written.trim_start_matches('0');
        let leading = written.len() - significant.len();
        let digits = significant.trim_end_matches('0');
        let negative = number.is_sign_negative();
        if digits.is_empty() {
            return Self { negative, digits: "0".into(), exponent: 0 };
        }
        let length = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let shift: i32 = exponent.parse().unwrap_or_default();
        Self { negative, digits: digits.into(), exponent: length(whole.len()) - 1 - length(leading) + shift }
    }
}

/// `int64(number)` as Go compiles it for amd64: what does not fit becomes the smallest integer.
pub(super) fn truncate(number: f64) -> i64 {
    // 2^63 and its opposite are exact floats.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked, and truncation is meant")]
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// `strconv.ParseFloat(text, 64)`: also hexadecimal, `inf` and `nan` in any case, and underscores between
/// digits; a number beyond the range is none.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if ["inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    if !underscores_are_between_digits(unsigned) {
        return None;
    }
    let plain = unsigned.replace('_', "");
    let value = match plain.get(..2) {
        Some("0x" | "0X") => parse_hexadecimal(plain.get(2..)?)?,
        // The words for infinity, which Rust reads as well, start with a letter.
        _ if plain.starts_with(|c: char| c == '.' || c.is_ascii_digit()) => plain.parse().ok()?,
        _ => return None,
    };
    value.is_finite().then_some(if negative { -value } else { value })
}

/// Go's rule: an underscore has a digit, or the prefix of the base, before it and a digit behind it.
fn underscores_are_between_digits(unsigned: &str) -> bool {
    if !unsigned.contains('_') {
        return true;
    }
    let bytes = unsigned.as_bytes();
    let hexadecimal = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let based = hexadecimal || matches!(bytes, [b'0', b'b' | b'B' | b'o' | b'O', ..]);
    let (mut after_digit, mut after_underscore) = (based, false);
    for byte in bytes.iter().skip(if based { 2 } else { 0 }) {
        let digit = byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit());
        if (*byte == b'_' && !after_digit) || (after_underscore && !digit) {
            return false;
        }
        (after_digit, after_underscore) = (digit, *byte == b'_');
    }
    !after_underscore
}

/// `1.8p-3` without its prefix. The exponent is required.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let valid = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole.len() + fraction.len() == 0 || !valid(whole) || !valid(fraction) {
        return None;
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Like Go: beyond this the size of the exponent no longer matters.
    let size = digits
        .bytes()
        .fold(0_i64, |size, digit| if size < 10_000 { size * 10 + i64::from(digit - b'0') } else { size });
    let mut power = if exponent.starts_with('-') { -size } else { size };
    let (mut bits, mut lost) = (0_u64, false);
    for (index, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            power -= if index >= whole.len() { 4 } else { 0 };
        } else {
            lost |= digit != 0;
            power += if index < whole.len() { 4 } else { 0 };
        }
    }
    Some(nearest(bits, lost, power))
}

/// The float nearest to `bits` × 2^`power`, ties to even; `lost` says that there is a little more.
fn nearest(bits: u64, lost: bool, power: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let shift = i64::from(bits.leading_zeros());
    let bits = bits << shift;
    // The value is bits × 2^(power - shift), with the highest bit set: its exponent is that plus 63.
    let exponent = power.saturating_sub(shift).saturating_add(63);
    if exponent > 1023 {
        return f64::INFINITY;
    }
    // Below the normal range there are fewer bits to keep.
    let keep = if exponent < -1022 { 53 - (-1022 - exponent) } else { 53 };
    if keep < 0 {
        return 0.0;
    }
    let drop = u32::try_from(64 - keep).unwrap_or(64);
    let kept = bits.checked_shr(drop).unwrap_or(0);
    let rest = bits << (64 - drop).min(63);
    let rest = if drop == 64 { bits } else { rest };
    let half = 1_u64 << 63;
    let up = rest > half || (rest == half && (lost || kept & 1 == 1));
    // The layout of a float makes the carry of the rounding reach the exponent by itself.
    let biased = if exponent < -1022 { 0 } else { u64::try_from(exponent + 1022).unwrap_or_default() };
    f64::from_bits((biased << 52).wrapping_add(kept).wrapping_add(u64::from(up)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_in_go() {
        for (text, expected) in [
            ("1_000", Some(1000.0)),
            ("0x1p-2", Some(0.25)),
            ("0x_1p1", Some(2.0)),
            ("0x1_0p0", Some(16.0)),
            ("0x1.8P+1", Some(3.0)),
            ("0x.8p0", Some(0.5)),
            ("0x1p1023", Some(2_f64.powi(1023))),
            ("0x1p1024", None),
            ("0x1p-1074", Some(f64::from_bits(1))),
            ("0x1p-1075", Some(0.0)),
            ("0x1.8p-1075", Some(f64::from_bits(1))),
            ("0x1fffffffffffffp0", Some(9_007_199_254_740_991.0)),
            ("0x20000000000001p0", Some(9_007_199_254_740_992.0)),
            ("0x20000000000003p0", Some(9_007_199_254_740_996.0)),
            ("0x200000000000010000001p0", Some(9_007_199_254_740_994.0 * 268_435_456.0)),
            ("0x1.8", None),
            ("0xp1", None),
            ("1_", None),
            ("_1", None),
            ("1__0", None),
            ("1_.5", None),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("infin", None),
            ("+nan", None),
            ("1e999", None),
            ("1e-999", Some(0.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("+5", Some(5.0)),
            ("+-5", None),
            ("e5", None),
            (".", None),
            ("", None),
            (" 1", None),
        ] {
            assert_eq!(parse_float(text), expected, "{text}");
        }
        assert!(parse_float("NaN").unwrap().is_nan());
    }

    #[test]
    fn floats_are_written_with_an_exponent() {
        let written = |number: f64| {
            let mut text = String::new();
            write_exponent(&mut text, number, 'E').unwrap();
            text
        };
        for (number, expected) in
            [(1.5, "1.5E+00"), (0.0, "0E+00"), (1e100, "1E+100"), (-0.000_25, "-2.5E-04"), (80.0, "8E+01")]
        {
            assert_eq!(written(number), expected);
        }
    }

    #[test]
    fn integers_are_cut_off_as_on_amd64() {
        for (number, expected) in [(1.9, 1), (-1.9, -1), (1e30, i64::MIN), (-1e30, i64::MIN), (-0.0, 0)] {
            assert_eq!(truncate(number), expected, "{number}");
        }
    }
}
