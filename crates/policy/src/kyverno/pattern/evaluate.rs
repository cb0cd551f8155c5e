//! Going through a pattern and a resource together.
//!
//! Source: `pkg/engine/validate` and `pkg/engine/anchor` of Kyverno. What looks odd here is odd there.

use std::sync::Arc;

use ironhull_value::{Key, Map, Value};
use smallvec::SmallVec;

use super::anchor::AnchorKind;
use super::failure::{Failure, Skips, Words};
use super::leaf::Leaf;
use super::metadata::expand;
use super::observe::{Decision, Event, Observer};
use super::path::At;
use super::tree::{Entry, MapPattern, Node};

type Outcome = Result<(), Failure>;

/// One evaluation.
pub(super) struct Run<'o, O> {
    observer: &'o mut O,
    words: Words,
    /// Each condition, existence and negation met so far, as written, and whether some resource element that
    /// it was held against has its key.
    seen: SmallVec<[(Key, bool); 4]>,
    /// Maps that were rewritten for a resource element, and what they are now.
    rewritten: Vec<(Arc<MapPattern>, Arc<MapPattern>)>,
}

impl<'o, O: Observer> Run<'o, O> {
    pub(super) fn new(observer: &'o mut O, words: Words) -> Self {
        Self { observer, words, seen: SmallVec::new(), rewritten: Vec::new() }
    }

    /// Whether an anchor was met whose key was nowhere. A negation has to be nowhere and does not count.
    pub(super) fn keys_are_missing(&self) -> bool {
        self.seen.iter().any(|(key, present)| {
            !present && super::parse_anchor(key).is_none_or(|(kind, _)| kind != AnchorKind::Negation)
        })
    }

    /// A part of the pattern with everything that was rewritten so far.
    pub(super) fn rewritten(&self, node: &Node) -> Node {
        if self.rewritten.is_empty() {
            return node.clone();
        }
        match node {
            Node::Map(map) => {
                let current = self.rewritten.iter().find(|(original, _)| Arc::ptr_eq(original, map));
                let current = current.map_or(map, |(_, current)| current);
                let entries = current
                    .entries()
                    .map(|entry| Entry { node: self.rewritten(&entry.node), ..entry.clone() });
                Node::Map(Arc::new(MapPattern::arrange(entries.collect())))
            }
            Node::Array(items) => Node::Array(items.iter().map(|item| self.rewritten(item)).collect()),
            Node::Leaf(_) => node.clone(),
        }
    }

    pub(super) fn element(&mut self, resource: &Value, pattern: &Node, at: &At<'_>) -> Outcome {
        match (pattern, resource) {
            (Node::Map(pattern), Value::Map(resource)) => self.map(resource, pattern, at),
            (Node::Array(pattern), Value::Array(resource)) => self.array(resource, pattern, at),
            (Node::Leaf(leaf), _) => self.leaf(resource, leaf, at),
            (Node::Map(_), other) => {
                self.tell(Decision::Structure, false, at);
                Err(Failure::not_a_map(self.words, at, other.kind()))
            }
            (Node::Array(_), _) => {
                self.tell(Decision::Structure, false, at);
                Err(Failure::not_an_array(self.words, at))
            }
        }
    }

    fn leaf(&mut self, resource: &Value, leaf: &Leaf, at: &At<'_>) -> Outcome {
        let held = leaf.matches_each(resource);
        self.tell(Decision::Leaf, held, at);
        if held { Ok(()) } else { Err(Failure::leaf(self.words, at, resource, &leaf.source)) }
    }

    fn map(&mut self, resource: &Map, pattern: &Arc<MapPattern>, at: &At<'_>) -> Outcome {
        if !pattern.expands {
            self.note_keys(resource, pattern);
            return self.entries(resource, pattern, at);
        }
        let place = self.rewritten.iter().position(|(original, _)| Arc::ptr_eq(original, pattern));
        let current = place.and_then(|place| self.rewritten.get(place));
        let current = current.map_or_else(|| Arc::clone(pattern), |(_, current)| Arc::clone(current));
        self.note_keys(resource, &current);
        let Some(new) = expand(&current, resource).map(Arc::new) else {
            return self.entries(resource, &current, at);
        };
        match place.and_then(|place| self.rewritten.get_mut(place)) {
            Some((_, current)) => *current = Arc::clone(&new),
            None => self.rewritten.push((Arc::clone(pattern), Arc::clone(&new))),
        }
        self.entries(resource, &new, at)
    }

    fn note_keys(&mut self, resource: &Map, pattern: &MapPattern) {
        if self.words == Words::Unwanted {
            return;
        }
        for entry in pattern.anchors.iter().filter(|entry| entry.anchor != Some(AnchorKind::Equality)) {
            let present = || resource.contains_key(&entry.name);
            match self.seen.iter_mut().find(|(key, _)| *key == entry.key) {
                Some((_, seen)) => *seen = *seen || present(),
                None => self.seen.push((entry.key.clone(), present())),
            }
        }
    }

    fn entries(&mut self, resource: &Map, pattern: &MapPattern, at: &At<'_>) -> Outcome {
        let mut skips = Skips::default();
        let mut applied = false;
        for entry in &pattern.anchors {
            match self.entry(resource, entry, at) {
                Ok(()) => applied = true,
                Err(failure) if failure.is_skip() => skips.add(self.words, failure),
                Err(failure) if !skips.own => return Err(failure),
                // The map does not apply, so it does not matter.
                Err(_) => {}
            }
        }
        if skips.any && (!applied || skips.own) {
            return Err(skips.together(self.words, at));
        }
        pattern.fields.iter().try_for_each(|entry| self.entry(resource, entry, at))
    }

    fn entry(&mut self, resource: &Map, entry: &Entry, at: &At<'_>) -> Outcome {
        let here = at.key(&entry.name, &entry.key);
        let found = resource.get(&entry.name);
        let kind = match entry.anchor {
            None | Some(AnchorKind::AddIfNotPresent) => return self.field(found, entry, at, &here),
            Some(kind) => kind,
        };
        let outcome = match (kind, found) {
            (AnchorKind::Negation, Some(_)) => Err(Failure::negated(self.words, &here)),
            (AnchorKind::Condition, None) => Err(Failure::no_condition_key(self.words, &here)),
            (AnchorKind::Condition, Some(value)) => {
                self.element(value, &entry.node, &here).map_err(|failure| failure.in_condition(self.words))
            }
            (AnchorKind::Global, Some(value)) => {
                self.element(value, &entry.node, &here).map_err(|failure| failure.in_global(self.words))
            }
            (AnchorKind::Existence, Some(value)) => self.existence(value, &entry.node, &here),
            (_, Some(value)) => self.element(value, &entry.node, &here),
            (_, None) => Ok(()),
        };
        self.tell(Decision::Anchor(kind), outcome.is_ok(), &here);
        outcome
    }

    fn field(&mut self, found: Option<&Value>, entry: &Entry, at: &At<'_>, here: &At<'_>) -> Outcome {
        if let Node::Leaf(leaf) = &entry.node
            && leaf.is_star()
        {
            let held = found.is_some_and(|value| !value.is_null());
            self.tell(Decision::Present, held, here);
            return if held { Ok(()) } else { Err(Failure::absent(self.words, at, &entry.name)) };
        }
        self.element(found.unwrap_or(&Value::Null), &entry.node, here)
    }

    fn existence(&mut self, resource: &Value, pattern: &Node, at: &At<'_>) -> Outcome {
        let Value::Array(resource) = resource else {
            return Err(Failure::existence_resource(self.words, at, resource.kind()));
        };
        let Node::Array(pattern) = pattern else {
            return Err(Failure::existence_pattern(self.words, at, pattern.kind()));
        };
        for (wanted, node) in pattern.iter().enumerate() {
            if node.as_map().is_none() {
                return Err(Failure::existence_item(self.words, at));
            }
            let mut items = resource.iter().enumerate();
            if !items.any(|(index, item)| self.element(item, node, &at.item(index, wanted)).is_ok()) {
                return Err(Failure::nothing_exists(self.words, at));
            }
        }
        Ok(())
    }

    fn array(&mut self, resource: &Arc<[Value]>, pattern: &[Node], at: &At<'_>) -> Outcome {
        match pattern {
            [] => Err(Failure::empty_pattern(self.words, at)),
            // The first map stands for every item, and no other counts.
            [first @ Node::Map(_), ..] => self
                .items(resource.iter().enumerate().map(|(index, item)| (item, first, at.item(index, 0))), at),
            [Node::Leaf(leaf), ..] => self.leaf(&Value::Array(Arc::clone(resource)), leaf, at),
            // Lists in lists are compared one by one.
            _ if resource.len() < pattern.len() => {
                self.tell(Decision::Structure, false, at);
                Err(Failure::too_short(self.words, at, resource.len(), pattern.len()))
            }
            _ => {
                let pairs = resource.iter().zip(pattern).enumerate();
                self.items(pairs.map(|(index, (item, node))| (item, node, at.item(index, index))), at)
            }
        }
    }

    /// Items that do not apply are left out, as long as one does.
    fn items<'a>(
        &mut self,
        items: impl Iterator<Item = (&'a Value, &'a Node, At<'a>)>,
        at: &At<'_>,
    ) -> Outcome {
        let mut skips = Skips::default();
        let mut applied = false;
        for (item, node, here) in items {
            match self.element(item, node, &here) {
                Ok(()) => applied = true,
                Err(failure) if failure.is_skip() => skips.add(self.words, failure),
                Err(failure) => return Err(failure),
            }
        }
        if applied || !skips.any { Ok(()) } else { Err(skips.together(self.words, at)) }
    }

    fn tell(&mut self, decision: Decision, held: bool, at: &At<'_>) {
        if O::ACTIVE {
            self.observer.event(Event { decision, held, pattern: at.in_pattern(), resource: at.to_string() });
        }
    }
}
