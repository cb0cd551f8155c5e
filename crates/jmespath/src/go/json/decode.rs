//! `json.Unmarshal` into an `any`, with its messages.

use ironhull_value::{CompactString, Interner, MapBuilder, Value};

use crate::go::quote;

/// Levels of nesting. Go allows 10,000; every tree must stay shallow enough to be walked and dropped.
const DEPTH: usize = 500;

/// Reads one JSON text. The error is Go's text.
///
/// Of equal keys the last one stays; a lone surrogate becomes U+FFFD; a number beyond a `float64` is an
/// error. Whole numbers within 64 bits are kept exactly.
pub(crate) fn decode(text: &str) -> Result<Value, String> {
    let mut decoder =
        Decoder { bytes: text.as_bytes(), text, at: 0, interner: Interner::new(), overflow: None };
    let value = decoder.value(0)?;
    decoder.blank();
    if let Some(byte) = decoder.peek() {
        return Err(unexpected(byte, "after top-level value"));
    }
    match decoder.overflow {
        // Go reads on after a number that does not fit and complains at the end.
        Some(number) => Err(format!("json: cannot unmarshal number {number} into Go value of type float64")),
        None => Ok(value),
    }
}

/// The text of a JSON string whose quotes have been taken off.
pub(crate) fn decode_string(inner: &str) -> Result<String, String> {
    match decode(&format!("\"{inner}\""))? {
        Value::Str(text) => Ok(text.into()),
        _ => Err("unexpected end of JSON input".into()),
    }
}

struct Decoder<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    interner: Interner,
    overflow: Option<&'t str>,
}

impl Decoder<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, String> {
        self.blank();
        let byte = self.peek().ok_or_else(end)?;
        match byte {
            b'{' | b'[' if depth >= DEPTH => Err("exceeded max depth".into()),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(Value::Str(CompactString::from(self.string()?))),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.advance();
        let mut map = MapBuilder::default();
        self.blank();
        if self.peek() == Some(b'}') {
            self.advance();
            return Ok(Value::Map(map.finish()));
        }
        loop {
            self.blank();
            match self.peek().ok_or_else(end)? {
                b'"' => {}
                byte => return Err(unexpected(byte, "looking for beginning of object key string")),
            }
            let text = self.string()?;
            let key = self.interner.key(&text);
            self.blank();
            match self.peek().ok_or_else(end)? {
                b':' => self.advance(),
                byte => return Err(unexpected(byte, "after object key")),
            }
            let value = self.value(depth.saturating_add(1))?;
            map.insert(key, value);
            self.blank();
            match self.peek().ok_or_else(end)? {
                b',' => self.advance(),
                b'}' => {
                    self.advance();
                    return Ok(Value::Map(map.finish()));
                }
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.advance();
        let mut items = Vec::new();
        self.blank();
        if self.peek() == Some(b']') {
            self.advance();
            return Ok(items.into());
        }
        loop {
            items.push(self.value(depth.saturating_add(1))?);
            self.blank();
            match self.peek().ok_or_else(end)? {
                b',' => self.advance(),
                b']' => {
                    self.advance();
                    return Ok(items.into());
                }
                byte => return Err(unexpected(byte, "after array element")),
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.advance();
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && !matches!(byte, b'"' | b'\\')) {
                self.advance();
            }
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek().ok_or_else(end)? {
                b'"' => {
                    self.advance();
                    return Ok(text);
                }
                b'\\' => {
                    self.advance();
                    text.push(self.escape()?);
                }
                byte => return Err(unexpected(byte, "in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let byte = self.byte();
        self.advance();
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.four_digits()?;
                let rest = self.at;
                // A pair of surrogates is one character. Whatever else follows stands for itself.
                if (0xd800..0xdc00).contains(&first)
                    && self.bytes.get(rest..).is_some_and(|bytes| bytes.starts_with(b"\\u"))
                {
                    self.at = rest.saturating_add(2);
                    let second = self.four_digits()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let number = 0x1_0000_u32.saturating_add(((first & 0x3ff) << 10) | (second & 0x3ff));
                        return Ok(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = rest;
                }
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(unexpected(byte, "in string escape code")),
        })
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let mut number = 0;
        for _ in 0..4 {
            let byte = self.byte();
            let digit = char::from(byte)
                .to_digit(16)
                .ok_or_else(|| unexpected(byte, "in \\u hexadecimal character escape"))?;
            number = (number << 4) | digit;
            self.advance();
        }
        Ok(number)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        let mut whole = true;
        if self.peek() == Some(b'-') {
            self.advance();
        }
        match self.byte() {
            b'0' => self.advance(),
            b'1'..=b'9' => self.digits(),
            byte => return Err(unexpected(byte, "in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            whole = false;
            self.advance();
            self.expect_digit("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.advance();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance();
            }
            self.expect_digit("in exponent of numeric literal")?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if whole
            && text != "-0"
            && let Ok(number) = text.parse()
        {
            return Ok(Value::Int(number));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => {
                self.overflow.get_or_insert(text);
                Ok(Value::Null)
            }
        }
    }

    fn expect_digit(&mut self, place: &str) -> Result<(), String> {
        match self.byte() {
            b'0'..=b'9' => {
                self.digits();
                Ok(())
            }
            byte => Err(unexpected(byte, place)),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance();
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.chars() {
            let byte = self.byte();
            if char::from(byte) != expected {
                return Err(unexpected(byte, &format!("in literal {word} (expecting '{expected}')")));
            }
            self.advance();
        }
        Ok(value)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.advance();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte. Within a word or a number Go's scanner takes the end for a blank.
    fn byte(&self) -> u8 {
        self.peek().unwrap_or(b' ')
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }
}

fn end() -> String {
    "unexpected end of JSON input".into()
}

fn unexpected(byte: u8, place: &str) -> String {
    format!("invalid character {} {place}", quote::json_byte(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (text, expected) in [
            (" null ", Value::Null),
            ("9223372036854775807", Value::Int(i64::MAX)),
            ("9223372036854775808", Value::Float(9_223_372_036_854_775_808.0)),
            ("1.0", Value::Float(1.0)),
            (r#""\ud834\udd1e\ud834x\u0041\n\/""#, Value::from("𝄞\u{fffd}xA\n/")),
            (r#""\udbff\udfff""#, Value::from("\u{10ffff}")),
            ("[1,[]]", Value::from(vec![Value::Int(1), Value::from(vec![])])),
        ] {
            assert_eq!(decode(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn messages() {
        for (text, expected) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("tru", "invalid character ' ' in literal true (expecting 'e')"),
            ("-", "invalid character ' ' in numeric literal"),
            (r#""\u12"#, "invalid character ' ' in \\u hexadecimal character escape"),
            ("\"a", "unexpected end of JSON input"),
            ("foo", "invalid character 'o' in literal false (expecting 'a')"),
            ("bar", "invalid character 'b' looking for beginning of value"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            (r#"{"a" 1"#, "invalid character '1' after object key"),
            (r#"{"a":1 "b""#, "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("01", "invalid character '1' after top-level value"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            (r#""\x""#, "invalid character 'x' in string escape code"),
            (r#""\u00g0""#, "invalid character 'g' in \\u hexadecimal character escape"),
            ("1e999", "json: cannot unmarshal number 1e999 into Go value of type float64"),
        ] {
            assert_eq!(decode(text), Err(expected.into()), "{text}");
        }
        assert_eq!(decode(&"[".repeat(501)), Err("exceeded max depth".into()));
    }
}
