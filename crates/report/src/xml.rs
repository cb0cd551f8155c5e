//! Text in XML.

use std::fmt::Write as _;

/// Appends text that stands in an element or a quoted attribute. Characters that XML 1.0 has no way to
/// write become `\u{…}`; line breaks become references, because attributes would lose them.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// An attribute with the blank before it.
pub(crate) fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    escape_into(out, value);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        let mut out = String::new();
        attribute(&mut out, "name", "\"/><script>&'\u{0}\u{1b}[0m\n\u{ffff}]]>");
        assert_eq!(out, " name=\"&quot;/&gt;&lt;script&gt;&amp;&#39;\\u{0}\\u{1b}[0m&#10;\\u{ffff}]]&gt;\"");
    }
}
