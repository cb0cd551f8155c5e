//! `policy.networking.k8s.io`: AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1), and the frame
//! they share with ClusterNetworkPolicy (v1alpha2, see `cluster.rs` for its ports).
//!
//! Semantics: `apis/v1alpha1` and `apis/v1alpha2` of kubernetes-sigs/network-policy-api.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::reader::{Reader, shown};
use super::v1::is_port_name;
use super::{
    Action, Direction, LabelMatch, Namespaces, Order, Peer, Policy, PortMatch, Ports, Rule, Side, Stage,
    cluster,
};
use crate::algebra::{AddressSet, Conns, PortSet};

/// Which of the three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// AdminNetworkPolicy.
    Admin,
    /// BaselineAdminNetworkPolicy.
    Baseline,
    /// ClusterNetworkPolicy.
    Cluster,
}

/// Priorities go from 0 to this.
const LOWEST_PRIORITY: i64 = 1000;

pub(super) fn read(reader: &mut Reader<'_>, flavour: Flavour) -> Policy {
    let object = reader.object;
    let path = Path::root().child("spec");
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let mut certain = reader.mapping(spec, &path).is_some();
    certain &= reader.only_fields(
        spec,
        &path,
        match flavour {
            Flavour::Admin => &["priority", "subject", "ingress", "egress"],
            Flavour::Baseline => &["subject", "ingress", "egress"],
            Flavour::Cluster => &["tier", "priority", "subject", "ingress", "egress"],
        },
    );
    let subject =
        spec.get("subject").and_then(|subject| read_selection(reader, subject, &path.child("subject"), true));
    if subject.is_none() {
        certain = false;
        if spec.get("subject").is_none() {
            reader.invalid(
                &path.child("subject"),
                "the policy selects nothing: subject is missing",
                "write `subject: {namespaces: {}}` to select every pod",
            );
        }
    }
    let (stage, rank) = place(reader, spec, &path, flavour, &mut certain);
    let side = |reader: &mut Reader<'_>, direction: Direction| {
        let rules = read_side(reader, spec, &path, direction, flavour);
        (!rules.is_empty()).then_some(Side { isolates: false, rules })
    };
    let ingress = side(reader, Direction::Ingress);
    let egress = side(reader, Direction::Egress);
    let name = object.key.name.clone();
    Policy {
        object: Some(object.clone()),
        kind: object.key.kind.clone(),
        namespace: CompactString::default(),
        order: Order { stage, rank, name: name.clone(), part: 0 },
        name,
        subject: subject.unwrap_or_else(Peer::all_pods),
        certain_subject: certain,
        ingress,
        egress,
    }
}

fn place(
    reader: &mut Reader<'_>,
    spec: &Value,
    path: &Path,
    flavour: Flavour,
    certain: &mut bool,
) -> (Stage, f64) {
    let stage = match flavour {
        Flavour::Admin => Stage::admin(),
        Flavour::Baseline => Stage::baseline(),
        Flavour::Cluster => match spec.get("tier").and_then(Value::as_str) {
            Some("Admin") => Stage::admin(),
            Some("Baseline") => Stage::baseline(),
            other => {
                *certain = false;
                let found = other.map_or_else(|| "missing".to_owned(), |tier| format!("{tier:?}"));
                reader.invalid(&path.child("tier"), format!("tier is {found}"), "write Admin or Baseline");
                Stage::admin()
            }
        },
    };
    if flavour == Flavour::Baseline {
        if reader.object.key.name != "default" {
            reader.invalid(
                &Path::root().keys(&["metadata", "name"]),
                "a BaselineAdminNetworkPolicy must have the name default",
                "call it `default`; there is only one",
            );
        }
        // Behind every baseline policy of the newer API, which says no more than that there is one.
        return (stage, 1_001.0);
    }
    let priority = spec.get("priority");
    let rank = priority.and_then(Value::as_i64).filter(|rank| (0..=LOWEST_PRIORITY).contains(rank));
    let Some(rank) = rank else {
        *certain = false;
        let found = priority.map_or_else(|| "missing".to_owned(), shown);
        reader.invalid(
            &path.child("priority"),
            format!("priority is {found}"),
            "write a number from 0 (first) to 1000 (last)",
        );
        return (stage, 0.0);
    };
    #[expect(clippy::cast_precision_loss, reason = "at most 1000")]
    (stage, rank as f64)
}

/// `namespaces` or `pods`, exactly one: a subject, or a peer of that sort.
fn read_selection(reader: &mut Reader<'_>, value: &Value, path: &Path, report: bool) -> Option<Peer> {
    reader.mapping(value, path)?;
    if report && !reader.only_fields(value, path, &["namespaces", "pods"]) {
        return None;
    }
    match (value.get("namespaces"), value.get("pods")) {
        (Some(namespaces), None) => {
            let namespaces = reader.selector(namespaces, &path.child("namespaces"))?;
            Some(Peer::Pods { namespaces: all_or(namespaces), pods: LabelMatch::everything() })
        }
        (None, Some(pods)) => {
            let path = path.child("pods");
            reader.mapping(pods, &path)?;
            if !reader.only_fields(pods, &path, &["namespaceSelector", "podSelector"]) {
                return None;
            }
            let mut selector = |field: &str| match pods.get(field) {
                Some(selector) => reader.selector(selector, &path.child(field)),
                None => Some(LabelMatch::everything()),
            };
            let (namespaces, pods) = (selector("namespaceSelector"), selector("podSelector"));
            Some(Peer::Pods { namespaces: all_or(namespaces?), pods: pods? })
        }
        _ => {
            if report {
                reader.invalid(
                    path,
                    "exactly one of namespaces and pods must be given",
                    "keep one of the two",
                );
            }
            None
        }
    }
}

fn all_or(selector: LabelMatch) -> Namespaces {
    if selector.is_everything() { Namespaces::All } else { Namespaces::Labelled(selector) }
}

fn read_side(
    reader: &mut Reader<'_>,
    spec: &Value,
    path: &Path,
    direction: Direction,
    flavour: Flavour,
) -> Vec<Rule> {
    let at = path.child(direction.field());
    let Some(rules) = reader.list(spec, direction.field(), path) else {
        return vec![uncertain(Action::Deny, Vec::new(), Ports::all(), at, CompactString::default())];
    };
    let mut read = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        read_rule(reader, rule, at.child(index), direction, flavour, &mut read);
    }
    read
}

fn uncertain(action: Action, peers: Vec<Peer>, ports: Ports, path: Path, name: CompactString) -> Rule {
    let peers = if peers.is_empty() { vec![Peer::Everything] } else { peers };
    Rule { action, peers, ports, certain: false, path, name }
}

fn read_rule(
    reader: &mut Reader<'_>,
    rule: &Value,
    path: Path,
    direction: Direction,
    flavour: Flavour,
    read: &mut Vec<Rule>,
) {
    let peers_field = if direction == Direction::Ingress { "from" } else { "to" };
    let ports_field = if flavour == Flavour::Cluster { "protocols" } else { "ports" };
    let name = rule.get("name").and_then(Value::as_str).unwrap_or_default();
    let name = CompactString::new(name);
    let readable = reader.mapping(rule, &path).is_some()
        && reader.only_fields(rule, &path, &["name", "action", peers_field, ports_field]);
    let action = read_action(reader, rule, &path, flavour);
    let (mut peers, all_peers) = read_peers(reader, rule, peers_field, &path, direction, flavour);
    let (ports, all_ports) = read_ports(reader, rule, ports_field, &path, flavour);
    let Some(action) = action.filter(|_| readable) else {
        // Whatever the action was to be, the connections may be denied or allowed by it: a rule of each
        // sort that may or may not be there.
        read.push(uncertain(Action::Pass, Vec::new(), Ports::all(), path, name));
        return;
    };
    // A peer of a newer API: a rule that accepts must not match it, one that denies or passes must deny
    // everything (the comments of v1alpha2 demand that implementations fail closed).
    let failed_closed = peers.iter().any(Option::is_none);
    let mut peers: Vec<Peer> = peers.drain(..).flatten().collect();
    if failed_closed && action == Action::Allow {
        return;
    }
    if failed_closed {
        let (peers, ports) = (vec![Peer::Everything], Ports::all());
        read.push(Rule { action: Action::Deny, peers, ports, certain: true, path, name });
        return;
    }
    if !all_peers || !all_ports {
        let wide = if all_peers { peers.clone() } else { Vec::new() };
        let ports = if all_ports { ports.clone() } else { Ports::all() };
        read.push(uncertain(action, wide, ports, path.clone(), name.clone()));
    }
    if action != Action::Allow && peers.iter().any(|peer| matches!(peer, Peer::Names(_))) {
        reader.invalid(&path, "domainNames are only for rules that accept", "name the addresses as networks");
        peers.retain(|peer| !matches!(peer, Peer::Names(_)));
        read.push(uncertain(action, Vec::new(), ports.clone(), path.clone(), name.clone()));
    }
    read.push(Rule { action, peers, ports, certain: true, path, name });
}

fn read_action(reader: &mut Reader<'_>, rule: &Value, path: &Path, flavour: Flavour) -> Option<Action> {
    let allowed: &[(&str, Action)] = match flavour {
        Flavour::Admin => &[("Allow", Action::Allow), ("Deny", Action::Deny), ("Pass", Action::Pass)],
        Flavour::Baseline => &[("Allow", Action::Allow), ("Deny", Action::Deny)],
        Flavour::Cluster => &[("Accept", Action::Allow), ("Deny", Action::Deny), ("Pass", Action::Pass)],
    };
    let written = rule.get("action");
    let found = allowed.iter().find(|(name, _)| written.and_then(Value::as_str) == Some(name));
    if found.is_none() {
        let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
        let written = written.map_or_else(|| "missing".to_owned(), shown);
        reader.invalid(
            &path.child("action"),
            format!("action is {written}"),
            format!("write {}", names.join(", ")),
        );
    }
    found.map(|(_, action)| *action)
}

/// The peers, `None` for one that only a newer API knows, and whether all were understood.
fn read_peers(
    reader: &mut Reader<'_>,
    rule: &Value,
    field: &str,
    path: &Path,
    direction: Direction,
    flavour: Flavour,
) -> (Vec<Option<Peer>>, bool) {
    let at = path.child(field);
    let Some(items) = reader.list(rule, field, path) else { return (Vec::new(), false) };
    if items.is_empty() {
        reader.invalid(
            &at,
            format!("`{field}` must have at least one peer"),
            "write `- namespaces: {}` to mean every pod",
        );
        return (Vec::new(), false);
    }
    let known: &[&str] = match (direction, flavour) {
        (Direction::Ingress, _) => &["namespaces", "pods"],
        (Direction::Egress, Flavour::Cluster) => &["namespaces", "pods", "nodes", "networks", "domainNames"],
        (Direction::Egress, _) => &["namespaces", "pods", "nodes", "networks"],
    };
    let mut peers = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.child(index);
        if reader.mapping(item, &at).is_none() {
            continue;
        }
        let given: Vec<&str> = known.iter().copied().filter(|field| item.get(field).is_some()).collect();
        let clean = reader.only_fields(item, &at, known);
        let [field] = given.as_slice() else {
            if given.is_empty() && flavour == Flavour::Cluster {
                if clean {
                    reader.invalid(
                        &at,
                        "the peer names nothing",
                        format!("give it one of {}", known.join(", ")),
                    );
                }
                peers.push(None);
                continue;
            }
            if clean || !given.is_empty() {
                reader.invalid(
                    &at,
                    "a peer must have exactly one field",
                    format!("give it one of {}", known.join(", ")),
                );
            }
            continue;
        };
        let peer = match *field {
            "nodes" => item
                .get("nodes")
                .and_then(|nodes| reader.selector(nodes, &at.child("nodes")))
                .map(Peer::Nodes),
            "networks" => read_networks(reader, item, &at),
            "domainNames" => cluster::read_names(reader, item, &at),
            _ => read_selection(reader, item, &at, false),
        };
        if let Some(peer) = peer.filter(|_| clean) {
            peers.push(Some(peer));
        }
    }
    let all = peers.len() == items.len();
    (peers, all)
}

fn read_networks(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<Peer> {
    let at = path.child("networks");
    let blocks = reader.list(item, "networks", path)?;
    if blocks.is_empty() {
        reader.invalid(&at, "`networks` is empty", "list at least one block such as 10.0.0.0/8");
        return None;
    }
    let mut set = AddressSet::none();
    let mut good = true;
    for (index, block) in blocks.iter().enumerate() {
        match reader.cidr(Some(block), &at.child(index)) {
            Some(cidr) => set = set.union(&AddressSet::of(&cidr)),
            None => good = false,
        }
    }
    good.then_some(Peer::Addresses { set, pods: true })
}

fn read_ports(
    reader: &mut Reader<'_>,
    rule: &Value,
    field: &str,
    path: &Path,
    flavour: Flavour,
) -> (Ports, bool) {
    if rule.get(field).is_none() {
        return (Ports::all(), true);
    }
    let at = path.child(field);
    let Some(items) = reader.list(rule, field, path) else { return (Ports::only(Vec::new()), false) };
    if items.is_empty() {
        reader.invalid(&at, format!("`{field}` is empty"), "leave it out to mean every port");
        return (Ports::only(Vec::new()), false);
    }
    let mut ports = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.child(index);
        let port = if flavour == Flavour::Cluster {
            cluster::read_port(reader, item, &at)
        } else {
            read_port(reader, item, &at)
        };
        ports.extend(port);
    }
    let all = ports.len() == items.len();
    (Ports::only(ports), all)
}

fn read_port(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<PortMatch> {
    reader.mapping(item, path)?;
    let known = ["portNumber", "namedPort", "portRange"];
    let message = "a port must have exactly one of portNumber, namedPort and portRange";
    let field = reader.one_field(item, path, &known, message)?;
    let at = path.child(field);
    let value = item.get(field)?;
    match field {
        "namedPort" => read_name(reader, value, &at),
        "portNumber" => {
            reader.mapping(value, &at)?;
            let clean = reader.only_fields(value, &at, &["protocol", "port"]);
            let protocol = reader.protocol(value.get("protocol"), &at.child("protocol"))?;
            let port = reader.port(value.get("port").unwrap_or(&Value::Null), &at.child("port"))?;
            clean.then(|| PortMatch::Numbers(Conns::of(protocol, PortSet::one(port))))
        }
        _ => {
            reader.mapping(value, &at)?;
            let clean = reader.only_fields(value, &at, &["protocol", "start", "end"]);
            let protocol = reader.protocol(value.get("protocol"), &at.child("protocol"))?;
            let low = reader.port(value.get("start").unwrap_or(&Value::Null), &at.child("start"))?;
            let high = reader.port(value.get("end").unwrap_or(&Value::Null), &at.child("end"))?;
            let range = reader.range(protocol, low, high, &at)?;
            clean.then_some(PortMatch::Numbers(range))
        }
    }
}

pub(super) fn read_name(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<PortMatch> {
    let name = reader.text(Some(value), path, "a port name")?;
    if !is_port_name(&name) {
        reader.invalid(
            path,
            format!("{name:?} is not a port name"),
            "a name has at most 15 of a-z, 0-9 and -, with a letter among them",
        );
        return None;
    }
    Some(PortMatch::Named { protocol: None, name })
}
