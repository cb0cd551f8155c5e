//! Building HTML in which no text can become markup.

use sha2::{Digest, Sha256};

use crate::plain::clean;
use crate::xml::escape_into;

/// HTML that grows.
pub(crate) struct Html(String);

impl Html {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Markup of ours.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of anybody.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        escape_into(&mut self.0, &clean(text));
        self
    }

    /// An element without attributes around text.
    pub(crate) fn element(&mut self, name: &str, text: &str) -> &mut Self {
        self.raw("<").raw(name).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// An element with a class around text.
    pub(crate) fn classed(&mut self, name: &str, class: &str, text: &str) -> &mut Self {
        self.raw("<").raw(name).attribute("class", class).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// An attribute with the blank before it.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"").text(value).raw("\"")
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// The name of an inline style or script in a content security policy: `sha256-…`.
pub(crate) fn csp_hash(content: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(content)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let digit = (bits >> (18 - 6 * position)) & 63;
            text.push(if position > chunk.len() { '=' } else { char::from(DIGITS[digit as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_all_lengths() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foo"), "Zm9v");
        assert_eq!(base64(b"\xff\xfe\xfdb"), "//79Yg==");
    }

    #[test]
    fn a_known_hash() {
        assert_eq!(csp_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
