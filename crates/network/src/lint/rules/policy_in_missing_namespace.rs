//! NW011

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::kinds;

use crate::lint::{Check, Facts, Judge};

rule! {
    /// ## What it does
    /// Finds NetworkPolicies whose namespace has no Namespace object and nothing in it but policies, while the input
    /// has other namespaces. `default` and those of Kubernetes itself are always there. Where the input has no
    /// Namespace object at all the answer is "unknown": they are kept elsewhere.
    ///
    /// ## Why it matters
    /// The object cannot be applied, and the pods that it was written for are in another namespace, where nothing
    /// protects them. It takes nothing but the network to use that: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: "example.com/web:1", ports: [{name: http, containerPort: 8080}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1", ports: [{name: sql, containerPort: 5432}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shpo}
    /// spec: {podSelector: {matchLabels: {app: db}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: "example.com/web:1", ports: [{name: http, containerPort: 8080}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1", ports: [{name: sql, containerPort: 5432}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec: {podSelector: {matchLabels: {app: db}}}
    /// ```
    ///
    /// ## How to fix
    /// Correct the namespace, or add the Namespace object to the input.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static POLICY_IN_MISSING_NAMESPACE = {
        id: "NW011",
        name: "policy-in-missing-namespace",
        title: "A NetworkPolicy is for a namespace that is not there",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

const ALWAYS: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let world = facts.world;
    let known = world.of_kind(kinds::NAMESPACE).next().is_some();
    for (_, policy, object) in facts.policies().filter(|(_, policy, _)| !policy.namespace.is_empty()) {
        judge.consider(object);
        let namespace = policy.namespace.as_str();
        let is_there = ALWAYS.contains(&namespace)
            || world.get(kinds::NAMESPACE, "", namespace).is_some()
            || facts.input.workloads.iter().any(|workload| workload.namespace == namespace);
        if is_there {
            continue;
        }
        if !known && !world.is_complete(kinds::NAMESPACE) {
            judge.unknown(object, "the input has no Namespace");
            continue;
        }
        let path = Path::root().keys(&["metadata", "namespace"]);
        let near = facts.input.namespaces.iter().find(|known| is_near(&known.name, namespace));
        let fix = near.map_or_else(
            || "Correct the namespace, or add the Namespace object to the input".to_owned(),
            |near| format!("Write {}, if that is what was meant", near.name),
        );
        judge.fail(object, path, format!("there is no namespace {namespace:?}")).with_fix(Fix::manual(fix));
    }
}

/// Whether two names have the same letters, or differ in one at most.
fn is_near(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    let differing = a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count();
    sorted(a) == sorted(b) || (a.len() == b.len() && differing <= 1)
}
