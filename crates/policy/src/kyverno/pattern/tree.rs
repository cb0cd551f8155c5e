//! The compiled tree.

use std::sync::Arc;

use ironhull_value::{Key, Map, Type, Value};

use super::anchor::{AnchorKind, parse_anchor};
use super::leaf::Leaf;

/// A part of a pattern. Cloning shares.
#[derive(Clone, Debug)]
pub(in crate::kyverno) enum Node {
    Map(Arc<MapPattern>),
    Array(Arc<[Node]>),
    Leaf(Arc<Leaf>),
}

/// A map of a pattern, in the order in which upstream evaluates it.
#[derive(Clone, Debug)]
pub(in crate::kyverno) struct MapPattern {
    /// Conditions, equalities, existences and negations, in order of their keys as written.
    pub(in crate::kyverno) anchors: Vec<Entry>,
    /// Everything else. First global anchors and what has anchors below it, from the last key to the first;
    /// then the rest, from the first key to the last.
    pub(in crate::kyverno) fields: Vec<Entry>,
    /// Whether what is under `metadata` may have to be rewritten for each resource.
    pub(in crate::kyverno) expands: bool,
}

#[derive(Clone, Debug)]
pub(in crate::kyverno) struct Entry {
    /// As written.
    pub(in crate::kyverno) key: Key,
    pub(in crate::kyverno) anchor: Option<AnchorKind>,
    /// The key of the resource that it speaks of.
    pub(in crate::kyverno) name: Key,
    pub(in crate::kyverno) node: Node,
}

impl Node {
    pub(in crate::kyverno) fn compile(pattern: &Value) -> Self {
        match pattern {
            Value::Map(map) => Self::Map(Arc::new(MapPattern::compile(map))),
            Value::Array(items) => Self::Array(items.iter().map(Self::compile).collect()),
            scalar => Self::Leaf(Arc::new(Leaf::compile(scalar))),
        }
    }

    pub(in crate::kyverno) fn kind(&self) -> Type {
        match self {
            Self::Map(_) => Type::Map,
            Self::Array(_) => Type::Array,
            Self::Leaf(leaf) => leaf.source.kind(),
        }
    }

    pub(in crate::kyverno) fn as_map(&self) -> Option<&Arc<MapPattern>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    fn has_anchors(&self) -> bool {
        match self {
            Self::Map(map) => {
                let global = |entry: &Entry| entry.anchor == Some(AnchorKind::Global);
                !map.anchors.is_empty()
                    || map.fields.iter().any(|entry| global(entry) || entry.node.has_anchors())
            }
            Self::Array(items) => items.iter().any(Self::has_anchors),
            Self::Leaf(_) => false,
        }
    }
}

impl MapPattern {
    fn compile(map: &Map) -> Self {
        Self::arrange(map.iter().map(|(key, value)| Entry::new(key.clone(), Node::compile(value))).collect())
    }

    /// Puts entries, which are in any order, into upstream's.
    pub(in crate::kyverno) fn arrange(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let expands = super::metadata::may_expand(&entries);
        let (anchors, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| {
            !matches!(entry.anchor, None | Some(AnchorKind::Global | AnchorKind::AddIfNotPresent))
        });
        let (mut fields, rest): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|entry| entry.anchor == Some(AnchorKind::Global) || entry.node.has_anchors());
        fields.reverse();
        fields.extend(rest);
        Self { anchors, fields, expands }
    }

    pub(in crate::kyverno) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.anchors.iter().chain(&self.fields)
    }
}

impl Entry {
    pub(in crate::kyverno) fn new(key: Key, node: Node) -> Self {
        let (anchor, name) = match parse_anchor(&key) {
            // Only for mutation; here upstream looks for the key as it is written.
            Some((AnchorKind::AddIfNotPresent, _)) => (Some(AnchorKind::AddIfNotPresent), key.clone()),
            Some((kind, inside)) => (Some(kind), Key::new(inside)),
            None => (None, key.clone()),
        };
        Self { key, anchor, name, node }
    }

    /// The key without its anchor, also where the anchor does not count.
    pub(in crate::kyverno) fn bare(&self) -> &str {
        parse_anchor(&self.key).map_or(&self.key, |(_, inside)| inside)
    }
}
