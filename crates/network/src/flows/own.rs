//! Our own form: JSON lines, one connection each. The form is described in `docs/network/flows.md`.

use compact_str::CompactString;
use ironhull_value::{Map, Value};

use super::list::split_title;
use super::{Flow, FlowEnd, Outcome, ReadFlows, Special, port, time};
use crate::algebra::{Conns, Protocol};

/// The version of the form.
pub(super) const VERSION: &str = "ironhull.dev/v1alpha1";

const FIELDS: [&str; 9] =
    ["apiVersion", "kind", "time", "from", "to", "protocol", "port", "verdict", "count"];
const END_FIELDS: [&str; 7] = ["workload", "pod", "service", "address", "name", "node", "labels"];

/// Reads one line.
pub(super) fn read(line: u32, value: &Value, read: &mut ReadFlows) {
    if let Some(version) = value.get("apiVersion").filter(|version| version.as_str() != Some(VERSION)) {
        read.say(line, true, format!("expected apiVersion {VERSION}, found {}", shown(version)));
        return;
    }
    if let Some(kind) = value.get("kind").filter(|kind| kind.as_str() != Some("Flow")) {
        read.say(line, true, format!("expected kind Flow, found {}", shown(kind)));
        return;
    }
    unknown(line, value, "", &FIELDS, read);
    let (Some(from), Some(to)) = (end(line, value, "from", read), end(line, value, "to", read)) else {
        return;
    };
    let Some(conns) = conns(line, value, read) else { return };
    let outcome = match value.get("verdict").map(|verdict| verdict.as_str()) {
        None => Outcome::Allowed,
        Some(Some("allowed")) => Outcome::Allowed,
        Some(Some("denied")) => Outcome::Denied,
        Some(Some("unknown")) => Outcome::Unknown,
        Some(_) => {
            let found = value.get("verdict").map(shown).unwrap_or_default();
            read.say(line, true, format!("expected `verdict` allowed, denied or unknown, found {found}"));
            return;
        }
    };
    let count =
        match value.get("count").map(|count| count.as_i64().and_then(|count| u64::try_from(count).ok())) {
            None => 1,
            Some(Some(count)) if count > 0 => count,
            Some(_) => {
                read.say(line, false, "expected `count` to be a number above 0; 1 is taken");
                1
            }
        };
    let at = time(value.get("time"));
    if at.is_none() && value.get("time").is_some() {
        read.say(
            line,
            false,
            "expected `time` as RFC 3339 writes it, like 2026-03-01T12:00:00Z; it is left out",
        );
    }
    read.flows.push(Flow { line, time: at, from, to, conns, outcome, count });
}

fn conns(line: u32, value: &Value, read: &mut ReadFlows) -> Option<Conns> {
    let protocol = match value.get("protocol").map(|protocol| protocol.as_str().map(str::to_ascii_uppercase))
    {
        None => Protocol::Tcp,
        Some(Some(name)) if name == "ICMP" => return Some(Conns::other_protocols()),
        Some(name) => {
            let Some(protocol) = name.as_deref().and_then(Protocol::of) else {
                let found = value.get("protocol").map(shown).unwrap_or_default();
                read.say(line, true, format!("expected `protocol` TCP, UDP, SCTP or ICMP, found {found}"));
                return None;
            };
            protocol
        }
    };
    let Some(number) = port(value.get("port")) else {
        let found = value.get("port").map_or_else(|| "nothing".to_owned(), shown);
        read.say(line, true, format!("expected `port` from 1 to 65535, found {found}"));
        return None;
    };
    Some(Conns::one(protocol, number))
}

fn end(line: u32, value: &Value, side: &str, read: &mut ReadFlows) -> Option<FlowEnd> {
    let Some(end) = value.get(side).filter(|end| end.as_map().is_some()) else {
        read.say(
            line,
            true,
            format!("expected `{side}` with one of workload, pod, service, address, name or node"),
        );
        return None;
    };
    unknown(line, end, &format!("{side}."), &END_FIELDS, read);
    let text = |key: &str| end.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut found = FlowEnd::default();
    let mut told = false;
    for key in ["workload", "pod", "service"] {
        let title = text(key);
        if title.is_empty() {
            continue;
        }
        let Some((namespace, name, kind)) = split_title(title) else {
            read.say(line, true, format!("expected `{side}.{key}` as NAMESPACE/NAME, found {title:?}"));
            return None;
        };
        told = true;
        found.namespace = namespace.into();
        match key {
            "workload" => {
                found.workload = name.into();
                found.kind = kind.into();
            }
            "pod" => found.pod = name.into(),
            _ => found.service = name.into(),
        }
    }
    if !text("address").is_empty() {
        found.address = text("address").parse().ok();
        if found.address.is_none() {
            read.say(
                line,
                true,
                format!("expected `{side}.address` to be an IP address, found {:?}", text("address")),
            );
            return None;
        }
        told = true;
    }
    if !text("name").is_empty() {
        found.names.push(text("name").trim_end_matches('.').into());
        told = true;
    }
    if let Some(node) = end.get("node") {
        // `true` is the node of the pod at the other end.
        found.special = Some(if node.as_bool() == Some(true) { Special::OwnNode } else { Special::Node });
        if let Some(name) = node.as_str() {
            found.workload = name.into();
        }
        told = true;
    }
    for (key, value) in end.get("labels").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        found.labels.push((CompactString::new(key.as_str()), value.as_str().unwrap_or_default().into()));
    }
    if !told {
        read.say(
            line,
            true,
            format!("expected `{side}` with one of workload, pod, service, address, name or node"),
        );
        return None;
    }
    Some(found)
}

fn unknown(line: u32, value: &Value, prefix: &str, known: &[&str], read: &mut ReadFlows) {
    for (key, _) in value.as_map().into_iter().flat_map(Map::iter) {
        if !known.contains(&key.as_str()) {
            read.say(
                line,
                false,
                format!("unknown field `{prefix}{}`; there are {}", key.as_str(), known.join(", ")),
            );
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        Value::Int(number) => number.to_string(),
        other => other.kind().name().to_owned(),
    }
}
