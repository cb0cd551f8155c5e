//! PO011

use ironhull_value::{Path, Value};

use crate::kyverno::lint::patterns::{Spot, Written, patterns, spots};
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::Rule;
use crate::kyverno::pattern::{AnchorKind, parse_anchor};

rule! {
    /// ## What it does
    /// Finds what Kyverno does not read as it is meant: keys that look like an anchor and are none, anchors for mutation
    /// in a pattern and the other way round, a value under `X()` that is never compared, and items of a list behind the
    /// first one, which alone stands for all items.
    ///
    /// ## Why it matters
    /// The policy asks for less than it says, or for something else: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: volumes}
    /// spec:
    ///   rules:
    ///   - name: no-socket
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: The socket of the container runtime is off limits.
    ///       pattern: {spec: {=(volumes): [{X(hostPath): {path: /var/run/docker.sock}}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: volumes}
    /// spec:
    ///   rules:
    ///   - name: no-socket
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: The socket of the container runtime is off limits.
    ///       pattern: {spec: {=(volumes): [{=(hostPath): {path: '!/var/run/docker.sock'}}]}}
    /// ```
    ///
    /// ## How to fix
    /// Write `null` under `X()`, which forbids the key; to forbid a value, use `=()` and a value with `!`. Give each item
    /// that must exist a `^()` of its own.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#anchors>
    pub static PATTERN_PART_IGNORED = {
        id: "PO011",
        name: "pattern-part-ignored",
        title: "A part of a pattern or a patch is not read as it is meant",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for written in patterns(rule) {
            spots(&written, &mut |spot| {
                if let Some(message) = in_pattern(spot) {
                    judge.fail(linted.object(), spot.path.clone(), message);
                }
            });
        }
        for written in patches(rule) {
            spots(&written, &mut |spot| {
                if let Some(message) = in_patch(spot) {
                    judge.fail(linted.object(), spot.path.clone(), message);
                }
            });
        }
    }
}

fn in_pattern(spot: &Spot<'_>) -> Option<String> {
    let anchor = spot.written.and_then(parse_anchor);
    match (spot.written, anchor) {
        (_, Some((AnchorKind::AddIfNotPresent, inside))) => {
            return Some(format!("`+()` is for mutation; here the resource must have a key `+({inside})`"));
        }
        (_, Some((AnchorKind::Negation, inside))) if compares(spot.value) => {
            return Some(format!(
                "`X({inside})` forbids the key whatever its value is; what stands below is not read"
            ));
        }
        (Some(key), None) if looks_like_anchor(key) => {
            return Some(format!("`{key}` is no anchor: the resource must have a key of this very name"));
        }
        _ => {}
    }
    let is_existence = anchor.is_some_and(|(kind, _)| kind == AnchorKind::Existence);
    let items = spot.value.as_array().filter(|items| items.len() > 1 && !is_existence)?;
    let is_first_alone = !matches!(items.first(), Some(Value::Array(_)));
    is_first_alone.then(|| {
        format!(
            "the first item stands for every item of the resource; the other {} are not read",
            items.len() - 1
        )
    })
}

fn in_patch(spot: &Spot<'_>) -> Option<String> {
    let key = spot.written?;
    match parse_anchor(key) {
        Some((AnchorKind::Equality | AnchorKind::Existence | AnchorKind::Negation, _)) => {
            Some(format!("`{key}` is an anchor for validation; a patch writes a field of this very name"))
        }
        None if looks_like_anchor(key) => {
            Some(format!("`{key}` is no anchor: a field of this very name is written"))
        }
        _ => None,
    }
}

/// Whether a value under `X()` looks as if it were compared.
fn compares(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Str(text) => !matches!(text.trim(), "" | "null" | "*" | "?*" | "nil"),
        Value::Array(items) => items.iter().any(compares),
        Value::Map(map) => map.iter().any(|(_, value)| compares(value)),
        _ => true,
    }
}

/// `= (name)`, `x(name)`, `!(name)`, `()`.
fn looks_like_anchor(key: &str) -> bool {
    let Some((mark, rest)) = key.trim().split_once('(') else { return false };
    rest.ends_with(')')
        && mark.chars().count() <= 2
        && !mark.chars().any(|letter| letter.is_alphanumeric() && !"xX".contains(letter))
}

fn patches(rule: &Rule) -> Vec<Written<'_>> {
    let mut found = Vec::new();
    if let Some(mutate) = rule.source.get("mutate") {
        collect(mutate, &rule.path.child("mutate"), &mut found);
    }
    found
}

fn collect<'v>(value: &'v Value, path: &Path, found: &mut Vec<Written<'v>>) {
    if let Some(patch) = value.get("patchStrategicMerge") {
        let path = path.child("patchStrategicMerge");
        found.push(Written { path, value: patch, is_of_element: false });
    }
    for (place, item) in value.dig_items(&["foreach"]).iter().enumerate() {
        collect(item, &path.child("foreach").child(place), found);
    }
}
