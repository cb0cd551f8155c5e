//! NW018

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_finding::Fix;
use ironhull_value::Path;

use crate::engine::{End, Network, Verdict};
use crate::input::{PodFacts, Workload};
use crate::lint::{Check, Facts, Judge};
use crate::policy::{Direction, Policy};

rule! {
    /// ## What it does
    /// Finds namespaces with workloads in which some NetworkPolicy is for egress, while a new pod without any label
    /// may still connect to every address. The engine decides it for such a pod, so that AdminNetworkPolicies and
    /// the like count as well. A namespace without any policy for egress is skipped; ingress is the matter of
    /// `no-default-deny`.
    ///
    /// ## Why it matters
    /// Somebody decided what may leave the namespace. The next pod is open all the same until somebody thinks of
    /// its policy. Each pod that there is now may be covered: low.
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
    ///   policyTypes: [Egress]
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
    ///   policyTypes: [Egress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    /// ```
    ///
    /// ## How to fix
    /// Add a NetworkPolicy with an empty `podSelector`, `policyTypes: [Egress]` and no rules, and one that allows
    /// DNS. Policies add up, so that those which allow something go on to do so.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic>
    pub static NO_DEFAULT_DENY_EGRESS = {
        id: "NW018",
        name: "no-default-deny-egress",
        title: "A namespace limits egress for some pods and not by default",
        severity: Low,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let mut network: Option<Network> = None;
    for namespace in &facts.input.namespaces {
        let Some(object) = &namespace.object else { continue };
        judge.consider(object);
        if !facts.input.workloads.iter().any(|workload| workload.namespace == namespace.name) {
            judge.skip(object, "the namespace has no workloads in the input");
            continue;
        }
        let limits = |policy: &Policy| {
            policy.namespace == namespace.name && policy.egress.as_ref().is_some_and(|side| side.isolates)
        };
        if !facts.input.policies.iter().any(|policy| limits(policy)) {
            judge.skip(object, "no NetworkPolicy of the namespace is for egress");
            continue;
        }
        let network = network.get_or_insert_with(|| facts.network.clone());
        let verdict = of_new_pod(network, &namespace.name);
        if !verdict.unknown.is_empty() {
            judge.unknown(object, "a policy that is not valid or not modelled may limit it");
        } else if verdict.allowed.is_all() {
            let message = format!(
                "a new pod of namespace {:?} may connect to every address, and others of it may not",
                namespace.name.as_str()
            );
            judge.fail(object, Path::root().keys(&["metadata", "name"]), message).with_fix(Fix::manual(
                "Add a NetworkPolicy with an empty podSelector, policyTypes [Egress] and no rules, and one that allows DNS",
            ));
        }
    }
}

/// What a pod without labels may send to an address that no policy has in mind.
fn of_new_pod(network: &mut Network, namespace: &CompactString) -> Verdict {
    let pod = Workload {
        namespace: namespace.clone(),
        name: CompactString::const_new("new"),
        kind: CompactString::const_new("{new}"),
        pods: vec![PodFacts::default()],
        ..Workload::default()
    };
    let id = network.set_workload(Arc::new(pod));
    let class = network.workload(id).and_then(|entry| entry.classes.first().copied());
    let mut verdict = Verdict::all();
    if let Some(class) = class {
        let ask = network.ask(class, Direction::Egress);
        for address in [
            IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
        ] {
            verdict = verdict.meet(&ask.decide(&End::Address(address), |_| false, |_| {}));
        }
    }
    network.remove_workload(namespace, "new", "{new}");
    verdict
}
