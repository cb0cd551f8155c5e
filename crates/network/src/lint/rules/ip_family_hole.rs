//! NW019

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::kinds;
use rustc_hash::FxHashSet;

use crate::algebra::{AddressSet, Conns};
use crate::engine::{Network, PolicyId, Row, Solver, VerdictId};
use crate::lint::effect::has_too_many_rules;
use crate::lint::{Check, Facts, Judge};
use crate::policy::{Action, Direction, Peer, PortMatch, Rule};

rule! {
    /// ## What it does
    /// Finds policies that limit some addresses of IPv4 for the pods that they select, while every address of IPv6
    /// is open to them, or the other way round: an exception for `10.0.0.0/8` beside a `::/0` without exceptions,
    /// or a rule that denies `169.254.169.254/32` and forgets IPv6. The engine compares both families over all
    /// policies of the pod together.
    ///
    /// A rule that denies IPv4 alone is a finding only where the input shows IPv6: in a policy, a Service, or the
    /// address of a pod or node. A policy that allows only IPv4 addresses leaves IPv6 shut and is fine.
    ///
    /// ## Why it matters
    /// In a cluster with both families every pod can take the other one, and so passes by the limit. It takes
    /// nothing but the network: medium.
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
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to:
    ///     - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}
    ///     - ipBlock: {cidr: "::/0"}
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
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to:
    ///     - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}
    ///     - ipBlock: {cidr: "::/0", except: ["fd00::/8"]}
    /// ```
    ///
    /// ## How to fix
    /// Say for both families what is meant for either: private IPv6 networks are in `fc00::/7`, link-local ones in
    /// `fe80::/10`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static IP_FAMILY_HOLE = {
        id: "NW019",
        name: "ip-family-hole",
        title: "Addresses of one IP family are limited, those of the other are open",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let shows_v6 = shows_v6(facts);
    let Facts { network, solver, .. } = facts;
    let mut reported: FxHashSet<(PolicyId, Direction)> = FxHashSet::default();
    for (id, policy) in network.policies() {
        let Some(object) = &policy.object else { continue };
        judge.consider(object);
        for direction in Direction::BOTH {
            for &class in network.selected(id) {
                if has_too_many_rules(network, class, direction) {
                    judge.unknown(object, "there are too many rules to look at each address");
                    break;
                }
                let row = solver.row(network, class, direction);
                let limited = Family::BOTH.into_iter().find_map(|family| {
                    let open = hole(network, solver, &row, direction, family)?;
                    let (first, rule) = limiting(network, &row, direction, family)?;
                    (first == id && (shows_v6 || family == Family::V6)).then_some((family, rule, open))
                });
                let Some((family, rule, open)) = limited else { continue };
                if !reported.insert((id, direction)) {
                    break;
                }
                let way = if direction == Direction::Ingress { "from" } else { "to" };
                let message = format!(
                    "{way} {} some addresses are not allowed, {way} {} all are: {open}",
                    family.name(),
                    family.other().name(),
                );
                judge.fail(object, rule, message).with_fix(Fix::manual(format!(
                    "Say the same for {} as for {}",
                    family.other().name(),
                    family.name()
                )));
                break;
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    const BOTH: [Self; 2] = [Self::V4, Self::V6];

    fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::V4 => Self::V6,
            Self::V6 => Self::V4,
        }
    }

    fn verdicts(self, row: &Row) -> Vec<VerdictId> {
        match self {
            Self::V4 => row.v4().iter().map(|(_, id)| *id).collect(),
            Self::V6 => row.v6().iter().map(|(_, id)| *id).collect(),
        }
    }

    fn is_in(self, set: &AddressSet) -> bool {
        match self {
            Self::V4 => !set.v4().is_empty(),
            Self::V6 => !set.v6().is_empty(),
        }
    }
}

/// What every address of the other family may do, and only some of this one, or none that a rule denies.
fn hole(
    network: &Network,
    solver: &Solver,
    row: &Row,
    direction: Direction,
    family: Family,
) -> Option<Conns> {
    let fold = |family: Family, start: Conns, with: fn(&Conns, &Conns) -> Conns| {
        family.verdicts(row).iter().fold(start, |conns, id| with(&conns, &solver.verdict(*id).allowed))
    };
    let open = fold(family.other(), Conns::all(), Conns::intersection);
    let everywhere = fold(family, Conns::all(), Conns::intersection);
    let mut limited = fold(family, Conns::none(), Conns::union);
    for (_, rule) in
        rules(network, row, direction).filter(|(_, rule)| rule.action == Action::Deny && names(rule, family))
    {
        let denied = rule.ports.only.as_ref().map_or_else(Conns::all, |ports| {
            ports.iter().fold(Conns::none(), |conns, port| match port {
                PortMatch::Numbers(own) => conns.union(own),
                PortMatch::Named { .. } => conns,
            })
        });
        limited = limited.union(&denied);
    }
    let hole = open.difference(&everywhere).intersection(&limited);
    (!hole.is_empty()).then_some(hole)
}

/// The first rule with addresses of the family.
fn limiting(network: &Network, row: &Row, direction: Direction, family: Family) -> Option<(PolicyId, Path)> {
    rules(network, row, direction)
        .find(|(_, rule)| names(rule, family))
        .map(|(id, rule)| (id, rule.path.clone()))
}

fn rules<'n>(
    network: &'n Network,
    row: &Row,
    direction: Direction,
) -> impl Iterator<Item = (PolicyId, &'n Rule)> {
    let policies: Vec<PolicyId> = row.policies.to_vec();
    policies.into_iter().flat_map(move |id| {
        let rules =
            network.policy(id).and_then(|policy| policy.side(direction)).map_or(&[][..], |side| &side.rules);
        rules.iter().map(move |rule| (id, rule))
    })
}

fn names(rule: &Rule, family: Family) -> bool {
    rule.peers.iter().any(|peer| matches!(peer, Peer::Addresses { set, .. } if family.is_in(set)))
}

fn shows_v6(facts: &Facts<'_>) -> bool {
    let in_policy = facts.input.policies.iter().any(|policy| {
        let rules = Direction::BOTH
            .into_iter()
            .filter_map(|direction| policy.side(direction))
            .flat_map(|side| &side.rules);
        rules.into_iter().any(|rule| names(rule, Family::V6))
    });
    let addresses =
        facts.input.workloads.iter().flat_map(|workload| &workload.pods).flat_map(|pod| &pod.addresses);
    let in_address =
        addresses.chain(facts.input.nodes.iter().flat_map(|node| &node.addresses)).any(|one| one.is_ipv6());
    let in_service = || {
        facts.world.of_kind(kinds::SERVICE).any(|service| {
            let families = service.value.dig_items(&["spec", "ipFamilies"]);
            let policy = service.value.dig_str(&["spec", "ipFamilyPolicy"]);
            families.iter().any(|family| family.as_str() == Some("IPv6"))
                || matches!(policy, Some("PreferDualStack" | "RequireDualStack"))
        })
    };
    in_policy || in_address || in_service()
}
