//! Quantities and floating point.

use super::Amount;
use super::decimal::Decimal;

const TENS: [f64; 32] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
];
const UP: [f64; 10] = [1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288];

/// The number as Go's JSON encoder writes it, which is what the API server gets to read for a number in a
/// manifest.
pub(super) fn to_json(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{number:e}");
        return if magnitude < 1.0 { text } else { text.replace('e', "e+") };
    }
    format!("{number}")
}

/// The integer at the scale at which upstream holds it, times a power of ten. Not the nearest float: the
/// two roundings are upstream's.
pub(super) fn approximate(amount: &Amount) -> f64 {
    match amount {
        Amount::Small { value: 0, .. } => 0.0,
        #[expect(clippy::cast_precision_loss, reason = "an approximation was asked for")]
        Amount::Small { value, scale: 0 } => *value as f64,
        #[expect(clippy::cast_precision_loss, reason = "an approximation was asked for")]
        Amount::Small { value, scale } => *value as f64 * power_of_ten(*scale),
        Amount::Large(decimal) if decimal.is_zero() => 0.0,
        // The cap is held as a whole number, everything else in nano.
        Amount::Large(decimal) if is_cap(decimal) => integer(decimal, 0),
        Amount::Large(decimal) => integer(decimal, 9) * power_of_ten(-9),
    }
}

fn is_cap(decimal: &Decimal) -> bool {
    decimal.scaled_exactly(0).is_some_and(|whole| whole.unsigned_abs() == i64::MAX.unsigned_abs())
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
