//! NW009

use ironhull_finding::Fix;

use crate::lint::{Check, Facts, Judge};

rule! {
    /// ## What it does
    /// Finds everything in a NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy or ClusterNetworkPolicy
    /// that the API server refuses, or that means nothing: an address block that is none, an exception outside of
    /// its block, `endPort` without a port, an unknown operator, an empty peer, a peer with both `ipBlock` and a
    /// selector, an unknown or misspelled field, a priority that is out of range.
    ///
    /// Each mistake is one finding at its line. What the mistake touches is unknown in every answer about the
    /// network, and never counts as allowed.
    ///
    /// ## Why it matters
    /// The API server refuses the object, so that the pods it was written for stay as open as they were; or it
    /// drops the misspelled field, and what the field was to narrow is wide open. Nobody is told at the time of an
    /// attack: high.
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
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [192.168.0.0/16]}}]
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
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    /// ```
    ///
    /// ## How to fix
    /// Correct the field that is named. `kubectl apply --dry-run=server` says the same where a cluster is at hand.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static POLICY_INVALID = {
        id: "NW009",
        name: "policy-invalid",
        title: "A network policy is not valid",
        severity: High,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    report(facts, judge, false);
}

/// Reports the problems of one sort. `policy_not_modelled` takes the other.
pub(super) fn report(facts: &Facts<'_>, judge: &mut Judge, unsupported: bool) {
    for (_, _, object) in facts.policies() {
        judge.consider(object);
    }
    for problem in facts.input.problems.iter().filter(|problem| problem.unsupported == unsupported) {
        let mut fix = problem.fix.clone();
        if let Some(first) = fix.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        judge.fail(&problem.object, problem.path.clone(), problem.message.clone()).with_fix(Fix::manual(fix));
    }
}
