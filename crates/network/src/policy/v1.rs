//! `networking.k8s.io/v1` NetworkPolicy.
//!
//! Semantics: `k8s.io/api/networking/v1/types.go` and `pkg/apis/networking/validation/validation.go` of
//! Kubernetes. Defaults that the API server fills in are filled in here: protocol TCP, `policyTypes`.

use ironhull_value::{Path, Value};

use super::reader::{Reader, shown};
use super::{
    Action, Direction, LabelMatch, Namespaces, Order, Peer, Policy, PortMatch, Ports, Rule, Side, Stage,
};
use crate::algebra::{Conns, PortSet};
use crate::input::namespace_of;

pub(super) fn read(reader: &mut Reader<'_>) -> Policy {
    let object = reader.object;
    let namespace = namespace_of(object);
    let path = Path::root().child("spec");
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let mut certain = spec.is_null() || reader.mapping(spec, &path).is_some();
    let staged = object.key.kind == "StagedKubernetesNetworkPolicy";
    let known = ["podSelector", "ingress", "egress", "policyTypes", "stagedAction"];
    certain &= reader.only_fields(spec, &path, known.get(..if staged { 5 } else { 4 }).unwrap_or_default());
    let selected = match spec.get("podSelector") {
        None => Some(LabelMatch::everything()),
        Some(selector) => reader.selector(selector, &path.child("podSelector")),
    };
    certain &= selected.is_some();
    let pods = selected.unwrap_or_else(LabelMatch::everything);
    let types = directions(reader, spec, &path, &mut certain);
    let side = |reader: &mut Reader<'_>, direction| {
        let side = read_side(reader, spec, &path, direction, &namespace);
        types.contains(&direction).then_some(side)
    };
    let ingress = side(reader, Direction::Ingress);
    let egress = side(reader, Direction::Egress);
    let name = object.key.name.clone();
    Policy {
        object: Some(object.clone()),
        kind: object.key.kind.clone(),
        // Among each other NetworkPolicies have no order; the rank is the one that Calico gives them.
        order: Order { stage: Stage::network_policy(), rank: 1_000.0, name: name.clone(), part: 0 },
        name,
        subject: Peer::Pods { namespaces: Namespaces::One(namespace.clone()), pods },
        namespace,
        certain_subject: certain,
        ingress,
        egress,
    }
}

/// Which directions the policy speaks of: what `policyTypes` says, else ingress, and egress if it has rules
/// for it. A type that is none makes both uncertain.
fn directions(reader: &mut Reader<'_>, spec: &Value, path: &Path, certain: &mut bool) -> Vec<Direction> {
    let Some(types) = reader.list(spec, "policyTypes", path) else {
        *certain = false;
        return Direction::BOTH.to_vec();
    };
    let mut found = Vec::new();
    for (index, item) in types.iter().enumerate() {
        if let Some(direction) =
            Direction::BOTH.into_iter().find(|direction| item.as_str() == Some(direction.name()))
        {
            found.push(direction);
        } else {
            *certain = false;
            reader.invalid(
                &path.child("policyTypes").child(index),
                format!("policy type {} is not Ingress or Egress", shown(item)),
                "write Ingress or Egress",
            );
        }
    }
    if !*certain {
        return Direction::BOTH.to_vec();
    }
    if types.is_empty() {
        found.push(Direction::Ingress);
        let has_egress =
            spec.get("egress").is_some_and(|rules| rules.as_array().is_none_or(|rules| !rules.is_empty()));
        if has_egress {
            found.push(Direction::Egress);
        }
    }
    found
}

fn read_side(
    reader: &mut Reader<'_>,
    spec: &Value,
    path: &Path,
    direction: Direction,
    namespace: &str,
) -> Side {
    let mut side = Side { isolates: true, rules: Vec::new() };
    let (at, peers_field) =
        (path.child(direction.field()), if direction == Direction::Ingress { "from" } else { "to" });
    let Some(rules) = reader.list(spec, direction.field(), path) else {
        side.rules.push(unknown_rule(at));
        return side;
    };
    for (index, rule) in rules.iter().enumerate() {
        let at = at.child(index);
        // A rule that is null is one without any field, as the API server decodes it.
        let readable = rule.is_null() || reader.mapping(rule, &at).is_some();
        let readable = readable & reader.only_fields(rule, &at, &[peers_field, "ports"]);
        let (peers, all_peers) = read_peers(reader, rule, peers_field, &at, namespace);
        let (ports, all_ports) = read_ports(reader, rule, &at);
        if !readable {
            side.rules.push(unknown_rule(at));
            continue;
        }
        // What was understood holds; what was not makes a second rule that may or may not.
        let name = compact_str::CompactString::default();
        if !all_peers || !all_ports {
            side.rules.push(Rule {
                action: Action::Allow,
                peers: if all_peers { peers.clone() } else { vec![Peer::Everything] },
                ports: if all_ports { ports.clone() } else { Ports::all() },
                certain: false,
                path: at.clone(),
                name: name.clone(),
            });
        }
        side.rules.push(Rule { action: Action::Allow, peers, ports, certain: true, path: at, name });
    }
    side
}

fn unknown_rule(path: Path) -> Rule {
    Rule {
        action: Action::Allow,
        peers: vec![Peer::Everything],
        ports: Ports::all(),
        certain: false,
        path,
        name: compact_str::CompactString::default(),
    }
}

/// The peers, and whether all were understood.
fn read_peers(
    reader: &mut Reader<'_>,
    rule: &Value,
    field: &str,
    path: &Path,
    namespace: &str,
) -> (Vec<Peer>, bool) {
    let Some(items) = reader.list(rule, field, path) else { return (Vec::new(), false) };
    if items.is_empty() {
        return (vec![Peer::Everything], true);
    }
    let mut peers = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if let Some(peer) = read_peer(reader, item, &path.child(field).child(index), namespace) {
            peers.push(peer);
        }
    }
    let all = peers.len() == items.len();
    (peers, all)
}

fn read_peer(reader: &mut Reader<'_>, item: &Value, path: &Path, namespace: &str) -> Option<Peer> {
    if !item.is_null() {
        reader.mapping(item, path)?;
    }
    let clean = reader.only_fields(item, path, &["podSelector", "namespaceSelector", "ipBlock"]);
    let (pods, namespaces, block) =
        (item.get("podSelector"), item.get("namespaceSelector"), item.get("ipBlock"));
    if let Some(block) = block {
        if pods.is_some() || namespaces.is_some() {
            reader.invalid(
                path,
                "a peer may not have both ipBlock and a selector",
                "make two peers of it: each behind its own `- `",
            );
            return None;
        }
        let set = reader.ip_block(block, &path.child("ipBlock"))?;
        return clean.then_some(Peer::Addresses { set, pods: false });
    }
    if pods.is_none() && namespaces.is_none() {
        if clean {
            reader.invalid(
                path,
                "a peer must have a podSelector, a namespaceSelector or an ipBlock",
                "name the peer, or leave the list of peers out to mean every peer",
            );
        }
        return None;
    }
    let pods = pods
        .map_or(Some(LabelMatch::everything()), |value| reader.selector(value, &path.child("podSelector")));
    let namespaces = match namespaces {
        None => Some(Namespaces::One(namespace.into())),
        Some(value) => reader.selector(value, &path.child("namespaceSelector")).map(|selector| {
            if selector.is_everything() { Namespaces::All } else { Namespaces::Labelled(selector) }
        }),
    };
    let (pods, namespaces) = (pods?, namespaces?);
    clean.then_some(Peer::Pods { namespaces, pods })
}

/// The ports, and whether all were understood.
fn read_ports(reader: &mut Reader<'_>, rule: &Value, path: &Path) -> (Ports, bool) {
    let Some(items) = reader.list(rule, "ports", path) else { return (Ports::only(Vec::new()), false) };
    if items.is_empty() {
        return (Ports::all(), true);
    }
    let mut ports = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if let Some(port) = read_port(reader, item, &path.child("ports").child(index)) {
            ports.push(port);
        }
    }
    let all = ports.len() == items.len();
    (Ports::only(ports), all)
}

fn read_port(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<PortMatch> {
    if !item.is_null() {
        reader.mapping(item, path)?;
    }
    let clean = reader.only_fields(item, path, &["protocol", "port", "endPort"]);
    let protocol = reader.protocol(item.get("protocol"), &path.child("protocol"))?;
    let end = item.get("endPort");
    let port = match item.get("port") {
        None => {
            if end.is_some() {
                reader.invalid(
                    &path.child("endPort"),
                    "endPort without port",
                    "write the first port of the range as `port`",
                );
                return None;
            }
            PortMatch::Numbers(Conns::of(protocol, PortSet::all()))
        }
        Some(Value::Str(name)) => {
            if end.is_some() {
                reader.invalid(
                    &path.child("endPort"),
                    "endPort with a named port",
                    "a range needs a number as `port`",
                );
                return None;
            }
            if !is_port_name(name) {
                reader.invalid(
                    &path.child("port"),
                    format!("{name:?} is not a port name"),
                    "a name has at most 15 of a-z, 0-9 and -, with a letter among them; a number is written without quotes",
                );
                return None;
            }
            PortMatch::Named { protocol: Some(protocol), name: name.clone() }
        }
        Some(number) => {
            let low = reader.port(number, &path.child("port"))?;
            let high = end.map_or(Some(low), |end| reader.port(end, &path.child("endPort")))?;
            PortMatch::Numbers(reader.range(protocol, low, high, &path.child("endPort"))?)
        }
    };
    clean.then_some(port)
}

/// IANA_SVC_NAME, as `IsValidPortName` of apimachinery checks it.
pub(super) fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.contains("--")
        && !name.starts_with('-')
        && !name.ends_with('-')
}
