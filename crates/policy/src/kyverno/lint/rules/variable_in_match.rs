//! PO008

use ironhull_value::{Path, Value};

use crate::kyverno::lint::uses::members;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::variables::has_variable;

rule! {
    /// ## What it does
    /// Finds variables in `match` and `exclude`.
    ///
    /// ## Why it matters
    /// Nothing is replaced there. Kyverno refuses such a policy; if it did not, the filter would ask for the braces
    /// and what is between them: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: own}
    /// spec:
    ///   rules:
    ///   - name: labels
    ///     match: {any: [{resources: {kinds: [Pod], names: ['{{ request.namespace }}-*']}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: own}
    /// spec:
    ///   rules:
    ///   - name: labels
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     preconditions: {all: [{key: '{{ request.name }}', operator: Equals, value: '{{ request.namespace }}-*'}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Ask in `preconditions`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/preconditions/>
    pub static VARIABLE_IN_MATCH = {
        id: "PO008",
        name: "variable-in-match",
        title: "A variable stands in match or exclude",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for part in ["match", "exclude"] {
            let Some(value) = rule.source.get(part) else { continue };
            let mut found = Vec::new();
            texts(value, &rule.path.child(part), &mut found);
            for (path, text) in found {
                let message = format!("no variable is replaced in `{part}`: `{text}` is asked for as it is");
                judge.fail(linted.object(), path, message);
            }
        }
    }
}

fn texts<'v>(value: &'v Value, path: &Path, found: &mut Vec<(Path, &'v str)>) {
    match value {
        Value::Str(text) if has_variable(text) => found.push((path.clone(), text)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| texts(item, &path.child(place), found));
        }
        Value::Map(_) => members(value).for_each(|(key, value)| {
            if has_variable(key) {
                found.push((path.child(key), key));
            }
            texts(value, &path.child(key), found);
        }),
        _ => {}
    }
}
