//! Pieces of the messages. Users and tools match on them, so they are upstream's to the byte.

use std::fmt::Write;

/// `"a", "b"`. Upstream does not escape here.
pub(crate) fn join_quoted<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        text.push_str(if text.is_empty() { "\"" } else { ", \"" });
        text.push_str(item.as_ref());
        text.push('"');
    }
    text
}

/// The singular for one, the plural for any other number.
pub(crate) fn plural<'a>(singular: &'a str, plural: &'a str, count: usize) -> &'a str {
    if count == 1 { singular } else { plural }
}

/// `container "a"`, `containers "a", "b"`.
pub(crate) fn containers<T: AsRef<str>>(names: &[T]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), join_quoted(names))
}

/// A text as Go's `%q` quotes it.
pub(crate) fn go_quoted(text: &str) -> String {
    let mut quoted = String::new();
    quoted.push('"');
    for character in text.chars() {
        push_quoted(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

fn push_quoted(quoted: &mut String, character: char) {
    let escape = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ => "",
    };
    if !escape.is_empty() {
        quoted.push_str(escape);
        return;
    }
    let code = u32::from(character);
    // Writing to a String cannot fail.
    let _ = match code {
        0x20..=0x7e => quoted.write_char(character),
        0..=0x1f | 0x7f => write!(quoted, "\\x{code:02x}"),
        _ if is_printable(character) => quoted.write_char(character),
        0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
}

/// Whether Go would print a character beyond ASCII as it is: letters, marks, numbers, punctuation and
/// symbols. The standard library has the same table for its own escapes, but shows it only there; a
/// character that is not the first in a text is left alone exactly when it is printable.
fn is_printable(character: char) -> bool {
    let mut pair = String::from("a");
    pair.push(character);
    pair.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_like_go() {
        // Each right side is what strconv.Quote gives.
        for (text, quoted) in [
            ("", r#""""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}", r#""\a\b\f\n\r\t\v""#),
            ("\0\u{1b}\u{7f}", r#""\x00\x1b\x7f""#),
            ("é世界e\u{301}", "\"é世界e\u{301}\""),
            ("\u{a0}\u{ad}\u{200b}\u{feff}\u{85}", r#""\u00a0\u00ad\u200b\ufeff\u0085""#),
            ("😀\u{e0001}", "\"😀\\U000e0001\""),
            ("\u{fffd}", "\"\u{fffd}\""),
        ] {
            assert_eq!(go_quoted(text), quoted, "{text:?}");
        }
    }

    #[test]
    fn joins_without_escaping() {
        assert_eq!(join_quoted::<&str>([]), "");
        assert_eq!(containers(&["a"]), r#"container "a""#);
        assert_eq!(containers(&["a", "b\"c"]), r#"containers "a", "b"c""#);
    }
}
