//! Paths into a [`Value`](crate::Value).

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A member of an object.
    Key(CompactString),
    /// An item of a list, from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The way from the root of an object to a field. It need not exist: a path to an absent field says where
/// the field would be.
///
/// Cloning shares. Displayed as kubectl's users write it: `spec.containers[0].image`, `metadata.labels["a.b/c"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Arc<[Segment]>);

impl Path {
    /// The root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// This path and one more step.
    #[must_use]
    pub fn child(&self, segment: impl Into<Segment>) -> Self {
        Self(self.0.iter().cloned().chain([segment.into()]).collect())
    }

    /// This path and these members of nested objects.
    #[must_use]
    pub fn keys(&self, keys: &[&str]) -> Self {
        Self(self.0.iter().cloned().chain(keys.iter().map(|key| Segment::from(*key))).collect())
    }

    /// This path and then `other`.
    #[must_use]
    pub fn join(&self, other: &Path) -> Self {
        Self(self.0.iter().chain(other.0.iter()).cloned().collect())
    }

    /// The path without its last step; none for the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.into()))
    }

    /// The first `length` steps.
    #[must_use]
    pub fn prefix(&self, length: usize) -> Self {
        Self(self.0.iter().take(length).cloned().collect())
    }

    /// Whether `other` is this path or lies below it.
    pub fn contains(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }

    /// RFC 6901 notation: `/spec/containers/0/image`.
    pub fn to_pointer(&self) -> String {
        let mut text = String::new();
        for segment in self.0.iter() {
            text.push('/');
            match segment {
                Segment::Key(key) => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => text.push_str(&index.to_string()),
            }
        }
        text
    }
}

impl<S: Into<Segment>> FromIterator<S> for Path {
    fn from_iter<I: IntoIterator<Item = S>>(segments: I) -> Self {
        Self(segments.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Segment::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_as_users_write_it() {
        let path = Path::root().keys(&["spec", "containers"]).child(0).keys(&["env", "a.b/c~d"]);
        assert_eq!(path.to_string(), r#"spec.containers[0].env["a.b/c~d"]"#);
        assert_eq!(path.to_pointer(), "/spec/containers/0/env/a.b~1c~0d");
        assert!(Path::root().child("spec").contains(&path));
        assert_eq!(path.prefix(2).to_string(), "spec.containers");
    }
}
