//! PO012

use ironhull_value::contains_wildcard;

use crate::kyverno::lint::patterns::{patterns, spots};
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds wildcards in keys of a pattern that are not those of labels or annotations.
    ///
    /// ## Why it matters
    /// Only labels and annotations are looked for with wildcards. Elsewhere the resource must have a key with the
    /// star in it, which none has, so the rule refuses everything, or nothing under `=()`: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: config}
    /// spec:
    ///   rules:
    ///   - name: no-passwords
    ///     match: {any: [{resources: {kinds: [ConfigMap]}}]}
    ///     validate:
    ///       message: Passwords belong in a Secret.
    ///       pattern: {=(data): {X(*password*): 'null'}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: config}
    /// spec:
    ///   rules:
    ///   - name: no-passwords
    ///     match: {any: [{resources: {kinds: [ConfigMap]}}]}
    ///     validate:
    ///       message: Passwords belong in a Secret.
    ///       deny: {conditions: {any: [{key: '*password*', operator: AnyIn, value: "{{ keys(request.object.data || `{}`) }}"}]}}
    /// ```
    ///
    /// ## How to fix
    /// Ask for the keys in a condition: `keys(request.object.data)`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#wildcards>
    pub static WILDCARD_IN_KEY = {
        id: "PO012",
        name: "wildcard-in-key",
        title: "A key of a pattern has a wildcard where it is taken literally",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for written in patterns(rule) {
            spots(&written, &mut |spot| {
                let Some(key) = spot.written.filter(|key| contains_wildcard(key)) else { return };
                if spot.is_in_metadata() || spot.is_open() {
                    return;
                }
                let message =
                    format!("`{key}` is taken as it is: wildcards in keys are for labels and annotations");
                judge.fail(linted.object(), spot.path.clone(), message);
            });
        }
    }
}
