//! Exact arithmetic of decimals.

use std::cmp::Ordering;

use super::decimal::Decimal;
use super::long;

/// Digits of a result. Exponents may be huge, and an exact sum would be as long as they are far apart.
const DIGITS: i64 = 10_000;

impl Decimal {
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        if self.is_zero() || other.is_zero() {
            return Some(if self.is_zero() { other.clone() } else { self.clone() });
        }
        let exponent = self.exponent().min(other.exponent());
        let (left, right) = (self.digits_at(exponent)?, other.digits_at(exponent)?);
        let (left, right) = (long::from_digits(&left), long::from_digits(&right));
        if self.is_negative() == other.is_negative() {
            let sum = long::to_digits(&long::add(&left, &right));
            return Some(Self::new(self.is_negative(), sum, exponent));
        }
        let is_smaller = self.cmp_magnitude(other) == Ordering::Less;
        let (large, small) = if is_smaller { (right, left) } else { (left, right) };
        let difference = long::to_digits(&long::subtract(&large, &small));
        Some(Self::new(self.is_negative() != is_smaller, difference, exponent))
    }

    pub(super) fn times(&self, factor: &Self) -> Option<Self> {
        let (left, right) = (self.digits_at(self.exponent())?, factor.digits_at(factor.exponent())?);
        let product = long::multiply(&long::from_digits(&left), &long::from_digits(&right));
        let exponent = self.exponent().checked_add(factor.exponent())?;
        Some(Self::new(self.is_negative() != factor.is_negative(), long::to_digits(&product), exponent))
    }

    /// Cut off behind `places` decimal places.
    pub(super) fn divided(&self, divisor: &Self, places: i64) -> Option<Self> {
        if divisor.is_zero() {
            return None;
        }
        // The quotient of the digits is to be whole at 10^-places.
        let shift = self.exponent().checked_sub(divisor.exponent())?.checked_add(places)?;
        let (dividend, by) = if shift >= 0 {
            (self.digits_at(self.exponent().checked_sub(shift)?)?, divisor.digits_at(divisor.exponent())?)
        } else {
            let lower = divisor.exponent().checked_add(shift)?;
            (self.digits_at(self.exponent())?, divisor.digits_at(lower)?)
        };
        let quotient = long::divide(&dividend, &by);
        Some(Self::new(self.is_negative() != divisor.is_negative(), quotient, places.checked_neg()?))
    }

    /// Whole powers of 1024 taken out of a whole number: what remains and how many there were. `None` for
    /// what is not whole, or too long to be written out.
    pub(super) fn without_1024s(&self) -> Option<(Self, u32)> {
        if !(0..=DIGITS).contains(&self.exponent()) {
            return None;
        }
        let mut left = self.clone();
        let mut count = 0;
        loop {
            // 1/1024 has ten decimal places, and without them it is whole.
            let divided = left.times(&Self::new(false, vec![9, 7, 6, 5, 6, 2, 5], -10))?;
            if divided.exponent() < 0 || divided.is_zero() {
                return Some((left, count));
            }
            left = divided;
            count += 1;
        }
    }

    /// The digits of the value over 10^`exponent`, which is not above its own.
    fn digits_at(&self, exponent: i64) -> Option<Vec<u8>> {
        let zeros = self.exponent().checked_sub(exponent)?;
        let length = zeros.checked_add(i64::try_from(self.digits().len()).ok()?)?;
        if zeros < 0 || length > DIGITS {
            return None;
        }
        let mut digits = self.digits().to_vec();
        digits.resize(usize::try_from(length).ok()?, 0);
        Some(digits)
    }
}
