//! NW002

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::{Object, kinds};

use super::shared::{other_policy, pod_selector, policies_and};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds namespaces with workloads and NetworkPolicies of which none is a default deny for ingress: one
    /// that selects all pods, is for ingress, and has no ingress rule.
    ///
    /// A policy for all pods that has rules does not count: it lets the rules' peers into pods that nobody
    /// had in mind. Pods without any policy are the matter of `pod-without-network-policy`.
    ///
    /// ## Why it matters
    /// Without a default deny the next pod is open until somebody thinks of its policy. Each pod that there
    /// is now may be covered all the same: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress: [{from: [{podSelector: {}}]}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress: [{from: [{podSelector: {}}]}]
    /// ```
    ///
    /// ## How to fix
    /// Add a NetworkPolicy with an empty `podSelector`, `policyTypes: [Ingress]` and no rules. Policies add
    /// up, so that those which allow something go on to do so.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-traffic>
    pub static NO_DEFAULT_DENY = {
        id: "NW002",
        name: "no-default-deny",
        title: "A namespace has no policy that denies ingress by default",
        severity: Low,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [Kubeaudit "netpols"],
        since: "0.1.0",
        needs: policies_and(kinds::POD),
        check: Check::Object(&[kinds::NAMESPACE], check),
    };
}

fn check(namespace: &Arc<Object>, judge: &mut Judge<'_>) {
    let (world, name) = (judge.world, namespace.name());
    if world.workloads_in(name).next().is_none() {
        return judge.skip("the namespace has no workloads in the input");
    }
    let mut policies = world.of_kind_in(kinds::NETWORK_POLICY, name).peekable();
    if policies.peek().is_none() {
        return judge.skip("the namespace has no NetworkPolicies in the input");
    }
    let mut broken = None;
    for policy in policies {
        match pod_selector(policy) {
            Ok(selector) if selector.is_empty() && denies_ingress(policy) => return,
            Ok(_) => {}
            Err(error) => broken = Some((policy, error)),
        }
    }
    if let Some((policy, error)) = broken {
        let message = format!("the podSelector of NetworkPolicy {:?} is not valid: {error}", policy.name());
        return judge.error(message);
    }
    if let Some(other) = other_policy(world, name) {
        let message = format!(
            "{} may deny by default, and this rule reads NetworkPolicies alone; `ironhull network check` asks all kinds",
            other.key
        );
        return judge.unknown(message);
    }
    let message = format!("namespace {name:?} has no NetworkPolicy that denies ingress by default");
    judge.fail(Path::root().keys(&["metadata", "name"]), message).with_fix(Fix::manual(
        "Add a NetworkPolicy with an empty podSelector, policyTypes [Ingress] and no rules",
    ));
}

/// Whether a policy is for ingress and allows none. Without `policyTypes` every policy is for ingress.
fn denies_ingress(policy: &Object) -> bool {
    let types = policy.value.dig_items(&["spec", "policyTypes"]);
    let for_ingress = types.is_empty() || types.iter().any(|name| name.as_str() == Some("Ingress"));
    let rules = policy.value.dig(&["spec", "ingress"]);
    for_ingress && rules.is_none_or(|rules| rules.as_array().is_some_and(<[Value]>::is_empty))
}
