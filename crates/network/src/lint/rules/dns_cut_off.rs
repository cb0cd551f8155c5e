//! NW016

use ironhull_finding::Fix;
use ironhull_value::Path;
use rustc_hash::FxHashMap;

use crate::algebra::{Conns, Protocol};
use crate::engine::{ClassId, End, Network, PolicyId, RuleId, Solver};
use crate::lint::effect::has_too_many_rules;
use crate::lint::{Check, Facts, Judge};
use crate::policy::{Action, Direction, Namespaces, Peer, PortMatch, Rule};

rule! {
    /// ## What it does
    /// Finds workloads whose egress is limited by policies that allow some connections, but none to DNS.
    ///
    /// Where the pods of the cluster's DNS are in the input (labels `k8s-app: kube-dns` or
    /// `app.kubernetes.io/name: coredns` in `kube-system`, or a namespace whose name has `dns` in it), one of them
    /// must be reachable at UDP or TCP port 53, or at the ports that it declares as `dns` or `dns-tcp`; so is a
    /// rule good that allows port 53 to addresses, for a cache on the node. Where they are not, any rule that
    /// allows port 53 is good. A workload that may connect to nothing at all is meant to be cut off.
    ///
    /// ## Why it matters
    /// The workload finds none of the services that it may talk to. The usual remedy in a hurry is to delete the
    /// policy, and with it the protection: medium.
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
    ///   - to: [{podSelector: {matchLabels: {app: db}}}]
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
    ///   - to: [{podSelector: {matchLabels: {app: db}}}]
    ///   - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
    ///     ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
    /// ```
    ///
    /// ## How to fix
    /// Allow UDP and TCP port 53 to the pods of the cluster's DNS, for the whole namespace with one policy.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    /// - <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>
    pub static DNS_CUT_OFF = {
        id: "NW016",
        name: "dns-cut-off",
        title: "A workload may connect to others and cannot resolve names",
        severity: Medium,
        controls: [Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let dns = servers(facts);
    let network = &facts.network;
    let mut answers: FxHashMap<ClassId, Option<PolicyId>> = FxHashMap::default();
    for (_, entry) in network.workloads() {
        let Some(object) = &entry.workload.object else { continue };
        judge.consider(object);
        for &class in &entry.classes {
            if has_too_many_rules(network, class, Direction::Egress) {
                judge.unknown(object, "there are too many egress rules to look at each address");
                continue;
            }
            let solver = &mut facts.solver;
            let answer = *answers.entry(class).or_insert_with(|| cut_off_by(network, solver, class, &dns));
            let Some(policy) = answer.and_then(|id| network.policy(id)) else { continue };
            let message = format!(
                "{} may connect to others and not to DNS: {} {} limits its egress",
                entry.workload.title(),
                policy.kind,
                policy.full_name()
            );
            let finding = judge.fail(object, Path::root().keys(&["metadata", "name"]), message);
            finding.with_fix(Fix::manual("Allow UDP and TCP port 53 to the pods of the cluster's DNS"));
            finding.with_cause(format!("{} {} allows no DNS", policy.kind, policy.full_name()));
            if let Some(object) = &policy.object {
                finding.also(object, Path::root().keys(&["spec", "egress"]), "limits egress");
            }
            break;
        }
    }
}

/// The pods that answer for DNS, as far as they are in the input.
fn servers(facts: &Facts<'_>) -> Vec<ClassId> {
    let network = &facts.network;
    let mut found: Vec<ClassId> = Vec::new();
    for (_, entry) in network.workloads() {
        let namespace = entry.workload.namespace.as_str();
        if namespace != "kube-system" && !namespace.contains("dns") {
            continue;
        }
        found.extend(entry.classes.iter().copied().filter(|&class| {
            let labels = network.labels_of(class);
            labels.contains(&("k8s-app", "kube-dns"))
                || labels.contains(&("app.kubernetes.io/name", "coredns"))
        }));
    }
    found
}

fn query() -> Conns {
    Conns::one(Protocol::Udp, 53).union(&Conns::one(Protocol::Tcp, 53))
}

/// The policy that cuts a class off from DNS, if one does.
fn cut_off_by(network: &Network, solver: &mut Solver, class: ClassId, dns: &[ClassId]) -> Option<PolicyId> {
    let ask = network.ask(class, Direction::Egress);
    let first = ask.policies().next()?;
    let row = solver.row(network, class, Direction::Egress);
    let possible = |solver: &Solver, id| {
        let verdict = solver.verdict(id);
        verdict.allowed.union(&verdict.unknown)
    };
    let asks = |conns: &Conns| !conns.intersection(&query()).is_empty();
    let pieces = row.v4().iter().map(|(_, id)| *id).chain(row.v6().iter().map(|(_, id)| *id));
    let to_addresses: Vec<Conns> = pieces.map(|id| possible(solver, id)).collect();
    if to_addresses.iter().any(asks) || asks(&possible(solver, row.default_for(network.ports_of(class)))) {
        return None;
    }
    let reached = |server: &ClassId| {
        let id = solver.towards(network, class, Direction::Egress, &End::Class(*server));
        let allowed = possible(solver, id);
        let named = network.ports_declared(*server).iter();
        let named = named.filter(|(name, _, _)| name.starts_with("dns"));
        let wanted =
            named.fold(query(), |conns, (_, protocol, port)| conns.union(&Conns::one(*protocol, *port)));
        !allowed.intersection(&wanted).is_empty()
    };
    if !dns.is_empty() {
        if dns.iter().any(reached) || dns.contains(&class) {
            return None;
        }
    } else if ask.rules().any(|rule| may_be_dns(network, rule)) {
        return None;
    }
    // Somebody who allows nothing wants nothing to be found. What is limited by no policy that isolates is
    // left to the rules that deny.
    let allows = ask.rules().any(|(policy, rule)| {
        let rule = network.policy(policy).and_then(|policy| policy.egress.as_ref()?.rules.get(rule));
        rule.is_some_and(|rule| rule.action == Action::Allow)
    });
    allows.then_some(first)
}

fn may_be_dns(network: &Network, (policy, rule): RuleId) -> bool {
    let rule = network.policy(policy).and_then(|policy| policy.egress.as_ref()?.rules.get(rule));
    let Some(rule) = rule.filter(|rule| rule.action != Action::Deny) else { return false };
    let elsewhere = rule.peers.iter().any(|peer| match peer {
        Peer::Pods { namespaces: Namespaces::One(namespace), .. } => namespace == "kube-system",
        _ => true,
    });
    let port = |port: &PortMatch| match port {
        PortMatch::Numbers(conns) => !conns.intersection(&query()).is_empty(),
        PortMatch::Named { name, .. } => name.starts_with("dns"),
    };
    elsewhere && rule.ports.only.as_ref().is_none_or(|ports| ports.iter().any(port)) && !narrow(rule)
}

/// Whether a rule without ports names pods that are hardly DNS: those of one label in any namespace are not
/// told apart from others here, so that only rules of the own namespace are.
fn narrow(rule: &Rule) -> bool {
    rule.peers.iter().all(
        |peer| matches!(peer, Peer::Pods { namespaces: Namespaces::One(own), .. } if own != "kube-system"),
    )
}
