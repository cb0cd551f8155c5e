//! JSON text to documents, with the leniency of Go's decoder: several values one after the other, the
//! last of equal keys, U+FFFD for lone surrogates.

use std::borrow::Cow;

use ironhull_value::{Interner, Value};

use crate::builder::{Builder, Built};
use crate::diagnostic::{Code, Diagnostic};
use crate::spans::Node;
use crate::{Span, SpanTree};

/// One value of a JSON stream.
pub(crate) struct JsonValue {
    pub(crate) value: Value,
    pub(crate) spans: SpanTree,
    pub(crate) span: Span,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads the value that starts at or after `from`. `None` at the end of the text.
pub(crate) fn read_value(
    text: &str,
    from: usize,
    depth: usize,
    interner: &mut Interner,
) -> Option<Result<JsonValue, Diagnostic>> {
    let mut reader = Reader { text: text.as_bytes(), source: text, at: from };
    reader.skip_space();
    if reader.at >= reader.text.len() {
        return None;
    }
    let start = reader.at;
    let mut builder = Builder::new(interner, depth);
    if let Err(diagnostic) = reader.document(&mut builder) {
        return Some(Err(diagnostic));
    }
    let diagnostics = std::mem::take(&mut builder.diagnostics);
    let (value, spans) = builder.finish()?;
    Some(Ok(JsonValue { value, spans, span: Span::new(start, reader.at), diagnostics }))
}

struct Reader<'t> {
    text: &'t [u8],
    source: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// Reads without recursion: the open containers are the builder's frames, and `closers` their ends.
    fn document(&mut self, builder: &mut Builder<'_>) -> Result<(), Diagnostic> {
        let mut closers: Vec<u8> = Vec::new();
        // Whether the innermost container was just opened and may close at once.
        let mut fresh = false;
        loop {
            self.skip_space();
            if !(fresh && closers.last().copied() == self.peek()) {
                if closers.last() == Some(&b'}') {
                    self.key(builder)?;
                }
                fresh = self.value(builder, &mut closers)?;
                if fresh {
                    continue;
                }
            }
            fresh = false;
            // A value is complete: close what ends here, until a comma asks for the next one.
            loop {
                let Some(closer) = closers.last().copied() else { return Ok(()) };
                self.skip_space();
                match self.peek() {
                    Some(b',') => {
                        self.bump();
                        break;
                    }
                    Some(byte) if byte == closer => {
                        self.bump();
                        closers.pop();
                        let end = u32::try_from(self.at).unwrap_or(u32::MAX);
                        if let Some((built, _)) = builder.close(Some(end)) {
                            builder.push(built)?;
                        }
                    }
                    _ => return Err(self.unexpected(&format!("`,` or `{}`", char::from(closer)))),
                }
            }
        }
    }

    /// A key and the colon behind it.
    fn key(&mut self, builder: &mut Builder<'_>) -> Result<(), Diagnostic> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let text = self.string()?;
        let key = builder.interner.key(&text);
        builder.key(key, Span::new(start, self.at));
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.bump();
        self.skip_space();
        Ok(())
    }

    /// Reads a scalar, or opens a container and answers true.
    fn value(&mut self, builder: &mut Builder<'_>, closers: &mut Vec<u8>) -> Result<bool, Diagnostic> {
        let start = self.at;
        let value = match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                self.bump();
                builder.open(open == b'{', true, Span::new(start, self.at), 0)?;
                closers.push(if open == b'{' { b'}' } else { b']' });
                return Ok(true);
            }
            Some(b'"') => Value::from(&*self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        let node = Node { value: Span::new(start, self.at), ..Node::default() };
        builder.push(Built { value, node, size: 1 })?;
        Ok(false)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Diagnostic> {
        if !self.text.get(self.at..).unwrap_or_default().starts_with(word.as_bytes()) {
            return Err(self.unexpected("a value"));
        }
        self.at = self.at.saturating_add(word.len());
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Diagnostic> {
        let start = self.at;
        let mut whole = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' | b'-' | b'+' => {}
                b'.' | b'e' | b'E' => whole = false,
                _ => break,
            }
            self.bump();
        }
        let text = self.source.get(start..self.at).unwrap_or_default();
        if !is_json_number(text) {
            self.at = start;
            return Err(self.unexpected("a number"));
        }
        if whole && let Ok(number) = text.parse() {
            return Ok(Value::Int(number));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => {
                let message = format!("the number {text} is out of range");
                Err(Diagnostic::error(Code::NotJson, Span::new(start, self.at), message))
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Diagnostic> {
        self.bump();
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(offset) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) else {
                self.at = self.text.len();
                return Err(self.unexpected("`\"` at the end of the text"));
            };
            self.at = self.at.saturating_add(offset);
            match self.peek() {
                Some(b'"') => {
                    let tail = self.source.get(copied..self.at).unwrap_or_default();
                    self.bump();
                    return Ok(match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(self.source.get(copied..self.at).unwrap_or_default());
                    let character = self.escape()?;
                    owned.get_or_insert_default().push(character);
                    copied = self.at;
                }
                _ => return Err(self.unexpected("a text without control characters")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Diagnostic> {
        self.bump();
        let character = match self.peek() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'u') => {
                self.bump();
                return self.unicode();
            }
            _ => return Err(self.unexpected("an escape sequence of JSON")),
        };
        self.bump();
        Ok(character)
    }

    /// Four hexadecimal digits, and the second half of a surrogate pair where one follows.
    fn unicode(&mut self) -> Result<char, Diagnostic> {
        let high = self.hex4()?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        let after_high = self.at;
        if (0xD800..0xDC00).contains(&high)
            && self.text.get(self.at..).unwrap_or_default().starts_with(b"\\u")
        {
            self.at = self.at.saturating_add(2);
            let low = self.hex4()?;
            if (0xDC00..0xE000).contains(&low) {
                let scalar = 0x10000_u32
                    .wrapping_add(high.wrapping_sub(0xD800) << 10)
                    .wrapping_add(low.wrapping_sub(0xDC00));
                return Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_high;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, Diagnostic> {
        let end = self.at.saturating_add(4);
        let digits = self.text.get(self.at..end).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|text| u32::from_str_radix(text, 16).ok()) {
            Some(value) => {
                self.at = end;
                Ok(value)
            }
            None => Err(self.unexpected("four hexadecimal digits")),
        }
    }

    fn unexpected(&self, expected: &str) -> Diagnostic {
        let found = self.source.get(self.at..).and_then(|rest| rest.chars().next());
        let found = found.map_or_else(|| "the end of the text".to_owned(), |found| format!("{found:?}"));
        let message = format!("JSON syntax: expected {expected}, found {found}");
        Diagnostic::error(Code::Syntax, Span::new(self.at, self.at), message)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.bump();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn bump(&mut self) {
        self.at = self.at.saturating_add(1);
    }
}

fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)))
}
