//! PO034

use crate::kyverno::lint::no_controllers::{Reason, missing};
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::{Action, FailureAction};

rule! {
    /// ## What it does
    /// Finds policies that enforce something on pods and want no rules for controllers.
    ///
    /// ## Why it matters
    /// A Deployment is let through and none of its pods ever starts. The author has chosen that, so it is worth knowing
    /// and nothing more: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata:
    ///   name: network
    ///   annotations: {pod-policies.kyverno.io/autogen-controllers: none}
    /// spec:
    ///   rules:
    ///   - name: own
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       failureAction: Enforce
    ///       message: The network of the node is not for pods.
    ///       pattern: {spec: {=(hostNetwork): false}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: network}
    /// spec:
    ///   rules:
    ///   - name: own
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       failureAction: Enforce
    ///       message: The network of the node is not for pods.
    ///       pattern: {spec: {=(hostNetwork): false}}
    /// ```
    ///
    /// ## How to fix
    /// Take the annotation away, unless the rule is about something that only pods have.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/autogen/>
    pub static PODS_ONLY = {
        id: "PO034",
        name: "pods-only",
        title: "A policy that enforces lets Deployments through and refuses their pods",
        severity: Info,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let Action::Validate(validate) = &rule.action else { continue };
        let action = validate.failure_action.unwrap_or(linted.policy.failure_action);
        if action != FailureAction::Enforce {
            continue;
        }
        if let Some(Reason::Wanted(path)) = missing(linted, rule) {
            let message = format!("a Deployment passes `{}`, and its pods are refused later", rule.name);
            judge.fail(linted.object(), path, message);
        }
    }
}
