//! Paths as URI references.

use std::fmt::Write as _;

use ironhull_world::ObjectRef;

/// A path as a relative URI reference, or a `file:` URI when it is absolute.
pub(super) fn of_path(path: &str) -> String {
    if path == "<stdin>" || path == "-" {
        return "stdin".to_owned();
    }
    let path = path.replace('\\', "/");
    let windows = path.as_bytes().get(1) == Some(&b':') && path.as_bytes().get(2) == Some(&b'/');
    if windows {
        return format!("file:///{}", encoded(&path));
    }
    if path.starts_with('/') {
        return format!("file://{}", encoded(&path));
    }
    let mut rest = path.as_str();
    while let Some(after) = rest.strip_prefix("./") {
        rest = after.trim_start_matches('/');
    }
    encoded(rest)
}

/// Where an object without text lives.
pub(super) fn of_object(key: &ObjectRef) -> String {
    let parts = ["cluster", &key.namespace, &key.kind, &key.name];
    let parts: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| encoded(&part.replace('/', "_"))).collect();
    parts.join("/")
}

/// Percent-encodes all but what RFC 3986 allows in a path.
fn encoded(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'@'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b';'
            | b'=' => text.push(char::from(byte)),
            // A colon in the first part would read as a scheme.
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(of_path("./deploy/my app.yaml"), "deploy/my%20app.yaml");
        assert_eq!(of_path("a#b?c%d.yaml"), "a%23b%3Fc%25d.yaml");
        assert_eq!(of_path("Größe.yaml"), "Gr%C3%B6%C3%9Fe.yaml");
        assert_eq!(of_path("deploy\\web.yaml"), "deploy/web.yaml");
        assert_eq!(of_path("/abs/a.yaml"), "file:///abs/a.yaml");
        assert_eq!(of_path("C:\\a.yaml"), "file:///C%3A/a.yaml");
        assert_eq!(of_path("a:b.yaml"), "a%3Ab.yaml");
        assert_eq!(of_path("<stdin>"), "stdin");
    }
}
