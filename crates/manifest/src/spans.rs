//! The position of every node of a document.

use ironhull_value::{Path, Segment, Value};

use crate::Span;

/// Spans beside a [`Value`]: same shape, children in the order of the value's entries.
///
/// They are apart from the value, because most code never asks for a position, and because an object that
/// came from a cluster has none.
#[derive(Clone, Debug, Default)]
pub struct SpanTree {
    nodes: Vec<Node>,
    root: Node,
}

/// Where a path leads in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The key, for a member of an object.
    pub key: Option<Span>,
    /// The value; for block collections from their first to their last character.
    pub value: Span,
    /// How many segments of the path exist. Less than the path's length when the field is absent: then
    /// this is the place of the nearest parent that was written.
    pub depth: usize,
}

impl Location {
    /// The span to mark for a reader: key and value of a short scalar, else only the key.
    pub fn mark(&self) -> Span {
        self.key.unwrap_or(self.value)
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    pub(crate) key: Span,
    pub(crate) value: Span,
    /// Index of the first child in `SpanTree::nodes`.
    pub(crate) children: u32,
}

impl SpanTree {
    pub(crate) fn new(nodes: Vec<Node>, root: Node) -> Self {
        Self { nodes, root }
    }

    /// Follows `path` through `value`, the document that this tree was made with.
    pub fn locate(&self, value: &Value, path: &Path) -> Location {
        let (mut node, mut value) = (self.root, value);
        let mut depth = 0_usize;
        let mut key = None;
        for segment in path.segments() {
            let (index, next) = match (segment, value) {
                (Segment::Key(name), Value::Map(map)) => {
                    let Some(index) = map.index_of(name) else { break };
                    let Some((_, next)) = map.entries().get(index) else { break };
                    (index, next)
                }
                (Segment::Index(index), Value::Array(items)) => {
                    let Some(next) = items.get(*index) else { break };
                    (*index, next)
                }
                _ => break,
            };
            let Some(child) = self.nodes.get((node.children as usize).saturating_add(index)) else { break };
            (node, value) = (*child, next);
            key = (node.key != Span::default()).then_some(node.key);
            depth = depth.saturating_add(1);
        }
        Location { key, value: node.value, depth }
    }
}
