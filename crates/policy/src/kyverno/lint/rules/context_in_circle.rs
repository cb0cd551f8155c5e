//! PO006

use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::uses::Use;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds entries of a `context` that name themselves or an entry that is declared after them, also in a circle.
    ///
    /// ## Why it matters
    /// An entry sees those before it and no other. The variable does not resolve, and the rule is an error as soon as
    /// the entry is needed: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: names}
    /// spec:
    ///   rules:
    ///   - name: prefix
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     context:
    ///     - name: wanted
    ///       variable: {value: '{{ team }}-*'}
    ///     - name: team
    ///       variable: {jmesPath: request.object.metadata.labels.team}
    ///     validate:
    ///       message: The name starts with the team.
    ///       pattern: {metadata: {name: '{{ wanted }}'}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: names}
    /// spec:
    ///   rules:
    ///   - name: prefix
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     context:
    ///     - name: team
    ///       variable: {jmesPath: request.object.metadata.labels.team}
    ///     - name: wanted
    ///       variable: {value: '{{ team }}-*'}
    ///     validate:
    ///       message: The name starts with the team.
    ///       pattern: {metadata: {name: '{{ wanted }}'}}
    /// ```
    ///
    /// ## How to fix
    /// Declare an entry after those that it names; break a circle.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/variables/#variables-from-the-context>
    pub static CONTEXT_IN_CIRCLE = {
        id: "PO006",
        name: "context-in-circle",
        title: "A context entry names itself or one that comes later",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for one in linted.uses.iter().filter(|one| !one.is_on_answer) {
            let Some(own) = one.scope.later.first() else { continue };
            for name in first_names(one) {
                if one.scope.entries.iter().any(|entry| entry == name) {
                    continue;
                }
                let message = if own == name {
                    format!("the entry `{own}` names itself")
                } else if one.scope.later.iter().any(|entry| entry == name) {
                    let circle = if is_circle(linted, one, name, own) { ", and that names it" } else { "" };
                    format!("the entry `{own}` names `{name}`, which is declared after it{circle}")
                } else {
                    continue;
                };
                judge.fail(linted.object(), one.path.clone(), message);
            }
        }
    }
}

fn first_names(one: &Use) -> Vec<&str> {
    let Ok(expression) = &one.parsed else { return Vec::new() };
    expression.roots().iter().filter_map(|root| root.first().copied()).collect()
}

/// Whether the later entry names the earlier one.
fn is_circle(linted: &Linted, one: &Use, later: &str, earlier: &str) -> bool {
    linted.uses.iter().any(|other| {
        other.rule == one.rule
            && other.scope.later.first().is_some_and(|name| name == later)
            && first_names(other).contains(&earlier)
    })
}
