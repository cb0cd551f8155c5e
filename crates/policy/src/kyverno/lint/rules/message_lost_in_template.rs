//! PO035

use crate::kyverno::lint::templates::{in_request, lost_fields};
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds messages with a variable that has a value for a pod and none in the rules that are made for its
    /// controllers, such as `request.object.metadata.name`.
    ///
    /// ## Why it matters
    /// The rule judges as it should, but whoever applies a Deployment reads about a variable that could not be replaced,
    /// and not what is wrong: low.
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
    ///     validate:
    ///       message: "{{ request.object.metadata.name }} uses the network of the node."
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
    ///       message: "{{ request.name }} uses the network of the node."
    ///       pattern: {spec: {=(hostNetwork): false}}
    /// ```
    ///
    /// ## How to fix
    /// Write `request.name` and `request.namespace`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/autogen/>
    pub static MESSAGE_LOST_IN_TEMPLATE = {
        id: "PO035",
        name: "message-lost-in-template",
        title: "A message cannot be filled in by the rules that are made for controllers",
        severity: Low,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for (one, field, _) in lost_fields(linted).into_iter().filter(|(.., is_message)| *is_message) {
            let message =
                format!("the message is lost for controllers, whose templates have no `metadata.{field}`");
            let finding = judge.fail(linted.object(), one.path.clone(), message);
            if let Some(fix) = in_request(linted, one, &field) {
                finding.with_fix(fix);
            }
        }
    }
}
