//! Decimals of any size. Every operation is linear in the number of digits written, whatever the exponent:
//! `1e2000000000` costs as much as `1`.

use std::cmp::Ordering;

/// ± coefficient × 10^exponent, normalised: no zero at either end of the digits, zero has none and is not
/// negative. So equal values are equal structs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Decimal {
    negative: bool,
    /// Values 0 to 9, most significant first.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// From digit values, most significant first.
    pub(super) fn new(negative: bool, mut digits: Vec<u8>, exponent: i64) -> Self {
        let zeros = digits.iter().rev().take_while(|digit| **digit == 0).count();
        digits.truncate(digits.len() - zeros);
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..leading);
        Self { negative, digits, exponent: exponent.saturating_add(count(zeros)) }
    }

    pub(super) fn from_i64(value: i64, exponent: i64) -> Self {
        let mut rest = value.unsigned_abs();
        let mut digits = Vec::with_capacity(20);
        while rest > 0 {
            digits.push(u8::try_from(rest % 10).unwrap_or_default());
            rest /= 10;
        }
        digits.reverse();
        Self::new(value < 0, digits, exponent)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn with_sign(mut self, negative: bool) -> Self {
        self.negative = negative && !self.is_zero();
        self
    }

    /// Times 2^`power`, for a power of at most 60.
    pub(super) fn times_power_of_two(self, power: u32) -> Self {
        let mut carry: u128 = 0;
        let mut digits: Vec<u8> = Vec::with_capacity(self.digits.len() + 19);
        for digit in self.digits.iter().rev() {
            carry += u128::from(*digit) << power;
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
        digits.reverse();
        Self::new(self.negative, digits, self.exponent)
    }

    /// Drops what is finer than 10^`exponent`, rounding away from zero.
    pub(super) fn rounded(self, exponent: i64) -> Self {
        if self.exponent >= exponent || self.is_zero() {
            return self;
        }
        let dropped = usize::try_from(exponent.saturating_sub(self.exponent)).unwrap_or(usize::MAX);
        let mut digits = self.digits;
        digits.truncate(digits.len().saturating_sub(dropped));
        // The last digit is never zero, so something was lost: up by one.
        let nines = digits.iter().rev().take_while(|digit| **digit == 9).count();
        let kept = digits.len() - nines;
        digits.truncate(kept);
        match digits.last_mut() {
            Some(last) => *last += 1,
            None => digits.push(1),
        }
        Self::new(self.negative, digits, exponent.saturating_add(count(nines)))
    }

    /// The value divided by 10^`exponent`, if that is whole and within 64 bits.
    pub(super) fn scaled_exactly(&self, exponent: i64) -> Option<i64> {
        if self.is_zero() {
            return Some(0);
        }
        let zeros = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        let coefficient = self
            .digits
            .iter()
            .try_fold(0_i128, |value, digit| value.checked_mul(10)?.checked_add(i128::from(*digit)))?;
        let value = coefficient.checked_mul(10_i128.checked_pow(zeros)?)?;
        i64::try_from(if self.negative { -value } else { value }).ok()
    }

    /// The value divided by 10^`exponent`, rounded away from zero, if within 64 bits.
    pub(super) fn scaled(self, exponent: i64) -> Option<i64> {
        self.rounded(exponent).scaled_exactly(exponent)
    }

    /// A whole number and an exponent that is a multiple of 3 and as large as can be. Exponents wrap at 32
    /// bits as upstream's do.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "upstream wraps the exponent; a remainder of 3 is never negative"
    )]
    pub(super) fn engineering(&self) -> (String, i32) {
        let exponent = self.exponent as i32;
        let zeros = exponent.rem_euclid(3);
        (self.to_text() + "00".get(..zeros as usize).unwrap_or_default(), exponent.wrapping_sub(zeros))
    }

    /// The coefficient with its sign.
    pub(super) fn to_text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        sign.chars().chain(self.digits.iter().map(|digit| char::from(b'0' + digit))).collect()
    }

    /// Whether this is ± the cap of binary quantities.
    pub(super) fn is_cap(&self) -> bool {
        self.scaled_exactly(0).is_some_and(|whole| whole.unsigned_abs() == i64::MAX.unsigned_abs())
    }

    /// Values 0 to 9, most significant first.
    pub(super) fn digits(&self) -> &[u8] {
        &self.digits
    }

    pub(super) fn exponent(&self) -> i64 {
        self.exponent
    }

    /// By magnitude: the position of the first digit decides, then the digits.
    pub(super) fn cmp_magnitude(&self, other: &Self) -> Ordering {
        let first = |decimal: &Self| decimal.exponent.saturating_add(count(decimal.digits.len()));
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // A shorter row of digits that is a prefix of the other is the smaller number.
            (false, false) => first(self).cmp(&first(other)).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

fn count(digits: usize) -> i64 {
    i64::try_from(digits).unwrap_or(i64::MAX)
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
