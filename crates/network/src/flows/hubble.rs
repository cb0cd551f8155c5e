//! JSON lines of Cilium's Hubble: `hubble observe -o jsonpb`, and the bare flows of older versions.
//!
//! The form is `api/v1/flow/flow.proto` of Cilium in the JSON form of protocol buffers.

use ironhull_value::Value;

use super::{Flow, FlowEnd, Outcome, ReadFlows, Special, port, time};
use crate::algebra::{Conns, Protocol};

/// Reads one line.
pub(super) fn read(line: u32, value: &Value, read: &mut ReadFlows) {
    if let Some(lost) = value.get("lost_events") {
        let count = lost.get("num_events_lost").map_or(1, |count| match count {
            Value::Str(text) => text.parse().unwrap_or(1),
            other => other.as_i64().and_then(|count| u64::try_from(count).ok()).unwrap_or(1),
        });
        read.missed = read.missed.saturating_add(count);
        return;
    }
    if value.get("node_status").is_some()
        || value.get("agent_event").is_some()
        || value.get("debug_event").is_some()
    {
        return;
    }
    let flow = value.get("flow").unwrap_or(value);
    if flow.get("source").is_none() && flow.get("destination").is_none() && flow.get("IP").is_none() {
        read.say(
            line,
            true,
            "expected a Hubble flow with `source`, `destination` or `IP`, found none of them",
        );
        return;
    }
    let Some((conns, ports)) = conns(flow) else {
        // Traffic below the transport, such as ARP, is no policy's matter.
        let what = flow.dig_str(&["Summary"]).unwrap_or("no `l4`");
        read.say(line, false, format!("not TCP, UDP, SCTP or ICMP: {}", short(what)));
        return;
    };
    match direction(flow, ports) {
        Way::Reply => {
            read.replies += 1;
            return;
        }
        Way::Request => {}
        Way::Unclear => {
            read.say(line, false, "Hubble does not say whether this is a reply; it is read as a request");
        }
    }
    let outcome = match flow.get("verdict").and_then(Value::as_str) {
        // AUDIT went through, though a policy in audit mode would have dropped it.
        Some("FORWARDED" | "AUDIT" | "REDIRECTED" | "TRACED" | "TRANSLATED") => Outcome::Allowed,
        Some("DROPPED" | "ERROR") => Outcome::Denied,
        other => {
            let other = other.unwrap_or("nothing");
            read.say(
                line,
                false,
                format!("the verdict is {}, so it is not known whether it went through", short(other)),
            );
            Outcome::Unknown
        }
    };
    let mut from = end(flow, "source");
    let mut to = end(flow, "destination");
    if from.special == Some(Special::Health) || to.special == Some(Special::Health) {
        return;
    }
    // `host` is the node that saw the flow, which is the other pod's own node.
    if from.special.is_some() && to.special.is_some() {
        for end in [&mut from, &mut to] {
            if end.special == Some(Special::OwnNode) {
                end.special = Some(Special::Node);
            }
        }
    }
    read.flows.push(Flow {
        line,
        time: time(flow.get("time")).or_else(|| time(value.get("time"))),
        from,
        to,
        conns,
        outcome,
        count: 1,
    });
}

enum Way {
    Request,
    Reply,
    Unclear,
}

/// Whether the packet goes to whoever was asked. Only a reply has the client's own port as destination.
fn direction(flow: &Value, ports: Option<(u16, u16)>) -> Way {
    let reply = flow.get("is_reply").or_else(|| flow.get("reply"));
    match reply.and_then(|value| value.as_bool().or_else(|| value.get("value").and_then(Value::as_bool))) {
        Some(true) => return Way::Reply,
        Some(false) => return Way::Request,
        None => {}
    }
    if let Some(flags) = flow.dig(&["l4", "TCP", "flags"]) {
        let has = |name: &str| flags.get(name).and_then(Value::as_bool) == Some(true);
        match (has("SYN"), has("ACK")) {
            (true, false) => return Way::Request,
            (true, true) => return Way::Reply,
            _ => {}
        }
    }
    match flow.dig_str(&["l7", "type"]) {
        Some("REQUEST") => return Way::Request,
        Some("RESPONSE") => return Way::Reply,
        _ => {}
    }
    // The least port that Linux gives to clients.
    const CLIENTS: u16 = 32_768;
    match ports {
        Some((source, destination)) if source < CLIENTS && destination >= CLIENTS => Way::Reply,
        Some((source, destination)) if source >= CLIENTS && destination < CLIENTS => Way::Request,
        Some(_) => Way::Unclear,
        None => Way::Request,
    }
}

/// The destination port as connections, with the ports of both ends.
fn conns(flow: &Value) -> Option<(Conns, Option<(u16, u16)>)> {
    let l4 = flow.get("l4")?;
    for protocol in Protocol::ALL {
        if let Some(ports) = l4.get(protocol.name()) {
            let destination = port(ports.get("destination_port"))?;
            let source = port(ports.get("source_port"));
            return Some((Conns::one(protocol, destination), source.map(|source| (source, destination))));
        }
    }
    let icmp = l4.get("ICMPv4").or_else(|| l4.get("ICMPv6"));
    icmp.map(|_| (Conns::other_protocols(), None))
}

fn end(flow: &Value, side: &str) -> FlowEnd {
    let endpoint = flow.get(side);
    let text = |value: Option<&Value>, key: &str| {
        value.and_then(|value| value.dig_str(&[key])).unwrap_or_default().into()
    };
    let first = endpoint.and_then(|endpoint| endpoint.dig_items(&["workloads"]).first());
    let mut end = FlowEnd {
        namespace: text(endpoint, "namespace"),
        workload: text(first, "name"),
        kind: text(first, "kind"),
        pod: text(endpoint, "pod_name"),
        address: flow.dig_str(&["IP", side]).and_then(|address| address.parse().ok()),
        ..FlowEnd::default()
    };
    let names = flow.dig_items(&[if side == "source" { "source_names" } else { "destination_names" }]);
    end.names.extend(names.iter().filter_map(Value::as_str).map(|name| name.trim_end_matches('.').into()));
    let labels = endpoint.map(|endpoint| endpoint.dig_items(&["labels"])).unwrap_or_default();
    for label in labels.iter().filter_map(Value::as_str) {
        take_label(&mut end, label);
    }
    if end.special == Some(Special::World) && !end.namespace.is_empty() {
        end.special = None;
    }
    end
}

/// `k8s:app=web`, `reserved:host`, `cidr:10.0.0.0/8`.
fn take_label(end: &mut FlowEnd, label: &str) {
    let Some((source, rest)) = label.split_once(':') else { return };
    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
    match source {
        "reserved" => {
            let special = match key {
                "host" => Special::OwnNode,
                "remote-node" => Special::Node,
                "kube-apiserver" => Special::ApiServer,
                "ingress" => Special::Ingress,
                "health" => Special::Health,
                "world" | "world-ipv4" | "world-ipv6" => Special::World,
                _ => return,
            };
            // The API server is a node or outside as well: the more exact word stays.
            if end.special != Some(Special::ApiServer) {
                end.special = Some(special);
            }
        }
        "k8s" => {
            if key == "io.kubernetes.pod.namespace" {
                if end.namespace.is_empty() {
                    end.namespace = value.into();
                }
            } else if let Some(key) = key.strip_prefix("io.cilium.k8s.namespace.labels.") {
                end.namespace_labels.push((key.into(), value.into()));
            } else if !key.starts_with("io.cilium.") && !key.starts_with("io.kubernetes.") {
                end.labels.push((key.into(), value.into()));
            }
        }
        _ => {}
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(60).collect()
}
