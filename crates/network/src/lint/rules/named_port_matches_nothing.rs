//! NW015

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::Object;

use crate::engine::{ClassId, Network};
use crate::lint::{Check, Facts, Judge};
use crate::policy::{Direction, PortMatch, Rule};

rule! {
    /// ## What it does
    /// Finds ports that a rule gives by name, while none of the pods at the receiving end declares a port of that
    /// name and protocol. For ingress these are the pods that the policy selects, for egress those that the rule
    /// names. The ports of init containers that keep running count as well. Where no such pod is in the input
    /// nothing is said.
    ///
    /// ## Why it matters
    /// A name that nothing has matches nothing. An allowed connection does not come through, which is found out
    /// soon; a connection that the rule was to deny does, and that is not: medium.
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
    ///   - from: [{podSelector: {}}]
    ///     ports: [{port: postgres}]
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
    ///   - from: [{podSelector: {}}]
    ///     ports: [{port: sql}]
    /// ```
    ///
    /// ## How to fix
    /// Use the name that the containers declare, with its protocol, or the port's number.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static NAMED_PORT_MATCHES_NOTHING = {
        id: "NW015",
        name: "named-port-matches-nothing",
        title: "A policy names a port that no destination has",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let network = &facts.network;
    for (id, policy, object) in facts.policies() {
        judge.consider(object);
        for direction in Direction::BOTH {
            let rules = policy.side(direction).map_or(&[][..], |side| &side.rules);
            for (number, rule) in
                rules.iter().enumerate().filter(|(_, rule)| rule.certain && rule.ports.has_names())
            {
                let receiving = match direction {
                    Direction::Ingress => network.selected(id).to_vec(),
                    Direction::Egress => network.matched_classes((id, number), direction).0,
                };
                if receiving.is_empty() {
                    continue;
                }
                let ports = rule.ports.only.iter().flatten().enumerate();
                for (index, port) in ports {
                    let PortMatch::Named { protocol, name } = port else { continue };
                    let declares = |class: &ClassId| {
                        let mut declared = network.ports_declared(*class).iter();
                        declared.any(|(own, own_protocol, _)| {
                            own == name && protocol.is_none_or(|wanted| wanted == *own_protocol)
                        })
                    };
                    if receiving.iter().any(declares) {
                        continue;
                    }
                    let path = item_path(object, rule, index);
                    let known = names(network, &receiving);
                    let fix = if known.is_empty() {
                        "Use the port's number: these pods name no ports".to_owned()
                    } else {
                        format!("Use a name that these pods declare ({known}), or the port's number")
                    };
                    let shown = protocol.map_or_else(String::new, |protocol| format!("{protocol} "));
                    judge
                        .fail(
                            object,
                            path,
                            format!("none of the receiving pods has a {shown}port called {name:?}"),
                        )
                        .with_fix(Fix::manual(fix));
                }
            }
        }
    }
}

fn names(network: &Network, classes: &[ClassId]) -> String {
    let mut found: Vec<String> = classes
        .iter()
        .flat_map(|class| network.ports_declared(*class))
        .map(|(name, protocol, _)| format!("{name} {protocol}"))
        .collect();
    found.sort();
    found.dedup();
    found.truncate(8);
    found.join(", ")
}

/// The way to the item of a rule's ports; both APIs have their own field for them.
fn item_path(object: &Object, rule: &Rule, index: usize) -> Path {
    ["ports", "protocols"]
        .into_iter()
        .map(|field| rule.path.child(field).child(index))
        .find(|path| object.value.at(path).is_some())
        .unwrap_or_else(|| rule.path.clone())
}
