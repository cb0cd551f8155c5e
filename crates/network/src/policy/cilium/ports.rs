//! The ports of a rule, and what it asks of the requests on them.

use ironhull_value::{Path, Value};

use crate::algebra::{Conns, PortSet, Protocol};
use crate::policy::reader::{Reader, shown};
use crate::policy::v1::is_port_name;
use crate::policy::{PortMatch, Ports};

/// The connections of a rule, with whether they are certain; `None` if it says nothing of them.
pub(super) fn read(reader: &mut Reader<'_>, rule: &Value, path: &Path) -> Option<Vec<(Ports, bool)>> {
    let mut found = Vec::new();
    let mut given = 0;
    match reader.list(rule, "toPorts", path) {
        None => found.push((Ports::all(), false)),
        Some(items) => {
            given += u32::from(!items.is_empty());
            for (index, item) in items.iter().enumerate() {
                read_item(reader, item, &path.child("toPorts").child(index), &mut found);
            }
        }
    }
    let icmps = reader.list(rule, "icmps", path).unwrap_or_default();
    if !icmps.is_empty() {
        given += 1;
        reader.not_modelled(
            &path.child("icmps"),
            "types of ICMP are not told apart",
            "whether ICMP passes because of this rule is shown as unknown",
        );
        found.push((Ports::only(vec![PortMatch::Numbers(Conns::other_protocols())]), false));
    }
    if given > 1 {
        reader.invalid(path, "toPorts and icmps cannot stand in one rule", "make a rule of each");
        for (_, certain) in &mut found {
            *certain = false;
        }
    }
    (given > 0 || !found.is_empty()).then_some(found)
}

const FIELDS: [&str; 6] = ["ports", "rules", "terminatingTLS", "originatingTLS", "serverNames", "listener"];

fn read_item(reader: &mut Reader<'_>, item: &Value, path: &Path, found: &mut Vec<(Ports, bool)>) {
    if reader.mapping(item, path).is_none() {
        found.push((Ports::all(), false));
        return;
    }
    let mut certain = reader.only_fields(item, path, &FIELDS);
    for field in ["terminatingTLS", "originatingTLS", "serverNames", "listener"] {
        let empty = item.get(field).and_then(Value::as_array).is_some_and(<[Value]>::is_empty);
        if item.get(field).is_some() && !empty {
            certain = false;
            layer_7(reader, &path.child(field), field);
        }
    }
    if let Some(rules) = item.get("rules") {
        certain &= only_observes(reader, rules, &path.child("rules"));
    }
    let Some(items) = reader.list(item, "ports", path) else {
        found.push((Ports::all(), false));
        return;
    };
    let mut ports = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match read_port(reader, item, &path.child("ports").child(index)) {
            Some((port, true)) => ports.push(port),
            Some((port, false)) => found.push((Ports::only(vec![port]), false)),
            None => found.push((Ports::all(), false)),
        }
    }
    // Without any port it is about none.
    if !ports.is_empty() {
        found.push((Ports::only(ports), certain));
    }
}

fn layer_7(reader: &mut Reader<'_>, path: &Path, what: &str) {
    reader.not_modelled(
        path,
        format!("`{what}` is about layer 7, which is not modelled"),
        "connections that it may let through in part are shown as unknown",
    );
}

/// Whether the rules for requests let every request through: those that only make DNS be looked at.
fn only_observes(reader: &mut Reader<'_>, rules: &Value, path: &Path) -> bool {
    if reader.mapping(rules, path).is_none() {
        return false;
    }
    let mut observes = reader.only_fields(rules, path, &["http", "kafka", "dns", "l7", "l7proto"]);
    for field in ["http", "kafka", "l7", "l7proto"] {
        if rules.get(field).is_some() {
            observes = false;
            layer_7(reader, &path.child(field), field);
        }
    }
    if rules.get("dns").is_some() {
        let items = reader.list(rules, "dns", path).unwrap_or_default();
        if !items.iter().any(|item| item.dig_str(&["matchPattern"]) == Some("*")) {
            observes = false;
            layer_7(reader, &path.child("dns"), "dns");
        }
    }
    observes
}

/// A port, and whether it is all that is meant.
fn read_port(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<(PortMatch, bool)> {
    reader.mapping(item, path)?;
    if !reader.only_fields(item, path, &["port", "endPort", "protocol"]) {
        return None;
    }
    let written = item.get("protocol").and_then(Value::as_str).unwrap_or_default().to_ascii_uppercase();
    let protocols: &[Protocol] = match written.as_str() {
        "" | "ANY" => &Protocol::ALL,
        "TCP" => &[Protocol::Tcp],
        "UDP" => &[Protocol::Udp],
        "SCTP" => &[Protocol::Sctp],
        "ICMP" | "ICMPV6" | "VRRP" | "IGMP" | "GRE" | "IPIP" | "IPV6" | "ESP" | "AH" => {
            reader.not_modelled(
                &path.child("protocol"),
                format!("the protocol {written} is not told apart from ICMP"),
                "whether other protocols pass because of this rule is shown as unknown",
            );
            return Some((PortMatch::Numbers(Conns::other_protocols()), false));
        }
        _ => {
            let found = item.get("protocol").map_or_else(String::new, shown);
            reader.invalid(
                &path.child("protocol"),
                format!("protocol {found} is none"),
                "write TCP, UDP, SCTP or ANY",
            );
            return None;
        }
    };
    let text = match item.get("port") {
        Some(Value::Str(text)) => text.as_str(),
        other => {
            let found = other.map_or_else(|| "missing".to_owned(), shown);
            reader.invalid(
                &path.child("port"),
                format!("port is {found}, not a text"),
                "write the port between quotes, such as \"80\"",
            );
            return None;
        }
    };
    let end = item.get("endPort").filter(|end| end.as_i64() != Some(0));
    let lower = text.to_ascii_lowercase();
    if is_port_name(&lower) {
        if end.is_some() {
            reader.invalid(
                &path.child("endPort"),
                "endPort with a named port",
                "a range needs a number as `port`",
            );
            return None;
        }
        let protocol = if let [protocol] = protocols { Some(*protocol) } else { None };
        return Some((PortMatch::Named { protocol, name: lower.into() }, true));
    }
    let Ok(low) = text.parse::<u16>() else {
        reader.invalid(
            &path.child("port"),
            format!("{text:?} is no port"),
            "write a number from 1 to 65535, 0 for every port, or a name",
        );
        return None;
    };
    let of = |ports: &PortSet| {
        let conns = protocols.iter().map(|protocol| Conns::of(*protocol, ports.clone()));
        PortMatch::Numbers(conns.fold(Conns::none(), |all, conns| all.union(&conns)))
    };
    if low == 0 {
        let every = if protocols.len() > 1 { PortMatch::Numbers(Conns::all()) } else { of(&PortSet::all()) };
        return Some((every, true));
    }
    let high = match end {
        None => low,
        Some(end) => reader.port(end, &path.child("endPort"))?,
    };
    if high < low {
        reader.invalid(
            &path.child("endPort"),
            format!("the range ends at {high}, before it starts at {low}"),
            format!("write {high} first and {low} last"),
        );
        return None;
    }
    Some((of(&PortSet::range(low, high)), true))
}
