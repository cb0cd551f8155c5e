//! The patterns of a rule, with their places.

use ironhull_value::{Path, Value};

use super::uses::members;
use crate::kyverno::model::Rule;
use crate::kyverno::pattern::parse_anchor;
use crate::kyverno::variables::has_variable;

/// A pattern as it is written.
#[derive(Clone, Debug)]
pub(super) struct Written<'v> {
    /// Where.
    pub(super) path: Path,
    /// What.
    pub(super) value: &'v Value,
    /// Whether it is about an element of a `foreach`.
    pub(super) is_of_element: bool,
}

/// The patterns of a rule that judges.
pub(super) fn patterns(rule: &Rule) -> Vec<Written<'_>> {
    let mut found = Vec::new();
    if let Some(validate) = rule.source.get("validate") {
        collect(validate, &rule.path.child("validate"), false, &mut found);
    }
    found
}

fn collect<'v>(value: &'v Value, path: &Path, is_of_element: bool, found: &mut Vec<Written<'v>>) {
    if let Some(pattern) = value.get("pattern").filter(|own| !own.is_null()) {
        found.push(Written { path: path.child("pattern"), value: pattern, is_of_element });
    }
    for (place, value) in value.dig_items(&["anyPattern"]).iter().enumerate() {
        let path = path.child("anyPattern").child(place);
        found.push(Written { path, value, is_of_element });
    }
    for (place, item) in value.dig_items(&["foreach"]).iter().enumerate() {
        let scoped = item.get("elementScope").and_then(Value::as_bool).unwrap_or(true);
        collect(item, &path.child("foreach").child(place), scoped, found);
    }
}

/// A place in a pattern.
pub(super) struct Spot<'v> {
    /// Where, in the policy.
    pub(super) path: Path,
    /// The keys from the root of the pattern, without their anchors and without the places in lists.
    pub(super) keys: Vec<&'v str>,
    /// The last key as it is written; none for an item of a list.
    pub(super) written: Option<&'v str>,
    /// What stands there.
    pub(super) value: &'v Value,
}

impl Spot<'_> {
    /// Whether it is what labels or annotations say.
    pub(super) fn is_in_metadata(&self) -> bool {
        self.keys.windows(2).any(|pair| pair[0] == "metadata" && matches!(pair[1], "labels" | "annotations"))
    }

    /// Whether a variable makes it something else.
    pub(super) fn is_open(&self) -> bool {
        let text = |text: &str| has_variable(text) || text.contains("$(");
        self.written.is_some_and(text) || self.value.as_str().is_some_and(text)
    }
}

/// Goes through a pattern, the outer parts first.
pub(super) fn spots<'v>(written: &Written<'v>, see: &mut dyn FnMut(&Spot<'v>)) {
    let root = Spot { path: written.path.clone(), keys: Vec::new(), written: None, value: written.value };
    visit(&root, see);
}

fn visit<'v>(spot: &Spot<'v>, see: &mut dyn FnMut(&Spot<'v>)) {
    see(spot);
    for (key, value) in members(spot.value) {
        let bare = parse_anchor(key).map_or(key, |(_, inside)| inside);
        let keys = spot.keys.iter().copied().chain([bare]).collect();
        visit(&Spot { path: spot.path.child(key), keys, written: Some(key), value }, see);
    }
    for (place, value) in spot.value.as_array().unwrap_or_default().iter().enumerate() {
        visit(&Spot { path: spot.path.child(place), keys: spot.keys.clone(), written: None, value }, see);
    }
}
