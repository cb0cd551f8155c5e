//! Builds a value and its spans together, bottom up, from the events of either syntax.
//!
//! Open containers share one stack of entries: a container's children are the tail of it, and move to
//! their final, contiguous place when the container closes. So a document costs two allocations for each
//! container and none for its bookkeeping.

use ironhull_value::{Interner, Key, Map, Value};

use crate::diagnostic::{Code, Diagnostic};
use crate::spans::Node;
use crate::{Span, SpanTree};

/// A complete value with its place and how many nodes it has when every alias is written out.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) value: Value,
    pub(crate) node: Node,
    pub(crate) size: u64,
}

pub(crate) struct Builder<'i> {
    pub(crate) interner: &'i mut Interner,
    pub(crate) diagnostics: Vec<Diagnostic>,
    max_depth: usize,
    frames: Vec<Frame>,
    entries: Vec<Entry>,
    nodes: Vec<Node>,
    root: Option<Built>,
}

struct Frame {
    kind: Kind,
    flow: bool,
    base: usize,
    start: u32,
    /// The end of the last child, because the end event of a block collection comes after the blank
    /// lines behind it.
    end: u32,
    size: u64,
    tag: usize,
}

enum Kind {
    Array,
    Map(Pending),
}

/// What the next node of an open map is.
enum Pending {
    Key,
    Value(Key, Span),
    Merge(Span),
}

struct Entry {
    key: Option<Key>,
    value: Value,
    node: Node,
    merged: bool,
}

impl<'i> Builder<'i> {
    pub(crate) fn new(interner: &'i mut Interner, max_depth: usize) -> Self {
        Self {
            interner,
            diagnostics: Vec::new(),
            max_depth,
            frames: Vec::new(),
            entries: Vec::new(),
            nodes: Vec::new(),
            root: None,
        }
    }

    /// Whether the innermost open container is written with brackets.
    pub(crate) fn in_flow(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.flow)
    }

    /// Whether the next node is a key.
    pub(crate) fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { kind: Kind::Map(Pending::Key), .. }))
    }

    /// The key of the next value.
    pub(crate) fn key(&mut self, key: Key, span: Span) {
        if let Some(Frame { kind: Kind::Map(pending), size, .. }) = self.frames.last_mut() {
            *pending = Pending::Value(key, span);
            *size = size.saturating_add(1);
        }
    }

    /// A `<<` key: the next value's entries join this map.
    pub(crate) fn merge_key(&mut self, span: Span) {
        if let Some(Frame { kind: Kind::Map(pending), .. }) = self.frames.last_mut() {
            *pending = Pending::Merge(span);
        }
    }

    /// Opens a list or an object. `tag` comes back from [`close`](Self::close).
    pub(crate) fn open(&mut self, map: bool, flow: bool, span: Span, tag: usize) -> Result<(), Diagnostic> {
        if self.frames.len() >= self.max_depth {
            let message = format!("nested deeper than {} levels", self.max_depth);
            return Err(Diagnostic::error(Code::Limit, span, message));
        }
        let kind = if map { Kind::Map(Pending::Key) } else { Kind::Array };
        let base = self.entries.len();
        self.frames.push(Frame { kind, flow, base, start: span.start, end: span.end, size: 1, tag });
        Ok(())
    }

    /// Closes the innermost container. `end` is where its closing bracket ends, if it has one.
    pub(crate) fn close(&mut self, end: Option<u32>) -> Option<(Built, usize)> {
        let frame = self.frames.pop()?;
        let span = Span { start: frame.start, end: end.unwrap_or(frame.end) };
        if matches!(frame.kind, Kind::Map(_)) {
            self.sort_entries(frame.base);
        }
        let children = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let drained = self.entries.drain(frame.base.min(self.entries.len())..);
        let value = if matches!(frame.kind, Kind::Map(_)) {
            let mut pairs = Vec::with_capacity(drained.len());
            for entry in drained {
                self.nodes.push(entry.node);
                if let Some(key) = entry.key {
                    pairs.push((key, entry.value));
                }
            }
            Value::Map(Map::from_sorted(pairs))
        } else {
            let mut items = Vec::with_capacity(drained.len());
            for entry in drained {
                self.nodes.push(entry.node);
                items.push(entry.value);
            }
            Value::Array(items.into())
        };
        let node = Node { key: Span::default(), value: span, children };
        Some((Built { value, node, size: frame.size }, frame.tag))
    }

    /// A complete node: a scalar, an alias, or a container that was just closed.
    pub(crate) fn push(&mut self, built: Built) -> Result<(), Diagnostic> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(built);
            return Ok(());
        };
        frame.size = frame.size.saturating_add(built.size);
        frame.end = frame.end.max(built.node.value.end);
        let Built { value, mut node, .. } = built;
        match &mut frame.kind {
            Kind::Array => {
                self.entries.push(Entry { key: None, value, node, merged: false });
                Ok(())
            }
            Kind::Map(pending) => match std::mem::replace(pending, Pending::Key) {
                Pending::Value(key, span) => {
                    node.key = span;
                    frame.end = frame.end.max(span.end);
                    self.entries.push(Entry { key: Some(key), value, node, merged: false });
                    Ok(())
                }
                Pending::Merge(span) => self.merge(&value, node, span),
                Pending::Key => Err(Diagnostic::error(
                    Code::NotJson,
                    node.value,
                    "a list or an object cannot be a key in JSON; quote the key if it is meant as text",
                )),
            },
        }
    }

    /// The finished document.
    pub(crate) fn finish(&mut self) -> Option<(Value, SpanTree)> {
        let built = self.root.take()?;
        self.entries.clear();
        self.frames.clear();
        Some((built.value, SpanTree::new(std::mem::take(&mut self.nodes), built.node)))
    }

    /// go-yaml v2 writes merged entries into the map at the place of `<<`: later keys win over them, and
    /// they win over earlier keys. Of a list of maps the first one wins.
    fn merge(&mut self, value: &Value, node: Node, span: Span) -> Result<(), Diagnostic> {
        let fail = || {
            let message = "the value of a merge key `<<` must be an object or a list of objects";
            Err(Diagnostic::error(Code::Syntax, span, message))
        };
        match value {
            Value::Map(map) => {
                self.merge_map(map, node);
                Ok(())
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate().rev() {
                    let at = (node.children as usize).saturating_add(index);
                    let (Value::Map(map), Some(node)) = (item, self.nodes.get(at).copied()) else {
                        return fail();
                    };
                    self.merge_map(map, node);
                }
                Ok(())
            }
            _ => fail(),
        }
    }

    fn merge_map(&mut self, map: &Map, node: Node) {
        for (index, (key, value)) in map.iter().enumerate() {
            let at = (node.children as usize).saturating_add(index);
            let node = self.nodes.get(at).copied().unwrap_or(node);
            self.entries.push(Entry { key: Some(key.clone()), value: value.clone(), node, merged: true });
        }
    }

    /// Sorts the open map's entries by key and keeps the last of equal ones.
    fn sort_entries(&mut self, base: usize) {
        let Some(tail) = self.entries.get_mut(base..) else { return };
        if tail.is_sorted_by(|a, b| a.key < b.key) {
            return;
        }
        tail.sort_by(|a, b| a.key.cmp(&b.key));
        let mut kept = base;
        for at in base..self.entries.len() {
            let same = kept > base
                && self.entries.get(kept.saturating_sub(1)).map(|entry| &entry.key)
                    == self.entries.get(at).map(|entry| &entry.key);
            if same {
                kept = kept.saturating_sub(1);
                self.report_duplicate(kept, at);
            }
            self.entries.swap(kept, at);
            kept = kept.saturating_add(1);
        }
        self.entries.truncate(kept);
    }

    fn report_duplicate(&mut self, first: usize, second: usize) {
        let (Some(first), Some(second)) = (self.entries.get(first), self.entries.get(second)) else { return };
        if first.merged || second.merged {
            return;
        }
        let key = second.key.as_ref().map(Key::as_str).unwrap_or_default();
        let message = format!("the key {key:?} is written twice in one object; the last one counts");
        let span = if second.node.key == Span::default() { second.node.value } else { second.node.key };
        self.diagnostics.push(Diagnostic::warning(Code::DuplicateKey, span, message));
    }
}
