//! What a scalar means, by the rules of go-yaml v2 as sigs.k8s.io/yaml uses it
//! (`goyaml.v2/resolve.go`): YAML 1.1 booleans, Go's integer notations, no timestamps, no base 60.

use ironhull_value::Value;

use crate::number::{parse_dotted_float, parse_float, parse_int, through_json};

/// A resolved scalar. Floats stay apart from [`Value`], because a float can be a map key in ways that a
/// JSON value cannot (`.nan`).
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    /// Exact, or a float where it is beyond `i64`.
    Int(Value),
    Float(f64),
    /// The text as written.
    Text,
    /// Text that differs from what was written (`!!binary`).
    Decoded(String),
}

/// The tag of a scalar as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    None,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
    /// A tag that go-yaml does not resolve: the value is text.
    Other,
}

impl Tag {
    fn name(self) -> &'static str {
        match self {
            Self::None | Self::Other => "",
            Self::Str => "!!str",
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
        }
    }
}

/// Resolves a scalar. `quoted` is any style but plain.
///
/// Fails when an explicit tag does not fit the text, as go-yaml does.
pub(crate) fn resolve(tag: Tag, quoted: bool, text: &str) -> Result<Scalar, String> {
    match tag {
        Tag::None if quoted => return Ok(Scalar::Text),
        Tag::Other | Tag::Str => return Ok(Scalar::Text),
        Tag::Binary => {
            let bytes = base64(text).ok_or("!!binary value contains invalid base64 data")?;
            return Ok(Scalar::Decoded(String::from_utf8_lossy(&bytes).into_owned()));
        }
        _ => {}
    }
    let scalar = plain(tag, text);
    let found = match (&scalar, tag) {
        (_, Tag::None) => return Ok(scalar),
        (Scalar::Null, Tag::Null) | (Scalar::Bool(_), Tag::Bool) => return Ok(scalar),
        (Scalar::Int(_), Tag::Int) | (Scalar::Float(_), Tag::Float) => return Ok(scalar),
        (Scalar::Int(value), Tag::Float) => {
            return Ok(value.as_f64().map_or(Scalar::Text, Scalar::Float));
        }
        (Scalar::Text, Tag::Timestamp) if is_timestamp(text) => return Ok(Scalar::Text),
        (Scalar::Null, _) => "!!null",
        (Scalar::Bool(_), _) => "!!bool",
        (Scalar::Int(_), _) => "!!int",
        (Scalar::Float(_), _) => "!!float",
        (Scalar::Text | Scalar::Decoded(_), _) => "!!str",
    };
    Err(format!("cannot decode {found} `{text}` as a {}", tag.name()))
}

/// The JSON value of a scalar; none for floats that JSON cannot write.
pub(crate) fn to_value(scalar: Scalar, text: &str) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => value,
        Scalar::Float(value) if value.is_finite() => through_json(value),
        Scalar::Float(_) => return None,
        Scalar::Text => Value::from(text),
        Scalar::Decoded(text) => Value::from(text.as_str()),
    })
}

fn plain(tag: Tag, text: &str) -> Scalar {
    let Some(first) = text.bytes().next() else { return Scalar::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => match dotted_word(text) {
            Some(value) => Scalar::Float(value),
            None => parse_dotted_float(text).map_or(Scalar::Text, Scalar::Float),
        },
        b'0'..=b'9' | b'+' | b'-' => {
            if let Some(value) = dotted_word(text) {
                return Scalar::Float(value);
            }
            if matches!(tag, Tag::None | Tag::Timestamp) && is_timestamp(text) {
                return Scalar::Text;
            }
            number(text)
        }
        _ => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Text,
    }
}

fn dotted_word(text: &str) -> Option<f64> {
    Some(match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    })
}

fn number(text: &str) -> Scalar {
    let stripped;
    let digits = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    match parse_int(digits) {
        Some(value) => Scalar::Int(value),
        None => parse_float(digits).map_or(Scalar::Text, Scalar::Float),
    }
}

/// Whether go-yaml would see a date. It then keeps the text, so only the shapes matter that could also
/// be read as something else: four digits and a dash. No number looks like that, so for an untagged
/// scalar the answer changes nothing; with an explicit tag it decides between text and error.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at..)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, most: usize, range: std::ops::RangeInclusive<u32>| {
        (1..=most).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse().is_ok_and(|value| range.contains(&value))
    };
    let date_ok =
        year.len() == 4 && number(year, 4, 0..=9999) && number(month, 2, 1..=12) && number(day, 2, 1..=31);
    let Some(time) = time else { return date_ok };
    let zoned = time.starts_with(['T', 't']);
    let clock = time.get(1..).unwrap_or_default();
    let clock = if zoned {
        match clock.strip_suffix('Z') {
            Some(rest) => rest,
            None => match clock.rfind(['+', '-']) {
                Some(at) => clock.get(..at).unwrap_or_default(),
                None => return false,
            },
        }
    } else {
        clock
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let second = second.split_once('.').map_or(*second, |(whole, _)| whole);
    date_ok && number(hour, 2, 0..=23) && number(minute, 2, 0..=59) && number(second, 2, 0..=59)
}

/// Standard base64 with padding; line breaks are skipped, as Go's decoder does.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        let six = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            b'=' if count >= 2 => {
                padding = padding.saturating_add(1);
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        bits = (bits << 6) | u32::from(six);
        count = count.wrapping_add(1);
        if count == 4 {
            let [_, a, b, c] = bits.to_be_bytes();
            bytes.extend([a, b, c].into_iter().take(3_usize.saturating_sub(padding as usize)));
            (bits, count) = (0, 0);
        }
    }
    (count == 0 && padding <= 2).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<Value> {
        to_value(resolve(Tag::None, false, text).unwrap(), text)
    }

    #[test]
    fn plain_scalars_follow_go_yaml() {
        let int = |n| Some(Value::Int(n));
        let text = |t: &str| Some(Value::from(t));
        for (input, expected) in [
            ("0644", int(420)),
            ("1_000", int(1000)),
            ("0o17", int(15)),
            ("0b11", int(3)),
            ("0x_ff", int(255)),
            ("08", int(8)),
            ("1.0", int(1)),
            ("1e3", int(1000)),
            ("1.5", Some(Value::Float(1.5))),
            (".5", Some(Value::Float(0.5))),
            ("1:30", text("1:30")),
            ("2001-01-01", text("2001-01-01")),
            ("yes", Some(Value::Bool(true))),
            ("Off", Some(Value::Bool(false))),
            ("yEs", text("yEs")),
            ("~", Some(Value::Null)),
            ("", Some(Value::Null)),
            ("Null", Some(Value::Null)),
            ("nUll", text("nUll")),
            ("-", text("-")),
            ("1e999", text("1e999")),
            (".inf", None),
            ("<<", text("<<")),
        ] {
            assert_eq!(value(input), expected, "{input}");
        }
    }

    #[test]
    fn tags_must_fit() {
        assert_eq!(resolve(Tag::Int, true, "12"), Ok(Scalar::Int(Value::Int(12))));
        assert_eq!(resolve(Tag::Str, false, "12"), Ok(Scalar::Text));
        assert_eq!(resolve(Tag::Float, false, "1"), Ok(Scalar::Float(1.0)));
        assert_eq!(resolve(Tag::Int, false, "x"), Err("cannot decode !!str `x` as a !!int".into()));
        assert_eq!(resolve(Tag::Binary, false, "aGk="), Ok(Scalar::Decoded("hi".into())));
        assert!(resolve(Tag::Binary, false, "aGk").is_err());
    }
}
