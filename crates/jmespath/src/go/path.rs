//! `path/filepath` on Unix.

/// `filepath.Join` of one element: the shortest equivalent path; nothing for nothing.
pub(crate) fn join(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if !is_rooted => parts.push(".."),
                _ => {
                    parts.pop();
                }
            },
            name => parts.push(name),
        }
    }
    let clean = parts.join("/");
    match (is_rooted, clean.is_empty()) {
        (true, _) => format!("/{clean}"),
        (false, true) => ".".into(),
        (false, false) => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_clean() {
        for (path, clean) in [
            ("", ""),
            (".", "."),
            ("a//b/./c/", "a/b/c"),
            ("/../a", "/a"),
            ("a/../../b", "../b"),
            ("../../a/..", "../.."),
            ("a/..", "."),
            ("/a/..", "/"),
            ("///", "/"),
        ] {
            assert_eq!(join(path), clean, "{path}");
        }
    }
}
