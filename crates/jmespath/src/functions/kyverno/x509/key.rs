//! Keys, algorithms, and large numbers.

use der::Tag;
use ironhull_value::Value;

use super::element::{Element, whole};
use super::object;

const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
const PSS: &[u32] = &[1, 2, 840, 113_549, 1, 1, 10];

/// The number of `crypto/x509` for RSA keys.
pub(super) const RSA_NUMBER: i64 = 1;

/// Modulus and exponent of an RSA key; any other key is an error.
pub(super) fn public_key(info: &Element<'_>) -> Result<Value, String> {
    let mut parts = info.inner()?;
    let algorithm = parts.expect(Tag::Sequence)?.inner()?.expect(Tag::ObjectIdentifier)?.oid()?;
    if algorithm != RSA {
        return Err("certificate should use rsa algorithm".into());
    }
    let failed = |_| "failed to parse subject public key info".to_owned();
    let key = parts.expect(Tag::BitString).and_then(|key| key.bits()).map_err(failed)?;
    let mut numbers = whole(key).and_then(|key| key.inner()).map_err(failed)?;
    let modulus = numbers.expect(Tag::Integer).map_err(failed)?;
    let exponent = numbers.expect(Tag::Integer).and_then(|exponent| exponent.small()).map_err(failed)?;
    Ok(object([("N", decimal(modulus.value).as_str().into()), ("E", Value::Int(exponent))]))
}

/// A number that is not negative, in decimal.
pub(super) fn decimal(bytes: &[u8]) -> String {
    // In limbs of nine digits, least significant first.
    let mut limbs: Vec<u64> = Vec::new();
    for byte in bytes {
        let mut carry = u64::from(*byte);
        for limb in &mut limbs {
            carry = carry.saturating_add(limb.saturating_mul(256));
            *limb = carry % 1_000_000_000;
            carry /= 1_000_000_000;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut limbs = limbs.iter().rev();
    let first = limbs.next().map_or("0".to_owned(), u64::to_string);
    limbs.fold(first, |text, limb| format!("{text}{limb:09}"))
}

/// The number of `crypto/x509` for a signature algorithm; 0 for one that it does not know.
pub(super) fn signature_algorithm(identifier: &Element<'_>) -> Result<Value, String> {
    let mut parts = identifier.inner()?;
    let oid = parts.expect(Tag::ObjectIdentifier)?.oid()?;
    let number = match oid.as_slice() {
        [1, 2, 840, 113_549, 1, 1, 2] => 1,
        [1, 2, 840, 113_549, 1, 1, 4] => 2,
        [1, 2, 840, 113_549, 1, 1, 5] | [1, 3, 14, 3, 2, 29] => 3,
        [1, 2, 840, 113_549, 1, 1, 11] => 4,
        [1, 2, 840, 113_549, 1, 1, 12] => 5,
        [1, 2, 840, 113_549, 1, 1, 13] => 6,
        [1, 2, 840, 10040, 4, 3] => 7,
        [2, 16, 840, 1, 101, 3, 4, 3, 2] => 8,
        [1, 2, 840, 10045, 4, 1] => 9,
        [1, 2, 840, 10045, 4, 3, 2] => 10,
        [1, 2, 840, 10045, 4, 3, 3] => 11,
        [1, 2, 840, 10045, 4, 3, 4] => 12,
        [1, 3, 101, 112] => 16,
        PSS => parts.optional(Tag::Sequence).and_then(|parameters| pss(&parameters).ok()).unwrap_or(0),
        _ => 0,
    };
    Ok(Value::Int(number))
}

/// RSA-PSS names its hash in its parameters.
fn pss(parameters: &Element<'_>) -> Result<i64, String> {
    let Some(hash) = parameters.inner()?.context(0) else { return Ok(0) };
    let oid = hash.inner()?.expect(Tag::Sequence)?.inner()?.expect(Tag::ObjectIdentifier)?.oid()?;
    Ok(match oid.as_slice() {
        [2, 16, 840, 1, 101, 3, 4, 2, 1] => 13,
        [2, 16, 840, 1, 101, 3, 4, 2, 2] => 14,
        [2, 16, 840, 1, 101, 3, 4, 2, 3] => 15,
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_decimal() {
        for (bytes, text) in [
            (&[][..], "0"),
            (&[0], "0"),
            (&[0, 255], "255"),
            (&[1, 0, 0, 0, 0], "4294967296"),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 0], "18446744073709551616"),
        ] {
            assert_eq!(decimal(bytes), text);
        }
    }
}
