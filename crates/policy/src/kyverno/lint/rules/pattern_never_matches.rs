//! PO009

use ironhull_value::Value;

use crate::kyverno::lint::leaf::{alternatives, never};
use crate::kyverno::lint::patterns::{Spot, patterns, spots};
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::pattern::{AnchorKind, parse_anchor};

rule! {
    /// ## What it does
    /// Finds parts of a pattern that no value can match: `> 5 & < 3`, a range with its ends swapped, an order of texts,
    /// `^()` over something that is no list of objects, and an empty list.
    ///
    /// ## Why it matters
    /// Every resource is refused, or, under a condition, none is ever judged. Neither is what the author meant, and
    /// with `Enforce` it stops deployments: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: replicas}
    /// spec:
    ///   rules:
    ///   - name: a-few
    ///     match: {any: [{resources: {kinds: [Deployment]}}]}
    ///     validate:
    ///       message: Between 3 and 10 replicas.
    ///       pattern: {spec: {replicas: '<= 3 & >= 10'}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: replicas}
    /// spec:
    ///   rules:
    ///   - name: a-few
    ///     match: {any: [{resources: {kinds: [Deployment]}}]}
    ///     validate:
    ///       message: Between 3 and 10 replicas.
    ///       pattern: {spec: {replicas: '>= 3 & <= 10'}}
    /// ```
    ///
    /// ## How to fix
    /// Turn the operators around, or write `|` for alternatives. Under `^()` write a list of objects.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#operators>
    pub static PATTERN_NEVER_MATCHES = {
        id: "PO009",
        name: "pattern-never-matches",
        title: "No value can match a part of a pattern",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for written in patterns(rule) {
            spots(&written, &mut |spot| {
                for message in wrong(spot) {
                    judge.fail(linted.object(), spot.path.clone(), message);
                }
            });
        }
    }
}

fn wrong(spot: &Spot<'_>) -> Vec<String> {
    if spot.is_open() {
        return Vec::new();
    }
    let anchor = spot.written.and_then(parse_anchor).map(|(kind, _)| kind);
    if anchor == Some(AnchorKind::Negation) {
        return Vec::new();
    }
    if anchor == Some(AnchorKind::Existence) {
        let is_list_of_maps = spot
            .value
            .as_array()
            .is_some_and(|items| !items.is_empty() && items.iter().all(|item| item.as_map().is_some()));
        if !is_list_of_maps {
            let found = spot.value.kind().name();
            return vec![format!(
                "`^()` asks for an item of a list and needs a list of objects below it, not {found}"
            )];
        }
    }
    match spot.value {
        Value::Array(items) if items.is_empty() => {
            vec!["an empty list is an error for every resource; to ask for no items, use `X()`".into()]
        }
        // Doubled operators have a rule of their own.
        Value::Str(text) if !text.contains("&&") && !text.contains("||") => alternatives(text)
            .filter(|alternative| never(alternative))
            .map(|alternative| format!("nothing matches `{alternative}`"))
            .collect(),
        _ => Vec::new(),
    }
}
