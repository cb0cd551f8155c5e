//! Paths without asking the file system.

use std::path::{Component, Path, PathBuf};

/// Removes `.` and resolves `..` by the text alone, which is how kustomize writes its references.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                let is_name = matches!(result.components().next_back(), Some(Component::Normal(_)));
                if is_name {
                    result.pop();
                } else {
                    result.push("..");
                }
            }
            other => result.push(other),
        }
    }
    if result.as_os_str().is_empty() { PathBuf::from(".") } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        assert_eq!(normal(Path::new("a/./b/../c")), Path::new("a/c"));
        assert_eq!(normal(Path::new("../x/../y")), Path::new("../y"));
        assert_eq!(normal(Path::new("./")), Path::new("."));
        assert_eq!(normal(Path::new("a/../../b")), Path::new("../b"));
    }
}
