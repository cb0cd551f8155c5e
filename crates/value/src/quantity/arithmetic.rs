//! Sums, products and quotients, as `resource.Quantity` and the decimals below it (`gopkg.in/inf.v0`) give them.

use super::decimal::Decimal;
use super::{Amount, Format, Quantity};

impl Quantity {
    /// A whole number, written in the format.
    pub fn whole(value: i64, format: Format) -> Self {
        Self { format, ..Self::from_int(value) }
    }

    /// The sum. Its format is that of `self`, or of the other where `self` is zero. `None` where the exact
    /// result has more digits than anyone needs.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let format = if self.is_zero() { other.format } else { self.format };
        Some(Self::exact(self.decimal().plus(&other.decimal())?, format))
    }

    /// The difference, with the format of [`plus`](Self::plus).
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let format = if self.is_zero() { other.format } else { self.format };
        let negated = other.decimal();
        let is_negative = negated.is_negative();
        Some(Self::exact(self.decimal().plus(&negated.with_sign(!is_negative))?, format))
    }

    /// The exact product, in the format of `self`; finer than nano where it is. `None` as for
    /// [`plus`](Self::plus).
    pub fn times(&self, factor: &Self) -> Option<Self> {
        Some(Self::exact(self.decimal().times(&factor.decimal())?, self.format))
    }

    /// The quotient, in the format of `self`, cut off behind as many decimal places as the more precise of
    /// the two is held with upstream. `None` for a divisor of zero, and as for [`plus`](Self::plus).
    pub fn divided(&self, divisor: &Self) -> Option<Self> {
        let places = self.places().max(divisor.places());
        Some(Self::exact(self.decimal().divided(&divisor.decimal(), places)?, self.format))
    }

    fn exact(decimal: Decimal, format: Format) -> Self {
        Self { amount: Amount::Large(decimal), format, written: None }
    }

    /// Decimal places as upstream holds the quantity, negative for whole tens.
    fn places(&self) -> i64 {
        match &self.amount {
            Amount::Small { scale, .. } => -i64::from(*scale),
            Amount::Large(decimal) if self.format == Format::BinarySi && decimal.is_cap() => 0,
            Amount::Large(_) => 9,
        }
    }
}
