//! The way from the root to where evaluation is.

use std::fmt::{self, Display, Formatter};

use ironhull_value::Key;

/// A list through the stack, so that nothing is written before something fails. It is displayed as upstream
/// shows it, with an end like that: `/spec/containers/0/`.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key { resource: &'a Key, pattern: &'a Key },
    Item { resource: usize, pattern: usize },
}

impl<'a> At<'a> {
    pub(super) const ROOT: Self = At { parent: None, step: Step::Root };

    pub(super) fn key(&'a self, resource: &'a Key, pattern: &'a Key) -> Self {
        At { parent: Some(self), step: Step::Key { resource, pattern } }
    }

    pub(super) fn item(&'a self, resource: usize, pattern: usize) -> Self {
        At { parent: Some(self), step: Step::Item { resource, pattern } }
    }

    /// The same in the pattern, where keys are as written: `/spec/=(containers)/0/`.
    pub(super) fn in_pattern(&self) -> String {
        let mut text = self.parent.map(At::in_pattern).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Key { pattern, .. } => text.push_str(pattern),
            Step::Item { pattern, .. } => text.push_str(&pattern.to_string()),
        }
        text + "/"
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            Display::fmt(parent, f)?;
        }
        match self.step {
            Step::Root => f.write_str("/"),
            Step::Key { resource, .. } => write!(f, "{resource}/"),
            Step::Item { resource, .. } => write!(f, "{resource}/"),
        }
    }
}
