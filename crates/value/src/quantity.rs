//! Kubernetes quantities: `100m`, `1.5Gi`, `12e6`.
//!
//! The semantics are those of `k8s.io/apimachinery/pkg/api/resource`: what it accepts, how it rounds and
//! caps, and how it writes a quantity back. No floating point is involved but where `f64` is asked for.

mod arithmetic;
mod calculate;
mod decimal;
mod float;
mod long;
mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use compact_str::CompactString;

use self::decimal::Decimal;
use crate::{Type, Value};

/// Why a text is no quantity. The messages are the API server's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a number and a suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// A suffix without a number.
    #[error("unable to parse numeric part of quantity")]
    Number,
    /// A suffix that does not exist.
    #[error("unable to parse quantity's suffix")]
    Suffix,
    /// A value that is neither a string nor a number.
    #[error("expected a string or a number, found {}", .0.name())]
    WrongType(Type),
}

/// Which family of suffixes a quantity was written with, and is written back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `12e6`
    DecimalExponent,
    /// `12Mi`
    BinarySi,
    /// `12M`
    DecimalSi,
}

/// An exact quantity. Equality and order are by value: `1Gi` equals `1024Mi`.
///
/// Displayed as the API server sends it back: as written where that is canonical enough for it, else in
/// the canonical form.
#[derive(Clone, Debug)]
pub struct Quantity {
    amount: Amount,
    format: Format,
    /// The text as written, where upstream keeps it.
    written: Option<CompactString>,
}

/// Upstream has the same two representations, and which one a text gets is visible in
/// [`Quantity::as_i64`].
#[derive(Clone, Debug)]
enum Amount {
    /// value × 10^scale
    Small { value: i64, scale: i32 },
    /// Anything.
    Large(Decimal),
}

impl Quantity {
    /// Reads a quantity. Anything finer than nano is rounded away from zero to it; a quantity with a
    /// binary suffix is capped at 2^63-1.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse::parse(text)
    }

    /// Reads a field, which may be a string or a number. Blanks around a string are allowed, but no tabs or
    /// line ends: upstream trims the text while it is still JSON, where those are escapes.
    pub fn from_value(value: &Value) -> Result<Self, QuantityError> {
        match value {
            Value::Str(text) => Self::parse(text.trim_matches(is_blank)),
            Value::Int(number) => Self::parse(&number.to_string()),
            Value::Float(number) => Self::parse(&float::to_json(*number)),
            other => Err(QuantityError::WrongType(other.kind())),
        }
    }

    /// A whole number, in decimal format.
    pub fn from_int(value: i64) -> Self {
        Self { amount: Amount::Small { value, scale: 0 }, format: Format::DecimalSi, written: None }
    }

    /// The family of suffixes.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The canonical form: no fraction, no lost precision, the largest suffix.
    ///
    /// As upstream: a binary quantity that is below 1024 or not whole is written with a decimal suffix, and
    /// a quantity of 10^21 or more in `DecimalSi` loses its suffix, for there is none so large.
    pub fn canonical(&self) -> String {
        let decimal = self.decimal();
        if decimal.is_zero() {
            return "0".into();
        }
        if self.format == Format::BinarySi
            && let Some(whole) = decimal.scaled_exactly(0)
            && whole.unsigned_abs() >= 1024
        {
            return canonical_binary(whole);
        }
        // Beyond 64 bits, which only arithmetic leads to.
        if self.format == Format::BinarySi
            && decimal.scaled_exactly(0).is_none()
            && let Some((left, powers)) = decimal.without_1024s()
        {
            return written_out(&left) + binary_suffix(powers);
        }
        let (digits, exponent) = decimal.engineering();
        match self.format {
            Format::DecimalExponent if exponent == 0 => digits,
            Format::DecimalExponent => format!("{digits}e{exponent}"),
            Format::DecimalSi | Format::BinarySi => digits + decimal_suffix(exponent),
        }
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        match &self.amount {
            Amount::Small { value, .. } => *value == 0,
            Amount::Large(decimal) => decimal.is_zero(),
        }
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i8 {
        match &self.amount {
            Amount::Small { value, .. } if *value < 0 => -1,
            Amount::Large(decimal) if decimal.is_negative() => -1,
            _ => i8::from(!self.is_zero()),
        }
    }

    /// The value as a whole number, rounded away from zero; none beyond 64 bits.
    ///
    /// Upstream's `Value()` answers 0 or a wrapped number beyond 64 bits, and rounds some negative
    /// fractions up; nobody can want either.
    pub fn to_i64(&self) -> Option<i64> {
        self.scaled(0)
    }

    /// Thousandths, rounded away from zero; none beyond 64 bits. `250m` is 250.
    pub fn milli(&self) -> Option<i64> {
        self.scaled(-3)
    }

    /// The value divided by 10^`exponent`, rounded away from zero; none beyond 64 bits.
    pub fn scaled(&self, exponent: i32) -> Option<i64> {
        self.decimal().scaled(exponent.into())
    }

    /// Upstream's `AsInt64`: the value if upstream holds it as a 64-bit integer without a fraction. That
    /// is a statement about the notation as well: `1000m` and `1Pi` have none. CEL's `isInteger` and
    /// `asInteger` show it to users.
    pub fn as_i64(&self) -> Option<i64> {
        let Amount::Small { value, scale } = self.amount else { return None };
        if value == 0 && scale > 0 {
            return Some(0);
        }
        value.checked_mul(10_i64.checked_pow(u32::try_from(scale).ok()?)?)
    }

    /// An approximation, bit for bit that of upstream's `AsApproximateFloat64`, but 0 for every zero.
    pub fn as_f64(&self) -> f64 {
        float::approximate(&self.amount, self.format)
    }

    fn decimal(&self) -> Decimal {
        match &self.amount {
            Amount::Small { value, scale } => Decimal::from_i64(*value, (*scale).into()),
            Amount::Large(decimal) => decimal.clone(),
        }
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        && !character.is_ascii_control()
        && !matches!(character, '\u{2028}' | '\u{2029}')
}

/// All digits of a whole number.
fn written_out(whole: &Decimal) -> String {
    whole.to_text() + &"0".repeat(usize::try_from(whole.exponent()).unwrap_or_default())
}

/// Upstream has no suffix beyond exbi and writes none, which loses the magnitude.
fn binary_suffix(powers: u32) -> &'static str {
    match powers {
        1 => "Ki",
        2 => "Mi",
        3 => "Gi",
        4 => "Ti",
        5 => "Pi",
        6 => "Ei",
        _ => "",
    }
}

fn canonical_binary(mut whole: i64) -> String {
    let mut suffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter();
    let mut suffix = "";
    while whole % 1024 == 0
        && let Some(next) = suffixes.next()
    {
        whole /= 1024;
        suffix = next;
    }
    format!("{whole}{suffix}")
}

fn decimal_suffix(exponent: i32) -> &'static str {
    match exponent {
        -9 => "n",
        -6 => "u",
        -3 => "m",
        3 => "k",
        6 => "M",
        9 => "G",
        12 => "T",
        15 => "P",
        18 => "E",
        _ => "",
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        Self::parse(text)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.written {
            Some(text) => f.write_str(text),
            None => f.write_str(&self.canonical()),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Amount::Small { value: a, scale: x }, Amount::Small { value: b, scale: y }) =
            (&self.amount, &other.amount)
            && x == y
        {
            return a.cmp(b);
        }
        self.decimal().cmp(&other.decimal())
    }
}

impl Hash for Quantity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.decimal().hash(state);
    }
}
