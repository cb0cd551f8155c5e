//! NW012

use ironhull_finding::Fix;
use ironhull_value::Path;

use crate::lint::{Check, Facts, Judge};
use crate::policy::Peer;

rule! {
    /// ## What it does
    /// Finds AdminNetworkPolicies, BaselineAdminNetworkPolicies and ClusterNetworkPolicies whose `subject` selects
    /// no pod of the input. A NetworkPolicy that selects nothing is `dangling-network-policy`. A subject of all
    /// namespaces is meant for pods to come and is no finding; where the input has no pods at all the answer is
    /// "unknown".
    ///
    /// ## Why it matters
    /// A guard rail that selects nothing guards nothing, and nobody is told. Mostly a label of a namespace was
    /// renamed. It takes nothing but the network to use that: medium.
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
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: guard}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {matchLabels: {tier: secret}}}
    ///   ingress: [{action: Deny, from: [{namespaces: {}}]}]
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
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: guard}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}
    ///   ingress: [{action: Deny, from: [{namespaces: {}}]}]
    /// ```
    ///
    /// ## How to fix
    /// Make the subject match the labels of the namespaces and pods that it is meant for, or delete the policy.
    ///
    /// ## References
    /// - <https://network-policy-api.sigs.k8s.io/api-overview/>
    pub static CLUSTER_POLICY_SELECTS_NOTHING = {
        id: "NW012",
        name: "cluster-policy-selects-nothing",
        title: "A network policy of the whole cluster selects no pod",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let nothing_runs = facts.input.workloads.is_empty();
    for (id, policy, object) in facts.policies().filter(|(_, policy, _)| policy.namespace.is_empty()) {
        judge.consider(object);
        let is_for_all = policy.subject == Peer::all_pods();
        if is_for_all || !policy.certain_subject || !facts.network.selected(id).is_empty() {
            continue;
        }
        if nothing_runs {
            judge.unknown(object, "the input has no pods");
            continue;
        }
        judge.fail(object, Path::root().keys(&["spec", "subject"]), "the policy selects no pod").with_fix(
            Fix::manual("Make the subject match the labels of the namespaces and pods that it is meant for"),
        );
    }
}
