//! PO007

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Value};

use crate::kyverno::context::names;
use crate::kyverno::lint::uses::members;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds entries of a `context` that nothing names.
    ///
    /// ## Why it matters
    /// Kyverno loads an entry when it is first named, so it costs nothing; but somebody meant to use it, or forgot it
    /// in a copy: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: teams}
    /// spec:
    ///   rules:
    ///   - name: team
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     context:
    ///     - name: teams
    ///       configMap: {name: teams, namespace: default}
    ///     validate:
    ///       message: Say which team.
    ///       pattern: {metadata: {labels: {team: '?*'}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: teams}
    /// spec:
    ///   rules:
    ///   - name: team
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: Say which team.
    ///       pattern: {metadata: {labels: {team: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Use the entry, or take it out.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/external-data-sources/>
    pub static UNUSED_CONTEXT_ENTRY = {
        id: "PO007",
        name: "unused-context-entry",
        title: "Nothing names a context entry",
        severity: Info,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for rule in &linted.policy.rules {
            let mut holders = vec![(rule.path.clone(), &rule.source)];
            for action in ["validate", "mutate", "generate"] {
                if let Some(action_value) = rule.source.get(action) {
                    inner(&rule.path.child(action), action_value, &mut holders);
                }
            }
            for (path, holder) in holders {
                for (place, entry) in holder.dig_items(&["context"]).iter().enumerate() {
                    let Some(name) = entry.dig_str(&["name"]) else { continue };
                    if !is_named(&rule.source, entry, name) {
                        let path = path.child("context").child(place);
                        let finding = judge.fail(
                            linted.object(),
                            path.child("name"),
                            format!("nothing in the rule `{}` names `{name}`", rule.name),
                        );
                        finding.with_fix(Fix::remove(path, Safety::Safe));
                    }
                }
            }
        }
    }
}

fn inner<'v>(path: &Path, value: &'v Value, holders: &mut Vec<(Path, &'v Value)>) {
    for list in ["foreach", "targets"] {
        for (place, item) in value.dig_items(&[list]).iter().enumerate() {
            let path = path.child(list).child(place);
            holders.push((path.clone(), item));
            inner(&path, item, holders);
        }
    }
}

/// Whether any text beside the entry itself has the name.
fn is_named(value: &Value, entry: &Value, name: &str) -> bool {
    if std::ptr::eq(value, entry) {
        return false;
    }
    match value {
        Value::Str(text) => names(text, name),
        Value::Array(items) => items.iter().any(|item| is_named(item, entry, name)),
        Value::Map(_) => members(value).any(|(key, value)| names(key, name) || is_named(value, entry, name)),
        _ => false,
    }
}
