//! Text that came from the input, made safe for where it goes. Names are hostile.

/// Escapes for XML and HTML text and for quoted attributes. Characters that XML does not know are
/// replaced, so that the result is well formed whatever the input was; so are those that change the
/// direction of what follows, because they can make one name look like another.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    push_xml(&mut out, text);
    out
}

/// Like [`xml`], into a buffer.
pub(super) fn push_xml(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if is_odd(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
}

/// A JSON string with its quotes, safe inside an HTML `script` element: no `<`, `>` or `&` is left, so
/// neither `</script>` nor `<!--` can be formed, and no line separator that old script engines trip over.
pub(super) fn push_json(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1F}' | '\u{7F}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c if is_odd(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The inside of a DOT string in double quotes. A backslash is doubled, because DOT gives `\n`, `\l` and
/// `\N` a meaning.
pub(super) fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_odd(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, non-characters, and the marks that turn the direction of text.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{FFFE}' | '\u{FFFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_opens_a_tag_or_ends_an_attribute() {
        assert_eq!(xml("<a b='\"&\u{0}\u{202E}x\n"), "&lt;a b=&#39;&quot;&amp;\u{FFFD}\u{FFFD}x ");
    }

    #[test]
    fn json_cannot_leave_its_script() {
        let mut out = String::new();
        push_json(&mut out, "</script><!--\"\\\u{2028}\n");
        assert_eq!(out, "\"\\u003c/script\\u003e\\u003c!--\\\"\\\\\\u2028\\u000a\"");
    }

    #[test]
    fn dot_strings_stay_closed() {
        assert_eq!(dot("a\"b\\n\nc"), "a\\\"b\\\\n c");
    }
}
