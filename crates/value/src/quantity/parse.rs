//! Reading quantities.

use super::decimal::Decimal;
use super::{Amount, Format, Quantity, QuantityError};

/// The finest value: nano.
const FINEST: i64 = -9;
/// As many decimal digits always fit 64 bits.
const SAFE_DIGITS: i64 = 18;

/// The parts of a text, by upstream's lenient scanner: `.`, `+` and `Ki` have parts too.
struct Parts<'a> {
    negative: bool,
    /// The sign and both rows of digits.
    value: &'a str,
    /// Digits before the point without leading zeros; at least `0`.
    whole: &'a str,
    /// Digits after the point.
    fraction: &'a str,
    suffix: &'a str,
}

enum Suffix {
    Decimal { exponent: i32, format: Format },
    Binary { power: u32 },
}

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Format);
    }
    let parts = split(text)?;
    let suffix = suffix(parts.suffix)?;
    if let Some(quantity) = small(text, &parts, &suffix) {
        return Ok(quantity);
    }
    if !parts.value.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(QuantityError::Number);
    }
    Ok(large(&parts, &suffix))
}

fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let significant = unsigned.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Parts { negative, value: "0", whole: "0", fraction: "", suffix: "" });
    }
    let (whole, rest) = split_while(significant, |byte| byte.is_ascii_digit());
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(after_point) => split_while(after_point, |byte| byte.is_ascii_digit()),
        None => ("", rest),
    };
    let value = text.get(..text.len() - suffix.len()).unwrap_or_default();
    let (_, exponent) = split_while(suffix, |byte| b"eEinumkKMGTP".contains(&byte));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QuantityError::Format);
    }
    Ok(Parts { negative, value, whole: if whole.is_empty() { "0" } else { whole }, fraction, suffix })
}

fn split_while(text: &str, accept: impl Fn(u8) -> bool) -> (&str, &str) {
    // Only ASCII bytes are accepted, so this is a character boundary.
    text.split_at(text.bytes().take_while(|byte| accept(*byte)).count())
}

fn suffix(text: &str) -> Result<Suffix, QuantityError> {
    let exponent = match text {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        "Ki" => return Ok(Suffix::Binary { power: 10 }),
        "Mi" => return Ok(Suffix::Binary { power: 20 }),
        "Gi" => return Ok(Suffix::Binary { power: 30 }),
        "Ti" => return Ok(Suffix::Binary { power: 40 }),
        "Pi" => return Ok(Suffix::Binary { power: 50 }),
        "Ei" => return Ok(Suffix::Binary { power: 60 }),
        _ => {
            let digits = text.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
            let exponent: i64 = digits.parse().map_err(|_| QuantityError::Suffix)?;
            #[expect(clippy::cast_possible_truncation, reason = "upstream keeps the low 32 bits")]
            return Ok(Suffix::Decimal { exponent: exponent as i32, format: Format::DecimalExponent });
        }
    };
    Ok(Suffix::Decimal { exponent, format: Format::DecimalSi })
}

/// The form for what surely fits 64 bits and is not finer than nano.
fn small(text: &str, parts: &Parts<'_>, suffix: &Suffix) -> Option<Quantity> {
    let whole = i64::try_from(parts.whole.len()).ok()?;
    let fraction = i32::try_from(parts.fraction.len()).ok()?;
    let (exponent, multiplier, format, spare) = match *suffix {
        Suffix::Decimal { exponent, format } => {
            (exponent, 1, format, SAFE_DIGITS - whole - i64::from(fraction))
        }
        // A power of two takes three digits for every ten bits.
        Suffix::Binary { power } if fraction == 0 => {
            (0, 1_i64 << power, Format::BinarySi, 14 - whole - i64::from(power) * 3 / 10)
        }
        Suffix::Binary { .. } => return None,
    };
    // Upstream's exponent wraps at 32 bits: `1.5e-2147483648` is huge.
    let scale = exponent.wrapping_sub(fraction);
    if spare < 0 || i64::from(scale) < FINEST {
        return None;
    }
    let digits = [parts.whole, parts.fraction].concat();
    let digits_value: i64 = digits.parse().ok()?;
    let value = digits_value.checked_mul(multiplier)?;
    let keep = match format {
        Format::BinarySi => digits_value & 7 != 0,
        _ => scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0'),
    };
    Some(Quantity {
        amount: Amount::Small { value: if parts.negative { -value } else { value }, scale },
        format,
        written: keep.then(|| text.into()),
    })
}

fn large(parts: &Parts<'_>, suffix: &Suffix) -> Quantity {
    let digits = parts.whole.bytes().chain(parts.fraction.bytes()).map(|byte| byte - b'0').collect();
    let fraction = i64::try_from(parts.fraction.len()).unwrap_or(i64::MAX);
    let (decimal, format) = match *suffix {
        Suffix::Decimal { exponent, format } => {
            let decimal = Decimal::new(false, digits, i64::from(exponent).saturating_sub(fraction));
            (decimal.rounded(FINEST), format)
        }
        Suffix::Binary { power } => {
            let decimal = Decimal::new(false, digits, fraction.saturating_neg());
            let decimal = decimal.times_power_of_two(power).rounded(FINEST);
            let decimal = decimal.min(Decimal::from_i64(i64::MAX, 0));
            // A fraction of one would be rounded away if it were written in powers of 1024.
            let fraction = !decimal.is_zero() && decimal < Decimal::from_i64(1, 0);
            (decimal, if fraction { Format::DecimalSi } else { Format::BinarySi })
        }
    };
    Quantity { amount: Amount::Large(decimal.with_sign(parts.negative)), format, written: None }
}
