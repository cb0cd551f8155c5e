//! Go's `strconv.Quote` family.

use std::fmt::Write as _;

/// `strconv.Quote`: printable characters stay, the rest is escaped.
pub(crate) fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for character in text.chars() {
        escape(&mut quoted, character, '"', false);
    }
    quoted.push('"');
    quoted
}

/// `strconv.QuoteRuneToASCII`.
pub(crate) fn ascii_character(character: char) -> String {
    let mut quoted = String::from("'");
    escape(&mut quoted, character, '\'', true);
    quoted.push('\'');
    quoted
}

/// How the scanner of `encoding/json` names the byte that it did not expect. It takes the byte for a
/// character of Latin-1.
pub(crate) fn json_byte(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let mut quoted = String::from("'");
            escape(&mut quoted, char::from(byte), '"', false);
            quoted.push('\'');
            quoted
        }
    }
}

/// The quoting of package `time`: bytes outside of ASCII and control characters in hexadecimal.
pub(crate) fn bytes(text: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(*byte)]),
            b' '..0x80 => quoted.push(char::from(*byte)),
            _ => {
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

fn escape(into: &mut String, character: char, delimiter: char, ascii: bool) {
    let short = match character {
        '\u{7}' => Some('a'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{b}' => Some('v'),
        _ if character == delimiter || character == '\\' => Some(character),
        _ => None,
    };
    let number = u32::from(character);
    // Writing to a string cannot fail.
    let _ = match short {
        Some(letter) => write!(into, "\\{letter}"),
        None if is_printable(character) && (!ascii || character.is_ascii()) => write!(into, "{character}"),
        None if number < 0x20 || number == 0x7f => write!(into, "\\x{number:02x}"),
        None if number < 0x1_0000 => write!(into, "\\u{number:04x}"),
        None => write!(into, "\\U{number:08x}"),
    };
}

/// Near to Go's table: what Rust's own escaping leaves alone, without the separators.
fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\0'..='\u{a0}' | '\u{ad}' => false,
        _ if character.is_whitespace() => false,
        _ => character.escape_debug().len() == 1 || is_combining(character),
    }
}

/// `escape_debug` escapes what extends a grapheme, which Go prints.
fn is_combining(character: char) -> bool {
    format!("a{character}").escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_go_s() {
        assert_eq!(text("a\"b\\c\n\u{0}é\u{a0}"), "\"a\\\"b\\\\c\\n\\x00é\\u00a0\"");
        assert_eq!(ascii_character('é'), r"'\u00e9'");
        assert_eq!(ascii_character('#'), "'#'");
        assert_eq!(json_byte(b'"'), "'\"'");
        assert_eq!(json_byte(0xc3), "'Ã'");
    }
}
