//! PO010

use ironhull_finding::{Fix, Safety};

use crate::kyverno::lint::leaf::{alternatives, always};
use crate::kyverno::lint::patterns::{patterns, spots};
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds alternatives of which one always holds, such as `!nginx | !redis`.
    ///
    /// ## Why it matters
    /// The author meant to forbid two values, and both are let through. Nothing says so, but the field is often one of
    /// several that the policy asks for: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: services}
    /// spec:
    ///   rules:
    ///   - name: internal
    ///     match: {any: [{resources: {kinds: [Service]}}]}
    ///     validate:
    ///       message: Services are internal.
    ///       pattern: {spec: {type: '!NodePort | !LoadBalancer'}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: services}
    /// spec:
    ///   rules:
    ///   - name: internal
    ///     match: {any: [{resources: {kinds: [Service]}}]}
    ///     validate:
    ///       message: Services are internal.
    ///       pattern: {spec: {type: '!NodePort & !LoadBalancer'}}
    /// ```
    ///
    /// ## How to fix
    /// Put `&` between conditions that must all hold.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#operators>
    pub static PATTERN_ALWAYS_MATCHES = {
        id: "PO010",
        name: "pattern-always-matches",
        title: "The alternatives of a pattern let everything through",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for written in patterns(rule) {
            spots(&written, &mut |spot| {
                let Some(text) = spot.value.as_str().filter(|text| !spot.is_open() && always(text)) else {
                    return;
                };
                let all: Vec<&str> = alternatives(text).collect();
                let message =
                    format!("every value matches `{text}`: whatever it is, one of the alternatives holds");
                let finding = judge.fail(linted.object(), spot.path.clone(), message);
                finding.with_fix(Fix::set(spot.path.clone(), all.join(" & ").as_str(), Safety::Unsafe));
            });
        }
    }
}
