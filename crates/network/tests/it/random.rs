//! Small random clusters as YAML.

use std::fmt::Write as _;

/// A generator of numbers that needs nothing but a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}

const NAMESPACES: [&str; 2] = ["red", "blue"];
const APPS: [&str; 3] = ["a", "b", "c"];
const TIERS: [&str; 2] = ["front", "back"];

fn selector(dice: &mut Dice) -> String {
    match dice.below(5) {
        0 => "{}".to_owned(),
        1 => format!("{{matchLabels: {{tier: {}}}}}", dice.pick(&TIERS)),
        2 => format!("{{matchExpressions: [{{key: app, operator: NotIn, values: [{}]}}]}}", dice.pick(&APPS)),
        _ => format!("{{matchLabels: {{app: {}}}}}", dice.pick(&APPS)),
    }
}

fn namespaces(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => "{}".to_owned(),
        _ => format!("{{matchLabels: {{kubernetes.io/metadata.name: {}}}}}", dice.pick(&NAMESPACES)),
    }
}

fn ports(dice: &mut Dice) -> String {
    let items: Vec<String> = (0..dice.below(3))
        .map(|_| match dice.below(5) {
            0 => "{port: web}".to_owned(),
            1 => "{port: 53, protocol: UDP}".to_owned(),
            2 => "{port: 80, endPort: 90}".to_owned(),
            3 => "{port: 443}".to_owned(),
            _ => "{port: 80}".to_owned(),
        })
        .collect();
    format!("[{}]", items.join(", "))
}

fn peer(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}".to_owned(),
        1 => format!("{{podSelector: {}}}", selector(dice)),
        2 => format!("{{namespaceSelector: {}}}", namespaces(dice)),
        _ => format!("{{namespaceSelector: {}, podSelector: {}}}", namespaces(dice), selector(dice)),
    }
}

fn rules(dice: &mut Dice, peers: &str) -> String {
    let rules: Vec<String> = (0..dice.below(3))
        .map(|_| {
            let listed: Vec<String> = (0..dice.below(3)).map(|_| peer(dice)).collect();
            format!("{{{peers}: [{}], ports: {}}}", listed.join(", "), ports(dice))
        })
        .collect();
    format!("[{}]", rules.join(", "))
}

fn admin_rules(dice: &mut Dice, peers: &str, pass: bool) -> String {
    let rules: Vec<String> = (0..=dice.below(2))
        .map(|_| {
            let actions: &[&str] = if pass { &["Allow", "Deny", "Pass"] } else { &["Allow", "Deny"] };
            let peer = if dice.chance(40) {
                format!("{{namespaces: {}}}", namespaces(dice))
            } else {
                format!(
                    "{{pods: {{namespaceSelector: {}, podSelector: {}}}}}",
                    namespaces(dice),
                    selector(dice)
                )
            };
            let ports = match dice.below(3) {
                0 => ", ports: [{portNumber: {protocol: TCP, port: 80}}]",
                1 => ", ports: [{portRange: {protocol: TCP, start: 80, end: 443}}]",
                _ => "",
            };
            format!("{{action: {}, {peers}: [{peer}]{ports}}}", dice.pick(actions))
        })
        .collect();
    format!("[{}]", rules.join(", "))
}

/// Pods in two namespaces, NetworkPolicies, and often admin policies.
pub(crate) fn cluster(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut out = String::new();
    for namespace in NAMESPACES {
        let _ = writeln!(out, "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n---");
    }
    for number in 0..4 + dice.below(3) {
        let (namespace, app, tier) = (dice.pick(&NAMESPACES), dice.pick(&APPS), dice.pick(&TIERS));
        let _ = writeln!(
            out,
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: {namespace}, labels: {{app: {app}, tier: {tier}, own: p{number}}}}}\n\
             spec: {{containers: [{{name: c, image: i, ports: [{{name: web, containerPort: 80}}]}}]}}\n---"
        );
    }
    for number in 0..dice.below(5) {
        let types = match dice.below(4) {
            0 => "",
            1 => ", policyTypes: [Ingress]",
            2 => ", policyTypes: [Egress]",
            _ => ", policyTypes: [Ingress, Egress]",
        };
        let (namespace, pods) = (dice.pick(&NAMESPACES), selector(&mut dice));
        let (ingress, egress) = (rules(&mut dice, "from"), rules(&mut dice, "to"));
        let _ = writeln!(
            out,
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{number}, namespace: {namespace}}}\n\
             spec: {{podSelector: {pods}{types}, ingress: {ingress}, egress: {egress}}}\n---"
        );
    }
    if dice.chance(50) {
        let (ingress, egress) = (admin_rules(&mut dice, "from", true), admin_rules(&mut dice, "to", true));
        let subject = namespaces(&mut dice);
        let _ = writeln!(
            out,
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: admin}}\n\
             spec: {{priority: 5, subject: {{namespaces: {subject}}}, ingress: {ingress}, egress: {egress}}}\n---"
        );
    }
    if dice.chance(30) {
        let (ingress, egress) = (admin_rules(&mut dice, "from", false), admin_rules(&mut dice, "to", false));
        let _ = writeln!(
            out,
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\nmetadata: {{name: default}}\n\
             spec: {{subject: {{namespaces: {{}}}}, ingress: {ingress}, egress: {egress}}}\n---"
        );
    }
    out
}
