//! Whether a pattern that does not match always fails.
//!
//! Upstream reports an error instead of a failure where the key of a condition or of an existence was nowhere in what
//! it went through, although something else failed. That matters only where errors and failures are treated
//! differently: with the failure policy `Ignore`, and where updates of what failed before are let through.

use std::collections::BTreeSet;

use super::types::{Known, is_always, known};
use crate::kyverno::pattern::AnchorKind;
use crate::kyverno::pattern::tree::{MapPattern, Node};

type Keys = BTreeSet<String>;

/// What going through a part leaves behind.
struct Track {
    /// Keys that may have been nowhere so far.
    missing: Keys,
    /// Keys that are somewhere for sure where the part fails; `None` if it does not fail.
    present: Option<Keys>,
    /// Whether it never fails while another key is nowhere.
    clear: bool,
}

/// Whether a pattern about objects of these resources never ends in an error.
pub(super) fn always_fails(plurals: &[&str], node: &Node) -> bool {
    track(plurals, node, &[]).clear
}

fn track(plurals: &[&str], node: &Node, path: &[String]) -> Track {
    match node {
        Node::Map(map) => entries(plurals, map, path),
        Node::Array(items) => match items.first() {
            Some(first @ Node::Map(_)) => {
                let path: Vec<String> = path.iter().cloned().chain(["[]".to_owned()]).collect();
                let mut one = track(plurals, first, &path);
                // What an item leaves behind is there when the next one fails. All items are of one type, so
                // that the first one fails if they are no maps.
                if let Some(present) = &one.present {
                    one.clear &= one.missing.is_subset(present);
                }
                one
            }
            _ => leaf(),
        },
        Node::Leaf(_) => leaf(),
    }
}

fn leaf() -> Track {
    Track { missing: Keys::new(), present: Some(Keys::new()), clear: true }
}

fn entries(plurals: &[&str], map: &MapPattern, path: &[String]) -> Track {
    let keys = |kind: AnchorKind| -> Keys {
        let own = map.anchors.iter().filter(|entry| entry.anchor == Some(kind));
        own.map(|entry| entry.key.to_string()).collect()
    };
    // Without the key of a condition the map is skipped, so that nothing else in it fails.
    let conditions = keys(AnchorKind::Condition);
    let mut missing = keys(AnchorKind::Existence);
    let mut present: Option<Keys> = None;
    let mut clear = true;
    for entry in map.entries() {
        let path: Vec<String> = path.iter().cloned().chain([entry.name.to_string()]).collect();
        let mut step = track(plurals, &entry.node, &path);
        let is_expected = is_always(plurals, &path)
            || matches!(known(plurals, &path), Known::Map | Known::List)
                && entry.anchor == Some(AnchorKind::Equality);
        if !is_expected && step.present.is_some() {
            // It may be missing or something else.
            step.present = Some(Keys::new());
        }
        match entry.anchor {
            Some(AnchorKind::Condition | AnchorKind::Global) => step.present = None,
            // It is told from an error.
            Some(AnchorKind::Negation) => {
                step = Track { missing: Keys::new(), present: None, clear: true };
            }
            Some(AnchorKind::Existence) => {
                step = Track { present: Some([entry.key.to_string()].into()), clear: true, ..step };
            }
            _ => {}
        }
        if let Some(sure) = step.present {
            let sure: Keys = sure.union(&conditions).cloned().collect();
            clear &= missing.is_subset(&sure);
            present = Some(match present {
                Some(others) => others.intersection(&sure).cloned().collect(),
                None => sure,
            });
        }
        let quiet =
            matches!(entry.anchor, Some(AnchorKind::Condition | AnchorKind::Global | AnchorKind::Negation));
        clear &= quiet || step.clear;
        missing.extend(step.missing);
    }
    missing.extend(conditions);
    Track { missing, present, clear }
}
