//! The rules of a policy.

use core::net::IpAddr;

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::entity::{self, together};
use super::{Frame, ports};
use crate::algebra::{AddressSet, Cidr};
use crate::policy::reader::shown;
use crate::policy::{Action, Direction, Peer, Ports, Rule};

/// Rules one after the other that ask the same of the selected pods themselves.
pub(super) struct Side {
    /// What they ask of them beyond being selected.
    pub(super) own: Option<Peer>,
    pub(super) rules: Vec<Rule>,
}

/// The rules of each direction, in order.
pub(super) fn read_sides(
    mut frame: Frame<'_, '_, '_>,
    spec: &Value,
    path: &Path,
    types: &[Direction],
) -> Vec<(Direction, Vec<Side>)> {
    Direction::BOTH
        .into_iter()
        .map(|direction| (direction, read_side(&mut frame, spec, path, direction)))
        .filter(|(direction, _)| types.contains(direction))
        .collect()
}

fn read_side(frame: &mut Frame<'_, '_, '_>, spec: &Value, path: &Path, direction: Direction) -> Vec<Side> {
    let at = path.child(direction.field());
    let Some(items) = frame.reader.list(spec, direction.field(), path) else {
        let rule = Rule {
            action: Action::Pass,
            peers: vec![Peer::Everything],
            ports: Ports::all(),
            certain: false,
            path: at,
            name: CompactString::default(),
        };
        return vec![Side { own: None, rules: vec![rule] }];
    };
    let mut sides: Vec<Side> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut found = Vec::new();
        let own = read_rule(frame, item, &at.child(index), direction, &mut found);
        if found.is_empty() {
            continue;
        }
        match sides.last_mut() {
            Some(last) if last.own == own => last.rules.append(&mut found),
            _ => sides.push(Side { own, rules: found }),
        }
    }
    sides
}

const FIELDS: [&str; 10] = [
    "action",
    "ipVersion",
    "protocol",
    "notProtocol",
    "icmp",
    "notICMP",
    "source",
    "destination",
    "http",
    "metadata",
];

/// Reads one rule as one or more; gives what it asks of the selected pods.
fn read_rule(
    frame: &mut Frame<'_, '_, '_>,
    rule: &Value,
    path: &Path,
    direction: Direction,
    found: &mut Vec<Rule>,
) -> Option<Peer> {
    let make = |action, peers, ports, certain| Rule {
        action,
        peers,
        ports,
        certain,
        path: path.clone(),
        name: CompactString::default(),
    };
    let readable = frame.reader.mapping(rule, path).is_some();
    let mut certain = readable && frame.reader.only_fields(rule, path, &FIELDS);
    let (other, own) = match direction {
        Direction::Ingress => ("source", "destination"),
        Direction::Egress => ("destination", "source"),
    };
    let other = entity::read(frame, rule, other, path);
    let own = entity::read(frame, rule, own, path);
    let (mut ports, ports_certain) = ports::read(frame.reader, rule, path);
    certain &= ports_certain && other.certain && own.certain;
    let destination = if direction == Direction::Egress { &other } else { &own };
    if let Some(of_service) = &destination.service_ports {
        ports.only.clone_from(&of_service.only);
    }
    if rule.get("http").is_some() {
        certain = false;
        frame.reader.not_modelled(
            &path.child("http"),
            "conditions on HTTP requests are not modelled",
            "connections that hang on them are shown as unknown",
        );
    }
    let written = rule.get("action");
    let action = match written.and_then(Value::as_str) {
        Some("Allow") => Action::Allow,
        Some("Deny") => Action::Deny,
        Some("Pass") => Action::Pass,
        // Writes a line and decides nothing.
        Some("Log") => return None,
        _ => {
            if readable {
                let written = written.map_or_else(|| "missing".to_owned(), shown);
                let at = path.child("action");
                frame.reader.invalid(&at, format!("action is {written}"), "write Allow, Deny, Log or Pass");
            }
            found.push(make(Action::Pass, vec![Peer::Everything], Ports::all(), false));
            return None;
        }
    };
    let own_peer = own.peers.map(Peer::any);
    let peers = other.peers.unwrap_or_else(|| vec![Peer::Everything]);
    match family(frame, rule, path, other.networks.as_ref()) {
        Family::Any => found.push(make(action, peers, ports, certain)),
        Family::Wrong => found.push(make(action, peers, ports, false)),
        Family::One(family) => {
            // Outside of the cluster the family of an address is known; that of a connection between pods
            // is not.
            let outside = peers
                .iter()
                .map(|peer| {
                    let family = Peer::Addresses { set: family.clone(), pods: false };
                    together(vec![peer.clone(), Peer::World, family])
                })
                .collect();
            let inside = peers
                .into_iter()
                .map(|peer| together(vec![peer, Peer::Not(Box::new(Peer::World))]))
                .collect();
            found.push(make(action, outside, ports.clone(), certain));
            found.push(make(action, inside, ports, false));
        }
    }
    own_peer
}

enum Family {
    Any,
    One(AddressSet),
    Wrong,
}

/// What `ipVersion` says, unless the networks of the rule say it already.
fn family(frame: &mut Frame<'_, '_, '_>, rule: &Value, path: &Path, networks: Option<&AddressSet>) -> Family {
    let Some(value) = rule.get("ipVersion") else { return Family::Any };
    let at = path.child("ipVersion");
    let all: IpAddr = match value.as_i64() {
        Some(4) => [0, 0, 0, 0].into(),
        Some(6) => [0; 16].into(),
        _ => {
            frame.reader.invalid(&at, format!("ipVersion is {}", shown(value)), "write 4 or 6");
            return Family::Wrong;
        }
    };
    let all = AddressSet::of(&Cidr::new(all, 0));
    if networks.is_some_and(|networks| all.includes(networks)) {
        return Family::Any;
    }
    frame.reader.not_modelled(
        &at,
        "between pods the families of addresses are not told apart",
        "what this rule says of pods is shown as unknown; name networks of the family instead",
    );
    Family::One(all)
}
