//! Numbers as Go prints and converts them.

/// `float64` as `encoding/json` writes it: an exponent below 10^-6 and from 10^21.
pub(crate) fn to_json(number: f64) -> String {
    let digits = Digits::of(number);
    let exponent = digits.point.saturating_sub(1);
    if (-6..21).contains(&exponent) || digits.is_zero() { digits.plain() } else { digits.scientific(1) }
}

/// `%v` and `%g` of a `float64`: an exponent below 10^-4 and from 10^6.
pub(crate) fn general(number: f64) -> String {
    if let Some(text) = not_finite(number) {
        return text.into();
    }
    let digits = Digits::of(number);
    let exponent = digits.point.saturating_sub(1);
    if (-4..6).contains(&exponent) || digits.is_zero() { digits.plain() } else { digits.scientific(2) }
}

/// `strconv.FormatFloat(number, 'f', -1, 32)`: the shortest text that a `float32` is read back from.
#[expect(clippy::cast_possible_truncation, reason = "upstream rounds to 32 bits")]
pub(crate) fn short_plain(number: f64) -> String {
    let number = number as f32;
    not_finite(f64::from(number)).map_or_else(|| Digits::of_f32(number).plain(), str::to_owned)
}

/// `int(number)` on amd64: what does not fit becomes the smallest integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the range is checked")]
pub(crate) fn to_int(number: f64) -> i64 {
    if number >= i64::MIN as f64 && number < i64::MAX as f64 { number as i64 } else { i64::MIN }
}

/// An integer as the float that Go would hold.
#[expect(clippy::cast_precision_loss, reason = "so it is in Go")]
pub(crate) fn to_float(number: i64) -> f64 {
    number as f64
}

/// `strconv.ParseFloat(text, 64)`: decimal and hexadecimal, with single underscores between digits, and the
/// words `inf` and `nan`; `None` beyond the range.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_hex = unsigned.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
    let plain = without_underscores(unsigned, is_hex)?;
    let magnitude = if is_hex {
        super::hex_float::parse(plain.get(2..)?)?
    } else {
        let is_word = plain.starts_with(|first: char| first.is_ascii_alphabetic());
        // Rust takes the same notations, and the same words. A second sign is none of them.
        let number: f64 = plain.parse().ok().filter(|_| !plain.starts_with(['+', '-']))?;
        Some(number).filter(|number| number.is_finite() || is_word)?
    };
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// `None` where an underscore does not stand between digits; the prefix of a hexadecimal number counts as one.
fn without_underscores(text: &str, is_hex: bool) -> Option<String> {
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        let is_digit = character.is_ascii_digit() || is_hex && (character.is_ascii_hexdigit() || index == 1);
        match (character, before) {
            ('_', '0') => before = '_',
            ('_', _) => return None,
            _ if is_digit => before = '0',
            (_, '_') => return None,
            _ => before = '!',
        }
    }
    (before != '_').then(|| text.replace('_', ""))
}

/// `math.Pow(10, exponent)` for a whole exponent that is not negative.
pub(crate) fn power_of_ten(exponent: i64) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::INFINITY)
}

fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

/// The shortest digits that a number is read back from: ±0.digits × 10^point.
struct Digits {
    sign: &'static str,
    row: String,
    point: i32,
}

impl Digits {
    /// The digits are those of `serde_json`: of two shortest forms that are equally near, it takes the even
    /// one, as Go does and the standard library does not.
    fn of(number: f64) -> Self {
        Self::from_text(&serde_json::to_string(&number).unwrap_or_default())
    }

    fn of_f32(number: f32) -> Self {
        Self::from_text(&serde_json::to_string(&number).unwrap_or_default())
    }

    fn from_text(text: &str) -> Self {
        let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let significant = all.trim_start_matches('0');
        let leading = all.len().saturating_sub(significant.len());
        let point = count(whole.len()).saturating_sub(count(leading));
        Self {
            sign,
            row: significant.trim_end_matches('0').to_owned(),
            point: point.saturating_add(exponent.parse().unwrap_or(0)),
        }
    }

    fn is_zero(&self) -> bool {
        self.row.is_empty()
    }

    fn plain(&self) -> String {
        let Self { sign, row: digits, point } = self;
        if self.is_zero() {
            return format!("{sign}0");
        }
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
        match usize::try_from(*point) {
            Ok(0) | Err(_) => format!("{sign}0.{}{digits}", zeros(point.saturating_neg())),
            Ok(split) => match digits.split_at_checked(split) {
                Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
                _ => format!("{sign}{digits}{}", zeros(point.saturating_sub(count(digits.len())))),
            },
        }
    }

    /// With at least as many digits in the exponent as asked for.
    fn scientific(&self, width: usize) -> String {
        let Self { sign, row: digits, point } = self;
        let (first, rest) = digits.split_at_checked(1).unwrap_or(("0", ""));
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = point.saturating_sub(1);
        let direction = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{dot}{rest}e{direction}{:0width$}", exponent.unsigned_abs())
    }
}

fn count(digits: usize) -> i32 {
    i32::try_from(digits).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (1e-6, "0.000001"),
            (9.9e-7, "9.9e-7"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (123_456_789.125, "123456789.125"),
        ] {
            assert_eq!(to_json(number), expected);
        }
    }

    #[test]
    fn general_form() {
        for (number, expected) in [
            (0.0, "0"),
            (100_000.0, "100000"),
            (1_234_567.0, "1.234567e+06"),
            (1e21, "1e+21"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(general(number), expected);
        }
    }

    #[test]
    fn thirty_two_bits() {
        for (number, expected) in [
            (0.1, "0.1"),
            (16_777_217.0, "16777216"),
            (1e10, "10000000000"),
            (1e300, "+Inf"),
            (-1e-7, "-0.0000001"),
        ] {
            assert_eq!(short_plain(number), expected);
        }
    }

    #[test]
    fn texts_are_read_as_in_go() {
        for (text, expected) in [
            ("1_0.5_0", Some(10.5)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("1_.5", None),
            ("0x_1p-2", Some(0.25)),
            ("-0X1.8P1", Some(-3.0)),
            ("+.5e1", Some(5.0)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("1e999", None),
            ("--1", None),
            (" 1", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn integers() {
        for (number, expected) in [(1.9, 1), (-1.9, -1), (1e300, i64::MIN), (f64::NAN, i64::MIN)] {
            assert_eq!(to_int(number), expected);
        }
    }
}
