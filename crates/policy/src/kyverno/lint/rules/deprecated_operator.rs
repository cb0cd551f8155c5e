//! PO019

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Value};

use crate::kyverno::lint::uses::members;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds conditions with the operators `In` and `NotIn`, and those that begin with `Duration`.
    ///
    /// ## Why it matters
    /// They work for now, and a later release may refuse them. `In` also does not say whether any or all items of a list
    /// are meant, and that has let things through: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: deletions}
    /// spec:
    ///   rules:
    ///   - name: none
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: Namespaces stay.
    ///       deny: {conditions: {any: [{key: '{{ request.operation }}', operator: In, value: [DELETE]}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: deletions}
    /// spec:
    ///   rules:
    ///   - name: none
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: Namespaces stay.
    ///       deny: {conditions: {any: [{key: '{{ request.operation }}', operator: AnyIn, value: [DELETE]}]}}
    /// ```
    ///
    /// ## How to fix
    /// Write `AnyIn` or `AllIn` for `In`, `AnyNotIn` or `AllNotIn` for `NotIn`, and leave `Duration` away.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/preconditions/#operators>
    pub static DEPRECATED_OPERATOR = {
        id: "PO019",
        name: "deprecated-operator",
        title: "An operator of a condition is deprecated",
        severity: Low,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let mut found = Vec::new();
        conditions(&rule.source, &rule.path, &mut found);
        for (path, written, instead) in found {
            let advice = match written.to_lowercase().as_str() {
                "in" => "write `AnyIn` if one item is enough, `AllIn` if all must be there".to_owned(),
                "notin" => {
                    "write `AnyNotIn` if one that is missing is enough, `AllNotIn` if none may be there"
                        .to_owned()
                }
                _ => format!("write `{instead}`, which compares durations as well"),
            };
            let finding =
                judge.fail(linted.object(), path.clone(), format!("`{written}` is deprecated; {advice}"));
            finding.with_fix(Fix::set(path, instead, Safety::Unsafe));
        }
    }
}

fn conditions<'v>(value: &'v Value, path: &Path, found: &mut Vec<(Path, &'v str, &'v str)>) {
    if let (Some(_), Some(operator)) = (value.get("key"), value.dig_str(&["operator"])) {
        let instead = match operator.to_lowercase().as_str() {
            // The same for a key that is one text, which most are.
            "in" => Some("AllIn"),
            "notin" => Some("AnyNotIn"),
            _ => operator.strip_prefix("Duration"),
        };
        if let Some(instead) = instead {
            found.push((path.child("operator"), operator, instead));
        }
    }
    for (key, value) in members(value) {
        conditions(value, &path.child(key), found);
    }
    for (place, item) in value.as_array().unwrap_or_default().iter().enumerate() {
        conditions(item, &path.child(place), found);
    }
}
