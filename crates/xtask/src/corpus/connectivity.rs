//! Clusters to list the connections of: namespaces with labels, Deployments with ports, NetworkPolicies.
//!
//! Only what network-config-analyzer and netpol-analyzer read as Kubernetes does: NetworkPolicy v1, IPv4,
//! one port of a name in a pod, named ports on ingress only, ranges of ports that overlap with nothing, no
//! selectors by `Exists`, and `policyTypes` that name the sides that are there. One replica each, since
//! network-config-analyzer would look at more of them one by one.

use super::{rng::Rng, tree::File, yaml};
use serde_json::{Value, json};

/// How many of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) workloads: usize,
    pub(crate) policies: usize,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} workloads, {} policies", self.workloads, self.policies)
    }
}

const NAMESPACES: &[&str] = &[
    "shop",
    "billing",
    "data",
    "identity",
    "edge",
    "ops",
    "search",
    "warehouse",
    "mail",
    "reports",
    "partners",
    "sandbox",
];
const TEAMS: &[&str] = &["platform", "storefront", "finance"];
const TIERS: &[&str] = &["frontend", "backend", "database", "cache"];
/// Numbers that stand alone, and ranges apart from them and from each other.
const PORTS: &[u16] = &[80, 443, 5432, 6379, 8080, 8443, 9090];
const RANGES: &[(u16, u16)] = &[(20_000, 20_999), (30_000, 30_100), (31_000, 31_999)];
const BLOCKS: &[(&str, &[&str])] = &[
    ("10.0.0.0/8", &["10.1.0.0/16"]),
    ("172.16.0.0/12", &[]),
    ("192.168.0.0/16", &["192.168.7.0/24", "192.168.64.0/18"]),
    ("203.0.113.0/24", &[]),
    ("0.0.0.0/0", &["169.254.0.0/16"]),
];

/// A folder for each namespace; an application and its policies in one file.
pub(crate) fn files(seed: u64, size: Size) -> Vec<File> {
    let mut rng = Rng::new(seed);
    let mut files = Vec::new();
    for (number, name) in NAMESPACES.iter().enumerate() {
        let mut objects = vec![namespace(name, number)];
        objects.extend(default_deny(name, number));
        files.push(file(format!("{name}/namespace.yaml"), &objects));
    }
    let denied = (0..NAMESPACES.len()).filter(|number| default_deny("", *number).is_some()).count();
    let wanted = size.policies.saturating_sub(denied);
    let mut made = 0;
    for number in 0..size.workloads {
        let app = App {
            namespace: NAMESPACES[number % NAMESPACES.len()],
            name: format!("app-{number}"),
            tier: rng.pick(TIERS),
            release: rng.pick(&["stable", "stable", "canary"]),
        };
        let mut objects = vec![deployment(&mut rng, &app)];
        // As many by now as the share of the applications asks for.
        while made < wanted * (number + 1) / size.workloads {
            objects.push(policy(&mut rng, &app, made, size));
            made += 1;
        }
        files.push(file(format!("{}/{}.yaml", app.namespace, app.name), &objects));
    }
    files
}

struct App {
    namespace: &'static str,
    name: String,
    tier: &'static str,
    release: &'static str,
}

fn namespace(name: &str, number: usize) -> Value {
    let environment = if number % 4 == 3 { "staging" } else { "production" };
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/metadata.name": name,
                "team": TEAMS[number % TEAMS.len()],
                "environment": environment,
            },
        },
    })
}

/// Nothing comes in, in most namespaces; nothing goes out either, in half of them.
fn default_deny(namespace: &str, number: usize) -> Option<Value> {
    let types: &[&str] = match number {
        0..5 => &["Ingress", "Egress"],
        5..10 => &["Ingress"],
        _ => return None,
    };
    Some(json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": types},
    }))
}

fn deployment(rng: &mut Rng, app: &App) -> Value {
    let labels = json!({"app": app.name, "tier": app.tier, "release": app.release});
    let mut ports = vec![json!({"name": "http", "containerPort": rng.pick(&[80, 8080, 8443])})];
    if rng.chance(50) {
        ports.push(json!({"name": "metrics", "containerPort": 9090}));
    }
    if rng.chance(15) {
        ports.push(json!({"name": "dns", "containerPort": 53, "protocol": "UDP"}));
    }
    let container = json!({
        "name": "main",
        "image": format!("registry.example.com/{}/{}:1.{}", app.namespace, app.name, rng.below(40)),
        "ports": ports,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app.name, "namespace": app.namespace, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": app.name}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    })
}

fn policy(rng: &mut Rng, app: &App, number: usize, size: Size) -> Value {
    let subject = match rng.below(100) {
        0..60 => json!({"matchLabels": {"app": app.name}}),
        60..85 => json!({"matchLabels": {"tier": app.tier}}),
        _ => json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": two(rng)}]}),
    };
    let (inward, outward) = match rng.below(100) {
        0..50 => (true, false),
        50..75 => (false, true),
        _ => (true, true),
    };
    let mut spec = json!({"podSelector": subject, "policyTypes": []});
    for (wanted, side, name, peers) in
        [(inward, "ingress", "Ingress", "from"), (outward, "egress", "Egress", "to")]
    {
        if !wanted {
            continue;
        }
        let rules = (0..=rng.below(3)).map(|_| {
            let count = 1 + rng.below(2);
            let list: Vec<Value> = (0..count).map(|_| peer(rng, size)).collect();
            let mut rule = json!({(peers): list});
            if rng.chance(85) {
                let count = 1 + rng.below(2);
                rule["ports"] = (0..count).map(|_| port(rng, side == "ingress")).collect();
            }
            rule
        });
        spec[side] = rules.collect();
        if let Some(types) = spec["policyTypes"].as_array_mut() {
            types.push(name.into());
        }
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": format!("{}-{number}", app.name), "namespace": app.namespace},
        "spec": spec,
    })
}

fn peer(rng: &mut Rng, size: Size) -> Value {
    let app = format!("app-{}", rng.below(size.workloads));
    let team = rng.pick(TEAMS);
    match rng.below(100) {
        0..20 => json!({"podSelector": {"matchLabels": {"tier": rng.pick(TIERS)}}}),
        20..30 => json!({"podSelector": {}}),
        30..50 => json!({
            "namespaceSelector": {"matchLabels": {"team": team}},
            "podSelector": {"matchLabels": {"tier": rng.pick(TIERS)}},
        }),
        50..65 => json!({
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": rng.pick(NAMESPACES)}},
        }),
        65..80 => json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": app}}}),
        80..88 => json!({
            "namespaceSelector": {"matchExpressions": [
                {"key": "environment", "operator": "NotIn", "values": ["staging"]},
                {"key": "team", "operator": "In", "values": [team]},
            ]},
            "podSelector": {"matchExpressions": [{"key": "release", "operator": "NotIn", "values": ["canary"]}]},
        }),
        _ => {
            let (cidr, except) = rng.pick(BLOCKS);
            let mut block = json!({"cidr": cidr});
            if !except.is_empty() {
                block["except"] = except.iter().copied().collect();
            }
            json!({"ipBlock": block})
        }
    }
}

fn port(rng: &mut Rng, named: bool) -> Value {
    match rng.below(100) {
        0..20 if named => json!({"port": rng.pick(&["http", "metrics"])}),
        0..75 => json!({"protocol": "TCP", "port": rng.pick(PORTS)}),
        75..85 => json!({"protocol": "UDP", "port": 53}),
        _ => {
            let (first, last) = rng.pick(RANGES);
            json!({"protocol": "TCP", "port": first, "endPort": last})
        }
    }
}

fn two(rng: &mut Rng) -> Vec<&'static str> {
    let first = rng.below(TIERS.len());
    vec![TIERS[first], TIERS[(first + 1) % TIERS.len()]]
}

fn file(path: String, objects: &[Value]) -> File {
    let text = |object: &Value, pointer| {
        object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let name = |object: &Value| {
        ["/kind", "/metadata/namespace", "/metadata/name"].map(|part| text(object, part)).join("/")
    };
    File { path, text: yaml::documents(objects), names: objects.iter().map(name).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_were_asked_for() {
        for (workloads, policies) in [(50, 30), (500, 220)] {
            let files = files(1, Size { workloads, policies });
            let count = |kind: &str| {
                files.iter().flat_map(|file| &file.names).filter(|name| name.starts_with(kind)).count()
            };
            assert_eq!([count("Deployment/"), count("NetworkPolicy/")], [workloads, policies]);
            assert_eq!(count("Namespace/"), NAMESPACES.len());
        }
    }
}
