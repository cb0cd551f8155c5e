//! One document of a stream.

use std::sync::Arc;

use ironhull_value::{Path, Value};

use crate::{Location, Source, Span, SpanTree};

/// A comment of a YAML document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub span: Span,
    /// Whether something stands before it on its line.
    pub trailing: bool,
}

/// One document: its value, and where everything in it was written.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text that it stands in.
    pub source: Arc<Source>,
    /// Its part of the text.
    pub span: Span,
    /// Position among the chunks that `---` lines cut, from 0; kubectl reads one document of each.
    pub chunk: usize,
    /// What it says.
    pub value: Value,
    /// Where it says it.
    pub spans: SpanTree,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
}

impl Document {
    /// Where `path` leads, or where its nearest written parent stands.
    pub fn locate(&self, path: &Path) -> Location {
        self.spans.locate(&self.value, path)
    }
}
