//! NW003

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::{Object, kinds, pods_selected};

use super::shared::{in_namespace, pod_selector};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds NetworkPolicies whose `podSelector` selects no pod of their namespace, while the input has
    /// pods in that namespace.
    ///
    /// ## Why it matters
    /// A policy that selects nothing protects nothing, and nobody is told. Mostly a label was renamed or
    /// mistyped, and the pods it was written for are open. It takes nothing but the network to use that:
    /// medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: database}}
    /// ```
    /// Instead:
    /// ```yaml
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
    /// ```
    ///
    /// ## How to fix
    /// Make the selector match the labels of the pod template, or delete the policy.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static DANGLING_NETWORK_POLICY = {
        id: "NW003",
        name: "dangling-network-policy",
        title: "A NetworkPolicy selects no pod",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [KubeLinter "dangling-networkpolicy"],
        since: "0.1.0",
        needs: [kinds::POD],
        check: Check::Object(&[kinds::NETWORK_POLICY], check),
    };
}

fn check(policy: &Arc<Object>, judge: &mut Judge<'_>) {
    let path = Path::root().keys(&["spec", "podSelector"]);
    let selector = match pod_selector(policy) {
        Ok(selector) => selector,
        Err(error) => return judge.error(format!("the podSelector is not valid: {error}")),
    };
    // A policy for all pods, present and future, is meant to stand in an empty namespace.
    if selector.is_empty() || !pods_selected(judge.world, policy.namespace(), &selector).is_empty() {
        return;
    }
    if judge.world.workloads_in(policy.namespace()).next().is_none() && !judge.world.is_complete(kinds::POD) {
        return judge.unknown("the input has no pods in the namespace of the policy");
    }
    judge
        .fail(path, format!("the NetworkPolicy selects no pod {}", in_namespace(policy)))
        .with_fix(Fix::manual("Make the selector match the labels of the pods that it is meant for"));
}
