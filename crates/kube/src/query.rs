//! Paths and queries of requests.

use std::fmt::Write as _;

/// A path with a query, built up; everything but fixed text is percent-encoded.
pub(crate) struct Query {
    text: String,
    has_parameters: bool,
}

impl Query {
    /// A path of these segments.
    pub(crate) fn path(segments: &[&str]) -> Self {
        let mut text = String::new();
        for segment in segments {
            text.push('/');
            encode(segment, &mut text);
        }
        Self { text, has_parameters: false }
    }

    /// A text that was checked to be a path with its query.
    pub(crate) fn of_text(text: &str) -> Self {
        Self { text: text.to_owned(), has_parameters: text.contains('?') }
    }

    /// With a parameter.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.text.push(if self.has_parameters { '&' } else { '?' });
        self.text.push_str(name);
        self.text.push('=');
        encode(value, &mut self.text);
        self.has_parameters = true;
        self
    }

    /// With a parameter, if there is a value.
    pub(crate) fn with_some(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a parameter whose value is `true`, if it is.
    pub(crate) fn with_flag(self, name: &'static str, value: bool) -> Self {
        self.with_some(name, value.then_some("true"))
    }

    /// The text for the request line.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// Everything but the unreserved characters of RFC 3986.
fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_place() {
        let query =
            Query::path(&["api", "a/../b"]).with("labelSelector", "a=b,c in (d)&x").with_some("c", None);
        assert_eq!(query.as_str(), "/api/a%2F..%2Fb?labelSelector=a%3Db%2Cc%20in%20%28d%29%26x");
    }
}
