//! NW010

use crate::lint::{Check, Facts, Judge};

rule! {
    /// ## What it does
    /// Finds what a network policy says and Ironhull does not model: a version of the API that it does not know,
    /// above all. What hangs on it is unknown in every answer about the network, and never counts as allowed.
    ///
    /// ## Why it matters
    /// The policy may be right. Only what is said of the connections it is about is not, so that a gate must not
    /// rest on it: low.
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
    /// apiVersion: policy.networking.k8s.io/v1alpha9
    /// kind: AdminNetworkPolicy
    /// metadata: {name: guard}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
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
    ///   subject: {namespaces: {}}
    ///   ingress: [{action: Deny, from: [{namespaces: {}}]}]
    /// ```
    ///
    /// ## How to fix
    /// Write the version that is named, or accept the finding with a reason and check these connections by hand.
    ///
    /// ## References
    /// - <https://network-policy-api.sigs.k8s.io/api-overview/>
    pub static POLICY_NOT_MODELLED = {
        id: "NW010",
        name: "policy-not-modelled",
        title: "A part of a network policy is not understood",
        severity: Low,
        controls: [Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    super::policy_invalid::report(facts, judge, true);
}
