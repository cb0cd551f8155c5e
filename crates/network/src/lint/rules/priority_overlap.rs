//! NW017

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::Object;
use rustc_hash::FxHashSet;

use crate::algebra::Conns;
use crate::engine::{ClassId, End, Network, PolicyId, RuleId};
use crate::lint::{Check, Facts, Judge};
use crate::policy::{Direction, Policy};

rule! {
    /// ## What it does
    /// Finds pairs of AdminNetworkPolicies, or of ClusterNetworkPolicies of one tier, that have the same priority and
    /// do different things to the same connection. The engine decides the connection with one and with the other
    /// first: only where the results differ there is a finding, with that connection in the message. Policies of
    /// one priority that never meet, or that agree, are fine.
    ///
    /// ## Why it matters
    /// Which of the two wins is not defined, and differs between network plugins and from one day to the next. A
    /// connection that somebody denied may be open: medium.
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
    /// metadata: {name: deny}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
    ///   ingress: [{action: Deny, from: [{namespaces: {}}]}]
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: allow}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
    ///   ingress: [{action: Allow, from: [{namespaces: {}}]}]
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
    /// metadata: {name: deny}
    /// spec:
    ///   priority: 6
    ///   subject: {namespaces: {}}
    ///   ingress: [{action: Deny, from: [{namespaces: {}}]}]
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: allow}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
    ///   ingress: [{action: Allow, from: [{namespaces: {}}]}]
    /// ```
    ///
    /// ## How to fix
    /// Give the policies different priorities: the lower number is asked first.
    ///
    /// ## References
    /// - <https://network-policy-api.sigs.k8s.io/api-overview/>
    pub static PRIORITY_OVERLAP = {
        id: "NW017",
        name: "priority-overlap",
        title: "Two policies of the same priority contradict each other",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let network = &facts.network;
    let ranked: Vec<(PolicyId, &Arc<Policy>, &Arc<Object>)> =
        facts.policies().filter(|(.., object)| object.key.group == "policy.networking.k8s.io").collect();
    for (_, _, object) in &ranked {
        judge.consider(object);
    }
    for (place, (a, policy, object)) in ranked.iter().enumerate() {
        for (b, other, other_object) in ranked.iter().skip(place + 1) {
            let equal = policy.order.same_stage(&other.order)
                && policy.order.rank.total_cmp(&other.order.rank).is_eq();
            if !equal || !policy.certain_subject || !other.certain_subject {
                continue;
            }
            let Some((direction, subject, end, conns)) = witness(network, *a, *b) else { continue };
            let (from, to) = match direction {
                Direction::Ingress => (end_title(facts, &end), facts.title(subject)),
                Direction::Egress => (facts.title(subject), end_title(facts, &end)),
            };
            let message = format!(
                "{} {} has the same priority and decides otherwise: {from} => {to}: {conns}",
                other.kind,
                other.full_name(),
            );
            let path = Path::root().keys(&["spec", "priority"]);
            let finding = judge.fail(object, path.clone(), message);
            finding.with_fix(Fix::manual("Give the two policies different priorities"));
            finding.also(other_object, path, "has the same priority");
        }
    }
}

/// A connection that is decided otherwise when two policies change places.
fn witness(network: &Network, a: PolicyId, b: PolicyId) -> Option<(Direction, ClassId, End<'_>, Conns)> {
    let both =
        network.selected(a).iter().copied().filter(|class| network.selected(b).binary_search(class).is_ok());
    let both: Vec<ClassId> = both.collect();
    let mut own = None;
    for direction in Direction::BOTH {
        let mut seen: FxHashSet<Vec<PolicyId>> = FxHashSet::default();
        for &subject in &both {
            let ask = network.ask(subject, direction);
            if !seen.insert(ask.policies().collect()) {
                continue;
            }
            let mut swapped = network.ask(subject, direction);
            swapped.swap(a, b);
            let rules: Vec<RuleId> = ask.rules().filter(|(policy, _)| *policy == a).collect();
            for rule in rules {
                let classes = network.matched_classes(rule, direction).0.into_iter().map(End::Class);
                let addresses = ask.addresses_of(rule).into_iter().map(End::Address);
                for end in classes.chain(addresses) {
                    let one = ask.decide(&end, |_| false, |_| {});
                    let two = swapped.decide(&end, |_| false, |_| {});
                    // The controller that nobody has seen is no good witness.
                    if one == two || end == End::Class(network.controller()) {
                        continue;
                    }
                    let conns =
                        one.allowed.difference(&two.allowed).union(&two.allowed.difference(&one.allowed));
                    let witness = (direction, subject, end, conns);
                    if end != End::Class(subject) {
                        return Some(witness);
                    }
                    // Two pods of one sort: good for want of a better one.
                    own.get_or_insert(witness);
                }
            }
        }
    }
    own
}

fn end_title(facts: &Facts<'_>, end: &End<'_>) -> String {
    match end {
        End::Class(class) => facts.title(*class),
        End::Address(address) => address.to_string(),
        End::Name(name) => (*name).to_owned(),
    }
}
