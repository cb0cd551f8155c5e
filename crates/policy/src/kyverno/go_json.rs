//! Texts that hold a JSON list of strings, as Go's `encoding/json` reads them into a `[]string`.

/// What a text is to `json.Valid` and `json.Unmarshal(text, &[]string)`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Strings {
    /// Not JSON.
    NotJson,
    /// JSON, but no list of strings.
    Other,
    /// A list of strings. `null` in place of a string is the empty string, in place of the list an empty one.
    List(Vec<String>),
}

/// Go's limit; a text that is nested deeper counts as no JSON.
const DEEPEST: usize = 10_000;

/// Reads a text. Go's reader differs from `serde_json` in what it makes of half a surrogate pair (U+FFFD)
/// and in how deep it goes, so this is one of our own; it does not recurse.
pub(super) fn strings(text: &str) -> Strings {
    Reader { text, at: 0 }.document().unwrap_or(Strings::NotJson)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

impl Reader<'_> {
    /// None when the text is no JSON.
    fn document(&mut self) -> Option<Strings> {
        let mut open: Vec<Open> = Vec::new();
        let mut list = Some(Vec::new());
        let mut empty_allowed = false;
        loop {
            self.blanks();
            // A value, or the end of an empty list or object.
            let start = self.peek()?;
            let closes = match open.last() {
                Some(Open::List) => start == b']',
                Some(Open::Object) => start == b'}',
                None => false,
            };
            if closes && empty_allowed {
                self.at += 1;
                open.pop();
            } else {
                if open.last() == Some(&Open::Object) {
                    self.string()?;
                    self.blanks();
                    self.expect(b':')?;
                    self.blanks();
                }
                let start = self.peek()?;
                let wanted =
                    matches!((open.as_slice(), start), ([], b'[' | b'n') | ([Open::List], b'"' | b'n'));
                if !wanted {
                    list = None;
                }
                match start {
                    b'[' | b'{' => {
                        self.at += 1;
                        open.push(if start == b'[' { Open::List } else { Open::Object });
                        if open.len() > DEEPEST {
                            return None;
                        }
                        empty_allowed = true;
                        continue;
                    }
                    b'"' => {
                        let text = self.string()?;
                        if let Some(list) = &mut list {
                            list.push(text);
                        }
                    }
                    b'n' => {
                        self.word("null")?;
                        if let ([Open::List], Some(list)) = (open.as_slice(), &mut list) {
                            list.push(String::new());
                        }
                    }
                    b't' => self.word("true")?,
                    b'f' => self.word("false")?,
                    _ => self.number()?,
                }
            }
            // What may follow a value.
            loop {
                self.blanks();
                match (open.last(), self.peek()) {
                    (None, None) => return Some(list.map_or(Strings::Other, Strings::List)),
                    (Some(_), Some(b',')) => {
                        self.at += 1;
                        empty_allowed = false;
                        break;
                    }
                    (Some(Open::List), Some(b']')) | (Some(Open::Object), Some(b'}')) => {
                        self.at += 1;
                        open.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.expect(b'-');
        if self.expect(b'0').is_none() {
            self.digits()?;
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let next = self.text.get(self.at..)?.chars().next()?;
            self.at += next.len_utf8();
            match next {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1f' => return None,
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                char::from_u32(unit).unwrap_or_else(|| self.second_half(unit))
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// The character of a surrogate pair. What is no pair is U+FFFD, and the text behind it is read anew.
    fn second_half(&mut self, first: u32) -> char {
        let before = self.at;
        let second = self.word(r"\u").and_then(|()| self.unit());
        let pair = second.filter(|unit| first < 0xdc00 && (0xdc00..0xe000).contains(unit));
        let joined =
            pair.and_then(|unit| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00)));
        joined.unwrap_or_else(|| {
            self.at = before;
            char::REPLACEMENT_CHARACTER
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_in_go() {
        let list = |items: &[&str]| Strings::List(items.iter().map(|&item| item.into()).collect());
        for (text, expected) in [
            (r#"["a", "b"]"#, list(&["a", "b"])),
            (" [ ] ", list(&[])),
            ("null", list(&[])),
            (r#"["a", null]"#, list(&["a", ""])),
            (r#"["\u0041\n\ud83d\ude00"]"#, list(&["A\n😀"])),
            (r#"["\ud83d", "\udc00x", "\ud83d\u0041"]"#, list(&["\u{fffd}", "\u{fffd}x", "\u{fffd}A"])),
            (r#"["a", 1]"#, Strings::Other),
            (r#"[["a"]]"#, Strings::Other),
            (r#"{"a": ["b", {}]}"#, Strings::Other),
            (r#""a""#, Strings::Other),
            ("-1.5e+3", Strings::Other),
            ("true", Strings::Other),
            ("[true, false, 0, {}]", Strings::Other),
            ("", Strings::NotJson),
            ("01", Strings::NotJson),
            ("1.", Strings::NotJson),
            ("[", Strings::NotJson),
            ("[,]", Strings::NotJson),
            (r#"["a",]"#, Strings::NotJson),
            (r#"{"a"}"#, Strings::NotJson),
            (r#"{"a": 1,}"#, Strings::NotJson),
            ("[}", Strings::NotJson),
            ("[] []", Strings::NotJson),
            ("nul", Strings::NotJson),
            ("[\"\n\"]", Strings::NotJson),
            (r#"["\x"]"#, Strings::NotJson),
            (r#"["\u12"]"#, Strings::NotJson),
            ("nginx", Strings::NotJson),
        ] {
            assert_eq!(strings(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_ends_where_it_does_in_go() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(strings(&nested(DEEPEST)), Strings::Other);
        assert_eq!(strings(&nested(DEEPEST + 1)), Strings::NotJson);
    }
}
