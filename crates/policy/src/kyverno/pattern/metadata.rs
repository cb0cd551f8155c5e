//! Wildcards in the keys of labels and annotations.
//!
//! Before upstream looks at a map it replaces what the pattern has under `metadata.labels` and
//! `metadata.annotations`, if the resource has a map there as well: a key with wildcards becomes the first key
//! of the resource that it matches, and a value that is no text is dropped, be there wildcards or not. The
//! replacement is written into the pattern, so the next resource element that the same part of the pattern
//! meets finds the keys of the first one.
//!
//! Source: `pkg/engine/wildcards` of Kyverno. Where that goes through a map in Go's random order, this goes
//! in the order of keys.

use std::sync::Arc;

use ironhull_value::{Key, Map, Value, contains_wildcard, wildcard_match};

use super::tree::{Entry, MapPattern, Node};

/// Whether a map with these sorted entries is other after [`expand`] for some resource.
pub(super) fn may_expand(entries: &[Entry]) -> bool {
    let Some(metadata) = find(entries, "metadata").and_then(|entry| entry.node.as_map()) else {
        return false;
    };
    ["labels", "annotations"].iter().any(|tag| {
        sorted_find(metadata, tag).and_then(|entry| entry.node.as_map()).is_some_and(|map| {
            map.entries().any(|entry| contains_wildcard(&entry.key) || text_of(&entry.node).is_none())
        })
    })
}

/// The map as upstream rewrites it for a resource, or none where that changes nothing.
pub(super) fn expand(pattern: &MapPattern, resource: &Map) -> Option<MapPattern> {
    let found = resource.get("metadata").and_then(Value::as_map)?;
    let entry = sorted_find(pattern, "metadata")?;
    let metadata = entry.node.as_map()?;
    let labels = expand_tag("labels", metadata, found);
    let annotations = expand_tag("annotations", metadata, found);
    if labels.is_none() && annotations.is_none() {
        return None;
    }
    let entries = metadata.entries().map(|old| {
        let new = [&labels, &annotations].into_iter().flatten().find(|(key, _)| *key == old.key);
        new.map_or_else(
            || old.clone(),
            |(key, map)| Entry { node: Node::Map(Arc::clone(map)), key: key.clone(), ..old.clone() },
        )
    });
    let rewritten = Node::Map(Arc::new(MapPattern::arrange(entries.collect())));
    let entries = pattern.entries().map(|old| {
        if old.key == entry.key { Entry { node: rewritten.clone(), ..old.clone() } } else { old.clone() }
    });
    Some(MapPattern::arrange(entries.collect()))
}

/// The key of the labels or annotations in the pattern, and what is there now.
fn expand_tag(tag: &str, metadata: &MapPattern, found: &Map) -> Option<(Key, Arc<MapPattern>)> {
    let entry = sorted_find(metadata, tag)?;
    let wanted = entry.node.as_map()?;
    // An anchor is looked for in the resource as well.
    let found = found.iter().find(|(key, _)| bare(key) == tag)?.1.as_map()?;
    let found: Vec<&str> =
        found.iter().filter(|(_, value)| value.as_str().is_some()).map(|(key, _)| key.as_str()).collect();
    let mut entries: Vec<Entry> = Vec::new();
    let mut old: Vec<&Entry> = wanted.entries().filter(|entry| text_of(&entry.node).is_some()).collect();
    old.sort_by(|a, b| a.key.cmp(&b.key));
    for entry in old {
        let new = Entry::new(expand_key(&entry.key, &found), entry.node.clone());
        match entries.iter_mut().find(|present| present.key == new.key) {
            Some(present) => *present = new,
            None => entries.push(new),
        }
    }
    Some((entry.key.clone(), Arc::new(MapPattern::arrange(entries))))
}

/// The key with its wildcards replaced, and its anchor kept.
fn expand_key(key: &Key, found: &[&str]) -> Key {
    if !contains_wildcard(key) {
        return key.clone();
    }
    let anchor = super::parse_anchor(key);
    let wanted = anchor.map_or(key.as_str(), |(_, inside)| inside);
    let matching =
        found.iter().find(|candidate| wildcard_match(wanted, candidate)).copied().unwrap_or(wanted);
    anchor.map_or_else(|| Key::new(matching), |(kind, _)| Key::new(&kind.wrap(matching)))
}

fn text_of(node: &Node) -> Option<&str> {
    if let Node::Leaf(leaf) = node { leaf.source.as_str() } else { None }
}

fn bare(key: &str) -> &str {
    super::parse_anchor(key).map_or(key, |(_, inside)| inside)
}

fn find<'a>(entries: &'a [Entry], tag: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.bare() == tag)
}

fn sorted_find<'a>(map: &'a MapPattern, tag: &str) -> Option<&'a Entry> {
    map.entries().filter(|entry| entry.bare() == tag).min_by(|a, b| a.key.cmp(&b.key))
}
