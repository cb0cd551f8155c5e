//! Image references by the grammar of the distribution project (`reference/regexp.go`).

use std::fmt;

/// A parsed image reference, all parts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// The registry host with port; none means `docker.io`.
    pub registry: Option<&'a str>,
    /// The repository path.
    pub repository: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm: `sha256:…`.
    pub digest: Option<&'a str>,
}

/// Why a text is no image reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageRefError {
    /// There is no text.
    Empty,
    /// The registry is not a host name or address with an optional port.
    Registry,
    /// The repository has characters beyond lower case letters, digits and single separators.
    Repository,
    /// The tag is not `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
    Tag,
    /// The digest is not `algorithm:hex` with at least 32 digits.
    Digest,
}

impl fmt::Display for ImageRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::Registry => "the registry must be a host with an optional port",
            Self::Repository => {
                "the repository may only have lower case letters, digits and `.`, `_`, `-` between them"
            }
            Self::Tag => "the tag may only have letters, digits, `_`, `.` and `-`, at most 128",
            Self::Digest => "the digest must be an algorithm, a colon and hexadecimal digits",
        })
    }
}

impl<'a> ImageRef<'a> {
    /// Parses a reference. A first component with a dot, a colon, an upper case letter, or `localhost`, is
    /// the registry.
    pub fn parse(text: &'a str) -> Result<Self, ImageRefError> {
        if text.is_empty() {
            return Err(ImageRefError::Empty);
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if is_digest(digest) => (rest, Some(digest)),
            Some(_) => return Err(ImageRefError::Digest),
            None => (text, None),
        };
        let (registry, path) = match rest.split_once('/') {
            Some((first, _)) if is_registry(first) && !is_host(first) => return Err(ImageRefError::Registry),
            Some((first, path)) if is_registry(first) => (Some(first), path),
            _ => (None, rest),
        };
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) if is_tag(tag) => (repository, Some(tag)),
            Some(_) => return Err(ImageRefError::Tag),
            None => (path, None),
        };
        if repository.is_empty() || !repository.split('/').all(is_component) {
            return Err(ImageRefError::Repository);
        }
        Ok(Self { registry, repository, tag, digest })
    }

    /// The tag that is pulled; `latest` when neither tag nor digest is written.
    pub fn effective_tag(&self) -> Option<&'a str> {
        match (self.tag, self.digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        }
    }
}

fn is_registry(text: &str) -> bool {
    text == "localhost" || text.contains(['.', ':']) || text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Labels of letters, digits and inner `-` joined by dots, or an IPv6 address in brackets; then perhaps a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
            if address.is_empty() || !address.bytes().all(hex) {
                return false;
            }
            (None, rest.strip_prefix(':').map_or_else(|| (!rest.is_empty()).then_some(rest), Some))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.is_none_or(|host| host.split('.').all(label))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    algorithm.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+._-".contains(&byte))
        && hex.len() >= 32
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `[a-z0-9]+` joined by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends_in_words = bytes.first().copied().is_some_and(word) && bytes.last().copied().is_some_and(word);
    ends_in_words
        && text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_grammar() {
        let parse = |text| ImageRef::parse(text).unwrap();
        assert_eq!(parse("nginx").effective_tag(), Some("latest"));
        let image = parse("reg:5000/a/b");
        assert_eq!((image.registry, image.repository, image.tag), (Some("reg:5000"), "a/b", None));
        let digest = format!("ghcr.io/a/b:v1@sha256:{}", "0".repeat(64));
        let image = parse(&digest);
        assert_eq!((image.tag, image.digest.is_some()), (Some("v1"), true));
        assert_eq!(parse("a__b/c--d").repository, "a__b/c--d");
        assert_eq!(ImageRef::parse("Nginx"), Err(ImageRefError::Repository));
        assert_eq!(parse("[::1]:5000/a").registry, Some("[::1]:5000"));
        assert_eq!(parse("Host-1/a").registry, Some("Host-1"));
        for text in ["${REG}/a:1", "a b.c/d", "-a.b/c", "a..b/c", "a.b:/c", "a.b:x/c", "[::1/c", "[::1]x/c"] {
            assert_eq!(ImageRef::parse(text), Err(ImageRefError::Registry), "{text}");
        }
        assert_eq!(ImageRef::parse("a:"), Err(ImageRefError::Tag));
        assert_eq!(ImageRef::parse("a@sha256:xyz"), Err(ImageRefError::Digest));
        assert_eq!(ImageRef::parse("{{ .Values.image }}"), Err(ImageRefError::Repository));
    }
}
