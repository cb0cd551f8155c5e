//! Quantities and floating point.

use super::decimal::Decimal;
use super::{Amount, Format};

const TENS: [f64; 32] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
];
const UP: [f64; 10] = [1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288];

/// The number as Go's JSON encoder writes it, which is what the API server gets to read for a number in a
/// manifest: without an exponent between 10^-6 and 10^21.
///
/// The digits are those of `serde_json`. The standard library is of no use here: of two shortest forms that
/// are equally near it takes the one further from zero, Go the even one.
pub(super) fn to_json(number: f64) -> String {
    let text = serde_json::to_string(&number).unwrap_or_default();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let (whole, fraction) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole.trim_start_matches('-'), fraction].concat();
    let first = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return format!("{sign}0");
    }
    // The number is 0.digits × 10^point.
    let point =
        exponent.parse().unwrap_or(0) + position(whole.trim_start_matches('-').len()) - position(first);
    let length = position(digits.len());
    if !(-5..=21).contains(&point) {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{dot}{rest}e{:+}", point - 1);
    }
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    match usize::try_from(point) {
        Ok(split @ 1..) if point < length => {
            let (whole, fraction) = digits.split_at(split);
            format!("{sign}{whole}.{fraction}")
        }
        Ok(1..) => format!("{sign}{digits}{}", zeros(point - length)),
        _ => format!("{sign}0.{}{digits}", zeros(-point)),
    }
}

fn position(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The integer at the scale at which upstream holds it, times a power of ten. Not the nearest float: the
/// two roundings are upstream's.
pub(super) fn approximate(amount: &Amount, format: Format) -> f64 {
    match amount {
        Amount::Small { value: 0, .. } => 0.0,
        #[expect(clippy::cast_precision_loss, reason = "an approximation was asked for")]
        Amount::Small { value, scale: 0 } => *value as f64,
        #[expect(clippy::cast_precision_loss, reason = "an approximation was asked for")]
        Amount::Small { value, scale } => *value as f64 * power_of_ten(*scale),
        Amount::Large(decimal) if decimal.is_zero() => 0.0,
        // The cap is held as a whole number, everything else in nano.
        Amount::Large(decimal) if format == Format::BinarySi && decimal.is_cap() => integer(decimal, 0),
        Amount::Large(decimal) => integer(decimal, 9) * power_of_ten(-9),
    }
}

/// The float nearest to the value times 10^`shift`.
fn integer(decimal: &Decimal, shift: i64) -> f64 {
    let exponent = decimal.exponent().saturating_add(shift);
    format!("{}e{exponent}", decimal.to_text()).parse().unwrap_or(f64::NAN)
}

/// Go's `math.Pow10`, which multiplies two table entries and so is not always the nearest float.
fn power_of_ten(exponent: i32) -> f64 {
    if exponent > 308 {
        return f64::INFINITY;
    }
    if exponent < 0 {
        // No quantity is finer than nano.
        return 1.0 / table(&TENS, exponent.unsigned_abs());
    }
    table(&UP, exponent.unsigned_abs() / 32) * table(&TENS, exponent.unsigned_abs() % 32)
}

fn table(entries: &[f64], index: u32) -> f64 {
    entries.get(index as usize).copied().unwrap_or(f64::NAN)
}
