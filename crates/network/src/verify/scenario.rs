//! Random clusters with policies of every kind, as manifests.

use std::fmt::Write as _;

/// A generator of numbers: SplitMix64, so that a seed means the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let place = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of.get(place).copied().unwrap_or_default()
    }
}

const NAMESPACES: [&str; 3] = ["red", "green", "blue"];
const APPS: [&str; 3] = ["web", "api", "db"];
/// Blocks that cut through the addresses that pods get, and others.
const BLOCKS: [(&str, &str); 7] = [
    ("10.244.0.0/16", "10.244.0.4/30"),
    ("10.244.0.0/29", "10.244.0.2/31"),
    ("0.0.0.0/0", "10.244.0.0/24"),
    ("192.0.2.0/24", "192.0.2.128/25"),
    ("fd00:10:244::/64", "fd00:10:244::4/126"),
    ("::/0", "fd00:10:244::/120"),
    ("2001:db8:1::/48", "2001:db8:1:8000::/49"),
];
const NAMED: [&str; 3] = ["main", "extra", "other"];

/// The manifests of a small cluster: three namespaces, some workloads, NetworkPolicies, and often policies
/// of `policy.networking.k8s.io`. The same seed makes the same text.
pub fn scenario(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut text = String::new();
    for (index, name) in NAMESPACES.iter().enumerate() {
        let tier = if index == 0 { "front" } else { "back" };
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{tier: {tier}}}}}\n"
        );
    }
    for number in 0..4 + dice.below(3) {
        workload(&mut dice, &mut text, number);
    }
    for number in 0..=dice.below(4) {
        network_policy(&mut dice, &mut text, number);
    }
    if dice.chance(70) {
        let newer = dice.chance(50);
        for number in 0..dice.below(3) {
            admin(&mut dice, &mut text, number, if newer { Kind::Cluster("Admin") } else { Kind::Admin });
        }
        if dice.chance(60) {
            admin(&mut dice, &mut text, 9, if newer { Kind::Cluster("Baseline") } else { Kind::Baseline });
        }
    }
    text
}

fn workload(dice: &mut Dice, text: &mut String, number: u64) {
    let (namespace, app, env) = (dice.pick(&NAMESPACES), dice.pick(&APPS), dice.pick(&["test", "live"]));
    let replicas = 1 + dice.below(2);
    let (main, extra) = (dice.pick(&["8080", "8081"]), dice.pick(&["53", "9090"]));
    let protocol = dice.pick(&["TCP", "UDP"]);
    let _ = write!(
        text,
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w{number}, namespace: {namespace}}}\n\
         spec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{w: w{number}}}}}\n  template:\n    \
         metadata: {{labels: {{w: w{number}, app: {app}, env: {env}}}}}\n    spec:\n      containers:\n      \
         - name: c\n        image: example.com/c:1\n        ports:\n        \
         - {{name: main, containerPort: {main}}}\n        \
         - {{name: extra, containerPort: {extra}, protocol: {protocol}}}\n"
    );
}

fn selector(dice: &mut Dice, key_values: &[(&str, &[&str])]) -> String {
    let place = usize::try_from(dice.below(key_values.len() as u64)).unwrap_or(0);
    let Some((key, values)) = key_values.get(place) else { return "{}".to_owned() };
    let value = dice.pick(values);
    match dice.below(6) {
        0 => "{}".to_owned(),
        1 => format!("{{matchExpressions: [{{key: {key}, operator: NotIn, values: [{value}]}}]}}"),
        2 => format!("{{matchExpressions: [{{key: {key}, operator: Exists}}]}}"),
        3 => format!("{{matchExpressions: [{{key: {key}, operator: DoesNotExist}}]}}"),
        _ => format!("{{matchLabels: {{{key}: {value}}}}}"),
    }
}

fn pods(dice: &mut Dice) -> String {
    selector(dice, &[("app", &APPS), ("env", &["test", "live"])])
}

fn namespaces(dice: &mut Dice) -> String {
    selector(dice, &[("tier", &["front", "back"]), ("kubernetes.io/metadata.name", &NAMESPACES)])
}

fn network_policy(dice: &mut Dice, text: &mut String, number: u64) {
    let (namespace, pod_selector) = (dice.pick(&NAMESPACES), pods(dice));
    let _ = write!(
        text,
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
         metadata: {{name: p{number}, namespace: {namespace}}}\nspec:\n  podSelector: {pod_selector}\n"
    );
    match dice.below(4) {
        0 => text.push_str("  policyTypes: [Ingress]\n"),
        1 => text.push_str("  policyTypes: [Egress]\n"),
        2 => text.push_str("  policyTypes: [Ingress, Egress]\n"),
        _ => {}
    }
    for (field, peers) in [("ingress", "from"), ("egress", "to")] {
        if dice.chance(30) {
            continue;
        }
        let _ = writeln!(text, "  {field}:");
        for _ in 0..=dice.below(2) {
            if dice.chance(10) {
                text.push_str("  - {}\n");
                continue;
            }
            let items: Vec<String> = (0..=dice.below(2)).map(|_| peer(dice)).collect();
            let _ = writeln!(text, "  - {peers}: [{}]", items.join(", "));
            if dice.chance(70) {
                let items: Vec<String> = (0..=dice.below(2)).map(|_| port(dice)).collect();
                let _ = writeln!(text, "    ports: [{}]", items.join(", "));
            }
        }
    }
}

fn peer(dice: &mut Dice) -> String {
    match dice.below(5) {
        0 => format!("{{podSelector: {}}}", pods(dice)),
        1 => format!("{{namespaceSelector: {}}}", namespaces(dice)),
        2 => format!("{{namespaceSelector: {}, podSelector: {}}}", namespaces(dice), pods(dice)),
        _ => {
            let place = usize::try_from(dice.below(BLOCKS.len() as u64)).unwrap_or(0);
            let (cidr, except) = BLOCKS.get(place).copied().unwrap_or_default();
            let except = if dice.chance(60) { format!(", except: [\"{except}\"]") } else { String::new() };
            format!("{{ipBlock: {{cidr: \"{cidr}\"{except}}}}}")
        }
    }
}

fn port(dice: &mut Dice) -> String {
    let protocol = dice.pick(&["TCP", "UDP"]);
    match dice.below(5) {
        0 => format!("{{protocol: {protocol}}}"),
        1 => format!("{{protocol: {protocol}, port: {}}}", dice.pick(&NAMED)),
        2 => format!("{{protocol: {protocol}, port: 8080, endPort: {}}}", dice.pick(&["8080", "8090"])),
        _ => format!("{{protocol: {protocol}, port: {}}}", dice.pick(&["80", "8080", "53"])),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Admin,
    Baseline,
    Cluster(&'static str),
}

fn admin(dice: &mut Dice, text: &mut String, number: u64, kind: Kind) {
    let (version, name, head) = match kind {
        Kind::Admin => ("v1alpha1", "AdminNetworkPolicy", format!("name: a{number}")),
        Kind::Baseline => ("v1alpha1", "BaselineAdminNetworkPolicy", "name: default".to_owned()),
        Kind::Cluster(_) => ("v1alpha2", "ClusterNetworkPolicy", format!("name: a{number}")),
    };
    let _ = write!(
        text,
        "---\napiVersion: policy.networking.k8s.io/{version}\nkind: {name}\nmetadata: {{{head}}}\nspec:\n"
    );
    if let Kind::Cluster(tier) = kind {
        let _ = writeln!(text, "  tier: {tier}");
    }
    if !matches!(kind, Kind::Baseline) {
        let _ = writeln!(text, "  priority: {}", number * 10);
    }
    let _ = writeln!(text, "  subject: {}", selection(dice));
    let allow = if matches!(kind, Kind::Cluster(_)) { "Accept" } else { "Allow" };
    let last = if matches!(kind, Kind::Admin | Kind::Cluster("Admin")) { "Pass" } else { "Deny" };
    for (field, peers) in [("ingress", "from"), ("egress", "to")] {
        if dice.chance(35) {
            continue;
        }
        let _ = writeln!(text, "  {field}:");
        for _ in 0..=dice.below(3) {
            let action = dice.pick(&[allow, "Deny", last]);
            let items: Vec<String> =
                (0..=dice.below(2)).map(|_| admin_peer(dice, field == "egress")).collect();
            let _ = writeln!(text, "  - action: {action}\n    {peers}: [{}]", items.join(", "));
            if dice.chance(60) {
                let (field, port) = admin_port(dice, kind);
                let _ = writeln!(text, "    {field}: [{port}]");
            }
        }
    }
}

fn selection(dice: &mut Dice) -> String {
    if dice.chance(50) {
        format!("{{namespaces: {}}}", namespaces(dice))
    } else {
        format!("{{pods: {{namespaceSelector: {}, podSelector: {}}}}}", namespaces(dice), pods(dice))
    }
}

fn admin_peer(dice: &mut Dice, egress: bool) -> String {
    if egress && dice.chance(35) {
        let place = usize::try_from(dice.below(BLOCKS.len() as u64)).unwrap_or(0);
        let (wide, narrow) = BLOCKS.get(place).copied().unwrap_or_default();
        return format!("{{networks: [\"{}\"]}}", if dice.chance(50) { wide } else { narrow });
    }
    selection(dice)
}

fn admin_port(dice: &mut Dice, kind: Kind) -> (&'static str, String) {
    let protocol = dice.pick(&["TCP", "UDP"]);
    if matches!(kind, Kind::Cluster(_)) {
        let port = match dice.below(3) {
            0 => format!("{{destinationNamedPort: {}}}", dice.pick(&NAMED)),
            1 => format!(
                "{{{}: {{destinationPort: {{range: {{start: 8080, end: 8090}}}}}}}}",
                protocol.to_lowercase()
            ),
            _ => format!(
                "{{{}: {{destinationPort: {{number: {}}}}}}}",
                protocol.to_lowercase(),
                dice.pick(&["80", "8080", "53"])
            ),
        };
        return ("protocols", port);
    }
    let port = match dice.below(3) {
        0 => format!("{{namedPort: {}}}", dice.pick(&NAMED)),
        1 => format!("{{portRange: {{protocol: {protocol}, start: 8080, end: 8090}}}}"),
        _ => format!("{{portNumber: {{protocol: {protocol}, port: {}}}}}", dice.pick(&["80", "8080", "53"])),
    };
    ("ports", port)
}
