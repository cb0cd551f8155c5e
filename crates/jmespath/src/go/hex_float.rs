//! Go's hexadecimal floats: `0x1.8p3`.

/// Reads what stands after `0x`, without underscores. The exponent must be written. `None` for anything else and beyond the range of a `float64`.
pub(super) fn parse(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if !exponent.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = exponent.parse().ok()?;
    let mut value = Value::default();
    for digit in whole.chars().chain(fraction.chars()) {
        value.push(digit.to_digit(16)?);
    }
    let shift = i64::try_from(fraction.len()).ok()?.checked_mul(-4)?.checked_add(exponent)?;
    Some(value.scaled(shift)).filter(|value| value.is_finite())
}

/// 64 bits of the mantissa and whether anything was lost below them.
#[derive(Default)]
struct Value {
    bits: u64,
    exponent: i64,
    has_rest: bool,
}

impl Value {
    fn push(&mut self, digit: u32) {
        if self.bits >> 60 == 0 {
            self.bits = (self.bits << 4) | u64::from(digit);
        } else {
            self.exponent = self.exponent.saturating_add(4);
            self.has_rest |= digit != 0;
        }
    }

    /// Rounded once, to the nearest and then to even.
    #[expect(clippy::cast_precision_loss, reason = "the value has 53 bits at most by then")]
    fn scaled(&self, shift: i64) -> f64 {
        if self.bits == 0 {
            return 0.0;
        }
        let zeros = self.bits.leading_zeros();
        let bits = self.bits << zeros;
        let exponent = self.exponent.saturating_add(shift).saturating_sub(i64::from(zeros));
        // The value is bits × 2^exponent with the top bit set; 53 bits fit, fewer below 2^-1022.
        let below = (-1074_i64).saturating_sub(exponent);
        let drop = u32::try_from(below.max(11)).unwrap_or(u32::MAX);
        let (kept, rest) = match drop {
            11..64 => (bits >> drop, bits << 64_u32.saturating_sub(drop)),
            64 => (0, bits),
            _ => return 0.0,
        };
        let half = 1_u64 << 63;
        let is_up = rest > half || rest == half && (self.has_rest || kept & 1 == 1);
        let rounded = kept.saturating_add(u64::from(is_up)) as f64;
        let power = exponent.saturating_add(i64::from(drop));
        scale(rounded, power)
    }
}

/// number × 2^power, where the result needs no rounding or is infinite.
fn scale(mut number: f64, mut power: i64) -> f64 {
    while power > 0 && number.is_finite() {
        let step = power.min(1000);
        number *= 2_f64.powi(i32::try_from(step).unwrap_or_default());
        power = power.saturating_sub(step);
    }
    while power < 0 && number != 0.0 {
        let step = power.max(-1000);
        number *= 2_f64.powi(i32::try_from(step).unwrap_or_default());
        power = power.saturating_sub(step);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation() {
        for (text, expected) in [
            ("1p0", Some(1.0)),
            ("1.8p3", Some(12.0)),
            (".8p1", Some(1.0)),
            ("1", None),
            ("p0", None),
            ("1p+1", Some(2.0)),
            ("1p99999", None),
            ("1p-1074", Some(5e-324)),
            ("1p-1075", Some(0.0)),
            ("1.8p-1075", Some(5e-324)),
            ("fffffffffffff8p0", Some(72_057_594_037_927_928.0)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
