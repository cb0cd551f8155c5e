//! Kinds as policies name them, and what they mean in the catalogue.

use compact_str::CompactString;
use ironhull_value::{Path, contains_wildcard};
use ironhull_world::{Catalog, GroupKind};

use crate::kyverno::matching::KindSelector;
use crate::kyverno::model::Rule;

/// A kind in a `match` or an `exclude`.
pub(super) struct Named {
    /// Where.
    pub(super) path: Path,
    /// As it is written.
    pub(super) text: CompactString,
    /// What it means.
    pub(super) kind: KindSelector,
}

/// Every kind that a rule names, those of `match` first.
pub(super) fn named(rule: &Rule) -> Vec<Named> {
    ["match", "exclude"].into_iter().flat_map(|part| named_in(rule, part)).collect()
}

/// Every kind in one part of a rule.
pub(super) fn named_in(rule: &Rule, part: &str) -> Vec<Named> {
    let (root, path) = (rule.source.get(part), rule.path.child(part));
    let Some(root) = root else { return Vec::new() };
    let mut found = Vec::new();
    let mut add = |filter: &ironhull_value::Value, path: &Path| {
        for (place, kind) in filter.dig_items(&["resources", "kinds"]).iter().enumerate() {
            let Some(text) = kind.as_str() else { continue };
            let path = path.keys(&["resources", "kinds"]).child(place);
            found.push(Named { path, text: text.into(), kind: KindSelector::parse(text) });
        }
    };
    add(root, &path);
    for list in ["any", "all"] {
        for (place, filter) in root.dig_items(&[list]).iter().enumerate() {
            add(filter, &path.child(list).child(place));
        }
    }
    found
}

/// The kinds of the catalogue that a selector means, whatever its version.
pub(super) fn meant<'c>(catalog: &'c Catalog, kind: &KindSelector) -> Vec<GroupKind<'c>> {
    let is_group = |group: &str| ironhull_value::wildcard_match(&kind.group, group);
    let is_kind = |name: &str| ironhull_value::wildcard_match(&kind.kind, name);
    catalog.kinds().filter(|known| is_group(known.group) && is_kind(known.kind)).collect()
}

/// Whether it stands for kinds without number.
pub(super) fn is_wild(kind: &KindSelector) -> bool {
    contains_wildcard(&kind.kind)
}
