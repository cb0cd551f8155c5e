//! The protocol and the ports of a rule.

use ironhull_value::{Path, Value};

use crate::algebra::{Conns, PortSet, Protocol};
use crate::policy::reader::{Reader, shown};
use crate::policy::{PortMatch, Ports};

/// What `protocol` or `notProtocol` says.
enum Spoken {
    /// One that has ports here.
    With(Protocol),
    /// ICMP of either family.
    Icmp,
    /// Another one, which is not told apart from ICMP.
    Other,
}

const NUMBERS: [(i64, Protocol); 3] = [(6, Protocol::Tcp), (17, Protocol::Udp), (132, Protocol::Sctp)];

/// The connections of a rule, and whether all was understood. If not, they may be too wide.
pub(super) fn read(reader: &mut Reader<'_>, rule: &Value, path: &Path) -> (Ports, bool) {
    let mut certain = true;
    let mut ports = Ports::all();
    let protocol = spoken(reader, rule, "protocol", path, &mut certain);
    let except = spoken(reader, rule, "notProtocol", path, &mut certain);
    match &protocol {
        None => {}
        Some(Spoken::With(protocol)) => {
            ports.only = Some(vec![PortMatch::Numbers(Conns::of(*protocol, PortSet::all()))]);
        }
        Some(Spoken::Icmp | Spoken::Other) => {
            ports.only = Some(vec![PortMatch::Numbers(Conns::other_protocols())]);
        }
    }
    match except {
        None => {}
        Some(Spoken::With(protocol)) => {
            ports.except.push(PortMatch::Numbers(Conns::of(protocol, PortSet::all())));
        }
        // Not quite all of the others, so that the rest stays open.
        Some(Spoken::Icmp | Spoken::Other) => certain = false,
    }
    for field in ["icmp", "notICMP"] {
        let Some(value) = rule.get(field) else { continue };
        let at = path.child(field);
        if reader.mapping(value, &at).is_none() || !reader.only_fields(value, &at, &["type", "code"]) {
            certain = false;
        } else if value.get("type").is_some() {
            certain = false;
            reader.not_modelled(
                &at,
                "types of ICMP are not told apart",
                "whether ICMP passes because of this rule is shown as unknown",
            );
        }
    }
    let destination = rule.get("destination");
    let at = path.child("destination");
    for field in ["ports", "notPorts"] {
        let Some(owner) = destination.filter(|owner| owner.as_map().is_some()) else { continue };
        let Some(items) = reader.list(owner, field, &at) else {
            certain = false;
            continue;
        };
        if items.is_empty() {
            continue;
        }
        let Some(Spoken::With(protocol)) = &protocol else {
            certain = false;
            reader.invalid(
                &at.child(field),
                "ports without a protocol that has ports",
                "write `protocol: TCP`, UDP or SCTP beside",
            );
            continue;
        };
        let mut found = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            found.extend(port(reader, item, *protocol, &at.child(field).child(index)));
        }
        if found.len() < items.len() {
            certain = false;
        } else if field == "ports" {
            ports.only = Some(found);
        } else {
            ports.except.append(&mut found);
        }
    }
    for field in ["ports", "notPorts"] {
        let items = rule.dig_items(&["source", field]);
        if !items.is_empty() {
            certain = false;
            reader.not_modelled(
                &path.child("source").child(field),
                "the ports that connections come from are not modelled",
                "connections that hang on them are shown as unknown",
            );
        }
    }
    (ports, certain)
}

fn spoken(
    reader: &mut Reader<'_>,
    rule: &Value,
    field: &str,
    path: &Path,
    certain: &mut bool,
) -> Option<Spoken> {
    let value = rule.get(field)?;
    let at = path.child(field);
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let found = match (value.as_str(), number) {
        (_, Some(1 | 58)) | (Some("ICMP" | "ICMPv6"), _) => Some(Spoken::Icmp),
        (_, Some(number @ 1..=255)) => Some(
            NUMBERS
                .iter()
                .find(|(own, _)| *own == number)
                .map_or(Spoken::Other, |(_, protocol)| Spoken::With(*protocol)),
        ),
        (Some("UDPLite"), _) => Some(Spoken::Other),
        (Some(name), None) => Protocol::of(name).map(Spoken::With),
        _ => None,
    };
    match &found {
        None => {
            *certain = false;
            reader.invalid(
                &at,
                format!("{field} {} is no protocol", shown(value)),
                "write TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite or a number from 1 to 255",
            );
        }
        Some(Spoken::Other) => {
            *certain = false;
            reader.not_modelled(
                &at,
                format!("the protocol {} is not told apart from ICMP", shown(value)),
                "whether other protocols pass because of this rule is shown as unknown",
            );
        }
        Some(Spoken::With(_) | Spoken::Icmp) => {}
    }
    found
}

/// A port, a range `a:b`, or a name.
fn port(reader: &mut Reader<'_>, item: &Value, protocol: Protocol, path: &Path) -> Option<PortMatch> {
    let range =
        |low: u16, high: u16| Some(PortMatch::Numbers(Conns::of(protocol, PortSet::range(low.max(1), high))));
    if let Some(number) = item.as_i64() {
        return match u16::try_from(number) {
            Ok(0) => Some(PortMatch::Numbers(Conns::none())),
            Ok(number) => range(number, number),
            Err(_) => reader.port(item, path).and_then(|number| range(number, number)),
        };
    }
    let Some(text) = item.as_str() else {
        reader.invalid(
            path,
            format!("port {} is none", shown(item)),
            "write a number, a range such as \"8080:8090\" or a name",
        );
        return None;
    };
    if let Some((low, high)) = text.split_once(':') {
        let (Ok(low), Ok(high)) = (low.parse::<u16>(), high.parse::<u16>()) else {
            reader.invalid(
                path,
                format!("{text:?} is no range of ports"),
                "write two numbers such as \"8080:8090\"",
            );
            return None;
        };
        if high < low {
            reader.invalid(
                path,
                format!("the range ends at {high}, before it starts at {low}"),
                format!("write \"{high}:{low}\""),
            );
            return None;
        }
        return if high == 0 { Some(PortMatch::Numbers(Conns::none())) } else { range(low, high) };
    }
    if let Ok(number) = text.parse::<u16>() {
        return if number == 0 { Some(PortMatch::Numbers(Conns::none())) } else { range(number, number) };
    }
    let good = !text.is_empty()
        && text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    if !good {
        reader.invalid(
            path,
            format!("{text:?} is no port"),
            "write a number, a range such as \"8080:8090\" or a name",
        );
        return None;
    }
    Some(PortMatch::Named { protocol: Some(protocol), name: text.into() })
}
