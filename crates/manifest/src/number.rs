//! Numbers as Go's `strconv` reads them, and as its JSON encoder writes them.

use ironhull_value::Value;

/// `strconv.ParseInt(text, 0, 64)`, then `ParseUint`, on a text without underscores.
/// An unsigned number beyond `i64` becomes a float, as `apimachinery` decodes it.
pub(crate) fn parse_int(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // from_str_radix takes a sign of its own.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        let value = 0_i64.checked_sub_unsigned(magnitude)?;
        return Some(Value::Int(value));
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Value::Int(value)),
        // ParseUint takes no sign.
        Err(_) if text.starts_with('+') => None,
        #[expect(clippy::cast_precision_loss, reason = "the API machinery holds it as float64")]
        Err(_) => Some(Value::Float(magnitude as f64)),
    }
}

/// A float that go-yaml accepts after a digit or a sign: `1.`, `1e3`, `-.5`, never hexadecimal.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at.checked_add(1)?..)?)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_ok = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        !text.is_empty() && digits(text)
    });
    if !mantissa_ok || !exponent_ok {
        return None;
    }
    // Go reports a range error where Rust answers infinity.
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A float that starts with a dot goes straight to `strconv.ParseFloat`, which knows underscores between
/// digits.
pub(crate) fn parse_dotted_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'_' {
            let digit = |index: Option<usize>| {
                index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit)
            };
            if !digit(at.checked_sub(1)) || !digit(at.checked_add(1)) {
                return None;
            }
        }
    }
    parse_float(&text.replace('_', ""))
}

/// What a float is after Go wrote it as JSON and `apimachinery` read it again: whole numbers below 1e21
/// are written without exponent, as the shortest digits padded with zeros, and come back as integers where
/// that text fits.
pub(crate) fn through_json(value: f64) -> Value {
    if value.fract() == 0.0
        && value.abs() < 1e21
        && let Ok(whole) = format!("{value}").parse()
    {
        return Value::Int(whole);
    }
    Value::Float(value)
}

/// `strconv.FormatFloat(value, 'g', -1, 32)`, which is how a float becomes a map key.
pub(crate) fn float_key(value: f64) -> String {
    if value.is_nan() {
        return ".nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    #[expect(clippy::cast_possible_truncation, reason = "the width of 32 bits is what upstream asks for")]
    let narrow = value as f32;
    if narrow.is_infinite() {
        return if narrow > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let scientific = format!("{narrow:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Go's shortest 'g' switches to an exponent from six digits on.
    if (-4..6).contains(&exponent) {
        return format!("{narrow}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_go() {
        for (text, expected) in [
            ("0644", Some(420)),
            ("0x1F", Some(31)),
            ("0o17", Some(15)),
            ("0b101", Some(5)),
            ("-0b101", Some(-5)),
            ("+12", Some(12)),
            ("0", Some(0)),
            ("-0", Some(0)),
            ("08", None),
            ("0x", None),
            ("--1", None),
            ("-9223372036854775808", Some(i64::MIN)),
        ] {
            assert_eq!(parse_int(text), expected.map(Value::Int), "{text}");
        }
        assert_eq!(parse_int("18446744073709551615"), Some(Value::Float(18_446_744_073_709_551_615.0)));
        assert_eq!(parse_int("+18446744073709551615"), None);
    }

    #[test]
    fn floats_follow_go() {
        assert_eq!(parse_float("08"), Some(8.0));
        assert_eq!(parse_float("1."), Some(1.0));
        assert_eq!(parse_float("1e3"), Some(1000.0));
        assert_eq!(parse_float("1e999"), None);
        assert_eq!(parse_float("0x1p-2"), None);
        assert_eq!(parse_dotted_float(".5_0"), Some(0.5));
        assert_eq!(parse_dotted_float("._5"), None);
        assert_eq!(parse_dotted_float("..."), None);
    }

    #[test]
    fn floats_come_back_from_json_as_their_shortest_digits() {
        assert_eq!(through_json(1000.0), Value::Int(1000));
        assert_eq!(through_json(-0.0), Value::Int(0));
        assert_eq!(through_json(134_567_890_123_456_789.0), Value::Int(134_567_890_123_456_780));
        assert_eq!(through_json(-9_223_372_036_854_775_809.0), Value::Float(-9_223_372_036_854_775_808.0));
    }

    #[test]
    fn float_keys_follow_go() {
        assert_eq!(float_key(1.5), "1.5");
        assert_eq!(float_key(1e6), "1e+06");
        assert_eq!(float_key(1e-5), "1e-05");
        assert_eq!(float_key(100_000.0), "100000");
        assert_eq!(float_key(f64::NEG_INFINITY), "-.inf");
    }
}
