//! One rule.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::{Frame, Read, peers, ports};
use crate::policy::{Action, Direction, Peer, Ports, Rule};

/// Reads one rule as as many as it takes to tell what is certain from what is not.
pub(super) fn read(
    frame: &mut Frame<'_, '_, '_>,
    rule: &Value,
    path: &Path,
    direction: Direction,
    action: Action,
    read: &mut Read,
) {
    let make = |action, peers: Vec<Peer>, ports: Ports, certain| Rule {
        action,
        peers,
        ports,
        certain,
        path: path.clone(),
        name: CompactString::default(),
    };
    let rules = match action {
        Action::Deny => &mut read.denies,
        Action::Allow | Action::Pass => &mut read.allows,
    };
    // A rule that is null is one without any field.
    let readable = rule.is_null() || frame.reader.mapping(rule, path).is_some();
    let mut known = peers::fields(direction).to_vec();
    known.extend(["toPorts", "icmps", peers::requires(direction)]);
    if action == Action::Allow {
        known.push("authentication");
    }
    if !readable || !frame.reader.only_fields(rule, path, &known) {
        rules.push(make(action, vec![Peer::Everything], Ports::all(), false));
        return;
    }
    let peers = peers::read(frame, rule, path, direction);
    let ports = ports::read(frame.reader, rule, path);
    let authenticated = authenticated(frame, rule, path);
    let (certain, uncertain) = match (peers.given, &ports) {
        (true, _) => (peers.certain, peers.uncertain),
        // Ports of whomever.
        (false, Some(_)) => (vec![Peer::Everything], Vec::new()),
        // Neither peers nor ports: an empty rule matches nothing.
        (false, None) => (Vec::new(), Vec::new()),
    };
    for (ports, ports_certain) in ports.unwrap_or_else(|| vec![(Ports::all(), true)]) {
        if !uncertain.is_empty() {
            rules.push(make(action, uncertain.clone(), ports.clone(), false));
        }
        if !certain.is_empty() {
            rules.push(make(action, certain.clone(), ports, ports_certain && !authenticated));
        }
    }
    if let Some(required) = peers.required {
        // Where it is enforced, endpoints that do not have these labels are refused by every rule.
        let others = Peer::Not(Box::new(Peer::any(required)));
        let refused = Peer::All(vec![Peer::all_pods(), others]);
        read.denies.push(make(Action::Deny, vec![refused], Ports::all(), false));
    }
}

/// Whether the rule asks both ends to prove who they are.
fn authenticated(frame: &mut Frame<'_, '_, '_>, rule: &Value, path: &Path) -> bool {
    let Some(value) = rule.get("authentication") else { return false };
    if matches!(value.dig_str(&["mode"]), Some("disabled" | "test-always-fail")) {
        return value.dig_str(&["mode"]) == Some("test-always-fail");
    }
    frame.reader.not_modelled(
        &path.child("authentication"),
        "mutual authentication is not modelled",
        "connections that hang on it are shown as unknown",
    );
    true
}
