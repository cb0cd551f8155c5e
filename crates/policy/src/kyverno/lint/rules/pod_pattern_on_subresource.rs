//! PO017

use ironhull_value::Value;

use crate::kyverno::lint::kinds::named_in;
use crate::kyverno::lint::patterns::patterns;
use crate::kyverno::lint::uses::members;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::pattern::parse_anchor;

rule! {
    /// ## What it does
    /// Finds rules about a subresource whose object is another one, such as `Pod/exec` or `Deployment/scale`, with a
    /// pattern for the spec of the pod.
    ///
    /// ## Why it matters
    /// A request for `exec` carries a `PodExecOptions`, which has no `spec`. The pattern fails for every request, or,
    /// under a condition, never applies: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: exec}
    /// spec:
    ///   background: false
    ///   rules:
    ///   - name: not-privileged
    ///     match: {any: [{resources: {kinds: [Pod/exec]}}]}
    ///     validate:
    ///       message: Nobody enters a container that uses the network of the node.
    ///       pattern: {spec: {=(hostNetwork): false, containers: [{name: '*'}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: exec}
    /// spec:
    ///   background: false
    ///   rules:
    ///   - name: not-privileged
    ///     match: {any: [{resources: {kinds: [Pod/exec]}}]}
    ///     context:
    ///     - name: node
    ///       apiCall: {urlPath: "/api/v1/namespaces/{{ request.namespace }}/pods/{{ request.name }}", jmesPath: "spec.hostNetwork || `false`"}
    ///     validate:
    ///       message: Nobody enters a container that uses the network of the node.
    ///       deny: {conditions: {any: [{key: '{{ node }}', operator: Equals, value: true}]}}
    /// ```
    ///
    /// ## How to fix
    /// Look the pod up with an API call, or write a rule about the pod itself.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/match-exclude/>
    pub static POD_PATTERN_ON_SUBRESOURCE = {
        id: "PO017",
        name: "pod-pattern-on-subresource",
        title: "A pattern for a pod is held against the object of a subresource",
        severity: High,
        check: check,
    };
}

/// Subresources whose requests carry an object of another kind.
const OTHERS: [&str; 10] =
    ["exec", "attach", "portforward", "proxy", "log", "eviction", "binding", "scale", "token", "approval"];

/// What only the spec of a pod has, or of something with pods.
const OF_PODS: [&str; 8] = [
    "containers",
    "initContainers",
    "ephemeralContainers",
    "volumes",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "template",
];

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let about_pods =
            patterns(rule).iter().any(|written| !written.is_of_element && names_pod(written.value));
        for one in named_in(rule, "match") {
            let subresource = one.kind.subresource.as_str();
            if about_pods && OTHERS.contains(&subresource) {
                let message = format!(
                    "a request for `{}` does not carry the object itself, so that `spec` of the pattern is never there",
                    one.text
                );
                judge.fail(linted.object(), one.path, message);
            }
        }
    }
}

fn bare(key: &str) -> &str {
    parse_anchor(key).map_or(key, |(_, inside)| inside)
}

fn names_pod(pattern: &Value) -> bool {
    members(pattern)
        .filter(|(key, _)| bare(key) == "spec")
        .any(|(_, spec)| members(spec).any(|(key, _)| OF_PODS.contains(&bare(key))))
}
