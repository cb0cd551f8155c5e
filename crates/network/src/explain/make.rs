//! Peers, ports, rules and policies as they are written in objects.

use compact_str::CompactString;
use ironhull_value::{Key, Value};

use crate::algebra::{Conns, Protocol};
use crate::engine::{ClassId, ClassKind, End, Network};
use crate::policy::Direction;

/// The label that every namespace has.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Labels that change with every roll-out or belong to single pods: a policy that names them does not last.
const PASSING: [&str; 10] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "job-name",
    "controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
];

/// Labels that mostly say what a workload is, first choice first.
const TELLING: [&str; 5] =
    ["app.kubernetes.io/name", "app", "k8s-app", "name", "app.kubernetes.io/component"];

pub(super) fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fields.into_iter().map(|(key, value)| (Key::new(key), value)).collect()
}

pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from(items.into_iter().collect::<Vec<_>>())
}

/// The labels by which a policy should know the pods of a class: one that no other workload of the
/// namespace has, else all that last.
pub(super) fn identity(network: &Network, class: ClassId) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = network
        .labels_of(class)
        .into_iter()
        .filter(|(key, _)| !PASSING.contains(key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let rank = |key: &str| TELLING.iter().position(|own| *own == key).unwrap_or(TELLING.len());
    labels.sort_by(|a, b| rank(&a.0).cmp(&rank(&b.0)).then_with(|| a.cmp(b)));
    let namespace = network.namespace_of(class);
    let others: Vec<Vec<(&str, &str)>> = network
        .workloads()
        .filter(|(_, entry)| entry.workload.namespace == namespace && !entry.classes.contains(&class))
        .flat_map(|(_, entry)| entry.classes.iter())
        .map(|other| network.labels_of(*other))
        .collect();
    let alone = |(key, value): &&(String, String)| {
        !others.iter().any(|labels| labels.contains(&(key.as_str(), value.as_str())))
    };
    match labels.iter().find(alone) {
        Some(label) => vec![label.clone()],
        None => labels,
    }
}

/// `{matchLabels: …}`; empty for no labels, which is every pod.
pub(super) fn match_labels(labels: &[(String, String)]) -> Value {
    if labels.is_empty() {
        return Value::Map(ironhull_value::Map::default());
    }
    let labels = labels.iter().map(|(key, value)| (Key::new(key), Value::from(value.as_str()))).collect();
    map([("matchLabels", labels)])
}

fn by_name(namespace: &str) -> Value {
    match_labels(&[(NAME_LABEL.to_owned(), namespace.to_owned())])
}

fn expression(key: &str, operator: &str, value: &str) -> Value {
    map([("key", key.into()), ("operator", operator.into()), ("values", list([value.into()]))])
}

/// `{matchExpressions: [{key, operator: NotIn, values: [value]}]}`.
fn not_in(key: &str, value: &str) -> Value {
    map([("matchExpressions", list([expression(key, "NotIn", value)]))])
}

fn cidr(address: core::net::IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}

/// The peer of a NetworkPolicy that is just this end, for a policy in `namespace`. None where there is none.
pub(super) fn peers(network: &Network, namespace: &str, other: &End<'_>) -> Option<Vec<Value>> {
    let block = |address| map([("ipBlock", map([("cidr", cidr(address).as_str().into())]))]);
    match other {
        End::Address(address) => Some(vec![block(*address)]),
        // No NetworkPolicy can name a domain: only all addresses are sure to hold the one behind it.
        End::Name(_) => Some(vec![map([("ipBlock", map([("cidr", "0.0.0.0/0".into())]))])]),
        End::Class(class) => match network.class(*class)?.kind() {
            ClassKind::Pod => {
                let pods = match_labels(&identity(network, *class));
                let own = network.namespace_of(*class);
                Some(vec![if own == namespace {
                    map([("podSelector", pods)])
                } else {
                    map([("namespaceSelector", by_name(own)), ("podSelector", pods)])
                }])
            }
            ClassKind::Controller => Some(vec![map([("namespaceSelector", map([]))])]),
            ClassKind::HostPod | ClassKind::Node => {
                let addresses: Vec<Value> =
                    network.addresses_of(*class).iter().map(|address| block(*address)).collect();
                (!addresses.is_empty()).then_some(addresses)
            }
        },
    }
}

/// Everything but this end, as rules of a NetworkPolicy, with `left` still allowed for it.
pub(super) fn all_but(
    network: &Network,
    namespace: &str,
    direction: Direction,
    other: &End<'_>,
    left: &Conns,
) -> Option<Vec<Value>> {
    let block = |cidr: &str| map([("ipBlock", map([("cidr", cidr.into())]))]);
    let everywhere = || map([("namespaceSelector", map([]))]);
    let peers = match other {
        End::Address(address) => {
            let (own, rest) = if address.is_ipv4() { ("0.0.0.0/0", "::/0") } else { ("::/0", "0.0.0.0/0") };
            let but = map([("cidr", own.into()), ("except", list([cidr(*address).as_str().into()]))]);
            vec![map([("ipBlock", but)]), block(rest), everywhere()]
        }
        End::Class(class) if network.class(*class)?.kind() == ClassKind::Pod => {
            let (key, value) = identity(network, *class).into_iter().next()?;
            let own = network.namespace_of(*class);
            vec![
                block("0.0.0.0/0"),
                block("::/0"),
                map([("namespaceSelector", not_in(NAME_LABEL, own))]),
                map([("namespaceSelector", by_name(own)), ("podSelector", not_in(&key, &value))]),
            ]
        }
        _ => return None,
    };
    let field = peers_field(direction);
    let mut rules = vec![map([(field, list(peers))])];
    if !left.is_empty() {
        rules.push(rule(direction, self::peers(network, namespace, other)?, left));
    }
    Some(rules)
}

pub(super) fn peers_field(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}

/// A rule of a NetworkPolicy.
pub(super) fn rule(direction: Direction, peers: Vec<Value>, conns: &Conns) -> Value {
    let peers = (peers_field(direction), list(peers));
    match ports(conns) {
        Some(ports) => map([peers, ("ports", list(ports))]),
        None => map([peers]),
    }
}

/// The ports of a NetworkPolicy; none where it takes a rule without ports: everything, or ICMP too.
pub(super) fn ports(conns: &Conns) -> Option<Vec<Value>> {
    (!conns.has_other()).then(|| {
        each_range(conns, |protocol, low, high| {
            let number = |port: u16| Value::Int(i64::from(port));
            if (low, high) == (1, u16::MAX) {
                map([("protocol", protocol.name().into())])
            } else if low == high {
                map([("port", number(low)), ("protocol", protocol.name().into())])
            } else {
                map([("endPort", number(high)), ("port", number(low)), ("protocol", protocol.name().into())])
            }
        })
    })
}

fn each_range<T>(conns: &Conns, make: impl Fn(Protocol, u16, u16) -> T) -> Vec<T> {
    let mut found = Vec::new();
    for protocol in Protocol::ALL {
        found.extend(conns.ports(protocol).ranges().iter().map(|&(low, high)| make(protocol, low, high)));
    }
    found
}

/// A NetworkPolicy.
pub(super) fn network_policy(
    name: &str,
    namespace: &str,
    pods: &[(String, String)],
    direction: Direction,
    rules: Vec<Value>,
) -> Value {
    let mut spec: Vec<(&str, Value)> =
        vec![("podSelector", match_labels(pods)), ("policyTypes", list([direction.name().into()]))];
    if !rules.is_empty() {
        spec.push((direction.field(), list(rules)));
    }
    let spec: Value = spec.into_iter().map(|(key, value)| (Key::new(key), value)).collect();
    map([
        ("apiVersion", "networking.k8s.io/v1".into()),
        ("kind", "NetworkPolicy".into()),
        ("metadata", map([("name", name.into()), ("namespace", namespace.into())])),
        ("spec", spec),
    ])
}

/// A rule of `policy.networking.k8s.io` for just this end. None where the API cannot say it.
pub(super) fn admin_rule(
    network: &Network,
    kind: &str,
    direction: Direction,
    other: &End<'_>,
    conns: &Conns,
    allow: bool,
) -> Option<Value> {
    let cluster = kind == "ClusterNetworkPolicy";
    let peer = match other {
        End::Address(address) if direction == Direction::Egress => {
            map([("networks", list([cidr(*address).as_str().into()]))])
        }
        End::Name(name) if direction == Direction::Egress && cluster && allow => {
            map([("domainNames", list([(*name).into()]))])
        }
        End::Class(class) if network.class(*class)?.kind() == ClassKind::Pod => {
            let pods = map([
                ("namespaceSelector", by_name(network.namespace_of(*class))),
                ("podSelector", match_labels(&identity(network, *class))),
            ]);
            map([("pods", pods)])
        }
        _ => return None,
    };
    let action = match (allow, cluster) {
        (true, true) => "Accept",
        (true, false) => "Allow",
        (false, _) => "Deny",
    };
    let mut fields = vec![("action", Value::from(action)), (peers_field(direction), list([peer]))];
    if !conns.has_other() {
        let number = |port: u16| Value::Int(i64::from(port));
        let port = |protocol: Protocol, low: u16, high: u16| {
            if cluster {
                let what = if low == high {
                    map([("number", number(low))])
                } else {
                    map([("range", map([("start", number(low)), ("end", number(high))]))])
                };
                map([(protocol.name().to_lowercase().as_str(), map([("destinationPort", what)]))])
            } else if low == high {
                map([("portNumber", map([("protocol", protocol.name().into()), ("port", number(low))]))])
            } else {
                let range =
                    [("protocol", protocol.name().into()), ("start", number(low)), ("end", number(high))];
                map([("portRange", map(range))])
            }
        };
        fields.push((if cluster { "protocols" } else { "ports" }, list(each_range(conns, port))));
    }
    Some(fields.into_iter().map(|(key, value)| (Key::new(key), value)).collect())
}

/// A name for a new policy that no other policy of the namespace has.
pub(super) fn free_name(network: &Network, namespace: &str, wanted: &str) -> CompactString {
    let taken = |name: &str| {
        network.policies().any(|(_, policy)| policy.namespace == namespace && policy.name == name)
    };
    let mut wanted: String = wanted
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '-' })
        .collect();
    wanted.truncate(50);
    let wanted = wanted.trim_matches('-').to_owned();
    if !taken(&wanted) {
        return wanted.into();
    }
    let numbered = (2..1_000).map(|number| format!("{wanted}-{number}")).find(|name| !taken(name));
    numbered.unwrap_or(wanted).into()
}
