//! PO026

use crate::kyverno::lint::templates::{in_request, lost_fields};
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds variables that have a value for a pod and none in the rules that are made for its controllers: there
    /// `request.object.metadata` becomes `request.object.spec.template.metadata`, and a template has no name, no
    /// namespace and no owner. Messages have a rule of their own.
    ///
    /// ## Why it matters
    /// The rule is an error for every Deployment, which is then refused, or let through where the failure policy is
    /// `Ignore`: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: network}
    /// spec:
    ///   rules:
    ///   - name: own
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     preconditions: {all: [{key: '{{ request.object.metadata.namespace }}', operator: NotEquals, value: ingress}]}
    ///     validate:
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
    ///     preconditions: {all: [{key: '{{ request.namespace }}', operator: NotEquals, value: ingress}]}
    ///     validate:
    ///       message: The network of the node is not for pods.
    ///       pattern: {spec: {=(hostNetwork): false}}
    /// ```
    ///
    /// ## How to fix
    /// Write `request.namespace` and `request.name`, or give a default: `request.object.metadata.name || ''`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/autogen/>
    pub static FIELD_LOST_IN_TEMPLATE = {
        id: "PO026",
        name: "field-lost-in-template",
        title: "A variable has no value in the rules that are made for controllers",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for (one, field, _) in lost_fields(linted).into_iter().filter(|(.., is_message)| !is_message) {
            let message = format!(
                "for controllers `request.object.metadata.{field}` becomes \
                 `request.object.spec.template.metadata.{field}`, which a template does not have"
            );
            let finding = judge.fail(linted.object(), one.path.clone(), message);
            if let Some(fix) = in_request(linted, one, &field) {
                finding.with_fix(fix);
            }
        }
    }
}
