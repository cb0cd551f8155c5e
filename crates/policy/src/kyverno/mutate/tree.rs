//! A tree that can be changed in place, for one merge.
//!
//! Kyverno's merge works on YAML nodes that several parents may share, and what it does to such a node shows
//! at every parent. Nodes are therefore numbered, and children are numbers.

use compact_str::{CompactString, ToCompactString};
use ironhull_value::{Key, Map, Value};

use super::MutateError;

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Scalar {
        value: Value,
        /// Whether the YAML text would have quotes around it: then it is read back as a string, whatever it
        /// was. A patched scalar keeps the quotes of the one that it replaces.
        quoted: bool,
    },
    Seq(Vec<Id>),
    /// Members in order. A key may be there twice; the first counts.
    Map(Vec<(Key, Id)>),
}

/// Kinds of nodes as error messages know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Seq,
    Map,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Scalar => "ScalarNode",
            Self::Seq => "SequenceNode",
            Self::Map => "MappingNode",
        }
    }
}

/// All nodes of one merge.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// What a number leads to that this tree did not give out. There are none.
const NOTHING: &Node = &Node::Scalar { value: Value::Null, quoted: false };

impl Tree {
    pub(super) fn push(&mut self, node: Node) -> Id {
        // Four thousand million nodes do not fit into memory.
        let id = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(NOTHING)
    }

    pub(super) fn set(&mut self, id: Id, node: Node) {
        if let Some(slot) = self.nodes.get_mut(id.0 as usize) {
            *slot = node;
        }
    }

    pub(super) fn scalar(&mut self, text: &str) -> Id {
        self.push(Node::Scalar { value: Value::from(text), quoted: true })
    }

    /// Takes a value in.
    pub(super) fn import(&mut self, value: &Value) -> Id {
        let node = match value {
            Value::Array(items) => Node::Seq(items.iter().map(|item| self.import(item)).collect()),
            Value::Map(map) => {
                Node::Map(map.iter().map(|(key, member)| (key.clone(), self.import(member))).collect())
            }
            scalar => Node::Scalar { value: scalar.clone(), quoted: matches!(scalar, Value::Str(_)) },
        };
        self.push(node)
    }

    /// A copy of a node with everything below it.
    pub(super) fn copy(&mut self, id: Id) -> Id {
        let node = match self.node(id).clone() {
            Node::Seq(items) => Node::Seq(items.into_iter().map(|item| self.copy(item)).collect()),
            Node::Map(entries) => {
                Node::Map(entries.into_iter().map(|(key, member)| (key, self.copy(member))).collect())
            }
            scalar @ Node::Scalar { .. } => scalar,
        };
        self.push(node)
    }

    /// The value at a node. What is equal to `original`, part by part, is shared with it.
    pub(super) fn export(&self, id: Id, original: Option<&Value>) -> Result<Value, MutateError> {
        let value = match self.node(id) {
            Node::Scalar { value, quoted: true } => Value::Str(go_text(value)),
            Node::Scalar { value, quoted: false } => value.clone(),
            Node::Seq(items) => {
                let before = original.and_then(Value::as_array).unwrap_or_default();
                let items = items.iter().enumerate();
                let items = items.map(|(index, item)| self.export(*item, before.get(index)));
                items.collect::<Result<Vec<_>, _>>()?.into()
            }
            Node::Map(entries) => {
                let before = original.and_then(Value::as_map);
                let members = entries.iter().map(|(key, member)| {
                    let before = before.and_then(|map| map.get(key));
                    Ok((key.clone(), self.export(*member, before)?))
                });
                let members = members.collect::<Result<Vec<_>, MutateError>>()?;
                let map: Map = members.into_iter().collect();
                if map.len() != entries.len() {
                    return Err(MutateError::duplicate(entries.iter().map(|(key, _)| key)));
                }
                Value::Map(map)
            }
        };
        Ok(match original {
            Some(original) if *original == value => original.clone(),
            _ => value,
        })
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        match self.node(id) {
            Node::Scalar { .. } => Kind::Scalar,
            Node::Seq(_) => Kind::Seq,
            Node::Map(_) => Kind::Map,
        }
    }

    pub(super) fn is_null(&self, id: Id) -> bool {
        matches!(self.node(id), Node::Scalar { value: Value::Null, .. })
    }

    /// Null, or without members or items.
    pub(super) fn is_nothing(&self, id: Id) -> bool {
        match self.node(id) {
            Node::Scalar { value, .. } => value.is_null(),
            Node::Seq(items) => items.is_empty(),
            Node::Map(entries) => entries.is_empty(),
        }
    }

    /// Null, or an object without members.
    pub(super) fn is_empty_map(&self, id: Id) -> bool {
        self.is_null(id) || matches!(self.node(id), Node::Map(entries) if entries.is_empty())
    }

    /// The text of a scalar; nothing for the others.
    pub(super) fn text(&self, id: Id) -> CompactString {
        match self.node(id) {
            Node::Scalar { value, .. } => go_text(value),
            _ => CompactString::default(),
        }
    }

    /// Fails unless the node is of this kind, or null.
    pub(super) fn expect(&self, id: Id, kind: Kind) -> Result<(), MutateError> {
        let found = self.kind(id);
        if found == kind || self.is_null(id) {
            return Ok(());
        }
        Err(MutateError::WrongKind { expected: kind.name(), found: found.name(), contents: self.flow(id) })
    }

    pub(super) fn items(&self, id: Id) -> &[Id] {
        if let Node::Seq(items) = self.node(id) { items } else { &[] }
    }

    pub(super) fn items_mut(&mut self, id: Id) -> Option<&mut Vec<Id>> {
        match self.nodes.get_mut(id.0 as usize) {
            Some(Node::Seq(items)) => Some(items),
            _ => None,
        }
    }

    pub(super) fn entries(&self, id: Id) -> &[(Key, Id)] {
        if let Node::Map(entries) = self.node(id) { entries } else { &[] }
    }

    pub(super) fn keys(&self, id: Id) -> Vec<Key> {
        self.entries(id).iter().map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn field(&self, id: Id, name: &str) -> Option<Id> {
        self.entries(id).iter().find(|(key, _)| key.as_str() == name).map(|(_, member)| *member)
    }

    /// Takes the first member of this name away.
    pub(super) fn clear(&mut self, id: Id, name: &str) -> Result<(), MutateError> {
        self.expect(id, Kind::Map)?;
        if let Some(Node::Map(entries)) = self.nodes.get_mut(id.0 as usize)
            && let Some(position) = entries.iter().position(|(key, _)| key.as_str() == name)
        {
            entries.remove(position);
        }
        Ok(())
    }

    /// Renames the first member of this name, though another may have the new name already.
    pub(super) fn rename(&mut self, id: Id, name: &str, new: &str) {
        if let Some(Node::Map(entries)) = self.nodes.get_mut(id.0 as usize)
            && let Some(entry) = entries.iter_mut().find(|(key, _)| key.as_str() == name)
        {
            entry.0 = Key::new(new);
        }
    }

    /// Sets a member. Nothing, and null unless it is to be kept, takes it away; a scalar in the place of
    /// another keeps its quotes.
    pub(super) fn set_field(
        &mut self,
        id: Id,
        name: &Key,
        value: Option<(Id, bool)>,
    ) -> Result<(), MutateError> {
        let Some((value, _)) = value.filter(|(value, keep)| *keep || !self.is_null(*value)) else {
            return self.clear(id, name);
        };
        self.expect(id, Kind::Map)?;
        match self.field(id, name) {
            Some(field) if field == value => {}
            Some(field) => {
                let mut node = self.node(value).clone();
                if let Node::Scalar { quoted, .. } = &mut node {
                    *quoted = matches!(self.node(field), Node::Scalar { quoted: true, .. });
                }
                self.set(value, node.clone());
                self.set(field, node);
            }
            None => {
                if let Some(Node::Map(entries)) = self.nodes.get_mut(id.0 as usize) {
                    entries.push((name.clone(), value));
                }
            }
        }
        Ok(())
    }

    /// The node as YAML's flow style shows it, for messages.
    fn flow(&self, id: Id) -> String {
        match self.node(id) {
            Node::Scalar { value: Value::Float(number), .. } => go_float(*number).into(),
            Node::Scalar { value, .. } => serde_json::to_string(value).unwrap_or_default(),
            Node::Seq(items) => {
                let items: Vec<_> = items.iter().map(|item| self.flow(*item)).collect();
                format!("[{}]", items.join(", "))
            }
            Node::Map(entries) => {
                let members: Vec<_> = entries
                    .iter()
                    .map(|(key, member)| format!("{:?}: {}", &**key, self.flow(*member)))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
        }
    }
}

/// A scalar as Go's JSON encoder writes it, without the quotes.
pub(super) fn go_text(value: &Value) -> CompactString {
    match value {
        Value::Str(text) => text.clone(),
        Value::Int(number) => number.to_compact_string(),
        Value::Bool(truth) => truth.to_compact_string(),
        Value::Float(number) => go_float(*number),
        _ => CompactString::const_new("null"),
    }
}

fn go_float(number: f64) -> CompactString {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return text.replace('e', if size < 1.0 { "e" } else { "e+" }).into();
    }
    format!("{number}").into()
}
