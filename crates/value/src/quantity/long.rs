//! Arithmetic on rows of digits, least significant first, in limbs of nine digits.

const BASE: u64 = 1_000_000_000;
const LIMB: usize = 9;

/// Values 0 to 9, most significant first, to limbs.
pub(super) fn from_digits(digits: &[u8]) -> Vec<u64> {
    digits
        .rchunks(LIMB)
        .map(|chunk| chunk.iter().fold(0, |limb, digit| limb * 10 + u64::from(*digit)))
        .collect()
}

/// The way back; leading zeros may remain.
pub(super) fn to_digits(limbs: &[u64]) -> Vec<u8> {
    let mut digits = Vec::with_capacity(limbs.len() * LIMB);
    for limb in limbs {
        let mut rest = *limb;
        for _ in 0..LIMB {
            digits.push(u8::try_from(rest % 10).unwrap_or_default());
            rest /= 10;
        }
    }
    digits.reverse();
    digits
}

/// left + right
pub(super) fn add(left: &[u64], right: &[u64]) -> Vec<u64> {
    let mut sum = Vec::with_capacity(left.len().max(right.len()) + 1);
    let mut carry = 0;
    for index in 0..left.len().max(right.len()) {
        carry += limb(left, index) + limb(right, index);
        sum.push(carry % BASE);
        carry /= BASE;
    }
    sum.push(carry);
    sum
}

/// left - right, for a left side that is not smaller.
pub(super) fn subtract(left: &[u64], right: &[u64]) -> Vec<u64> {
    let mut borrow = 0;
    left.iter()
        .enumerate()
        .map(|(index, minuend)| {
            let subtrahend = limb(right, index) + borrow;
            borrow = u64::from(*minuend < subtrahend);
            minuend + borrow * BASE - subtrahend
        })
        .collect()
}

/// left × right
pub(super) fn multiply(left: &[u64], right: &[u64]) -> Vec<u64> {
    let mut product = vec![0; left.len() + right.len() + 1];
    for (shift, factor) in left.iter().enumerate() {
        let mut carry = 0;
        for (index, slot) in product.iter_mut().skip(shift).enumerate() {
            carry += *slot + factor * limb(right, index);
            *slot = carry % BASE;
            carry /= BASE;
        }
    }
    product
}

/// The whole part of left ÷ right, by subtracting digit by digit of the decimal notation: divisors are short.
pub(super) fn divide(left: &[u8], right: &[u8]) -> Vec<u8> {
    let divisor = from_digits(right);
    let mut rest: Vec<u64> = Vec::new();
    let mut quotient = Vec::with_capacity(left.len());
    for digit in left {
        rest = multiply(&rest, &[10]);
        rest = trimmed(add(&rest, &[u64::from(*digit)]));
        let mut count = 0;
        while is_at_least(&rest, &divisor) {
            rest = trimmed(subtract(&rest, &divisor));
            count += 1;
        }
        quotient.push(count);
    }
    quotient
}

/// Whether left ≥ right; neither has leading zeros beyond what [`trimmed`] leaves.
fn is_at_least(left: &[u64], right: &[u64]) -> bool {
    (left.len(), left.iter().rev().collect::<Vec<_>>()) >= (right.len(), right.iter().rev().collect())
}

fn trimmed(mut limbs: Vec<u64>) -> Vec<u64> {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
    limbs
}

fn limb(limbs: &[u64], index: usize) -> u64 {
    limbs.get(index).copied().unwrap_or_default()
}
