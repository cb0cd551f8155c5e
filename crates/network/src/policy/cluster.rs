//! What only ClusterNetworkPolicy (v1alpha2) has: its ports and its domain names.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::admin::read_name;
use super::reader::Reader;
use super::{Peer, PortMatch};
use crate::algebra::{Conns, PortSet, Protocol};

const PROTOCOLS: [(&str, Protocol); 3] =
    [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)];

/// One item of `protocols`: a protocol with its destination port, or a named port.
pub(super) fn read_port(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<PortMatch> {
    reader.mapping(item, path)?;
    let known = ["tcp", "udp", "sctp", "destinationNamedPort"];
    let message = "exactly one of tcp, udp, sctp and destinationNamedPort must be given";
    let field = reader.one_field(item, path, &known, message)?;
    let (at, value) = (path.child(field), item.get(field)?);
    let Some((_, protocol)) = PROTOCOLS.into_iter().find(|(name, _)| *name == field) else {
        return read_name(reader, value, &at);
    };
    reader.mapping(value, &at)?;
    if !reader.only_fields(value, &at, &["destinationPort"]) {
        return None;
    }
    let Some(port) = value.get("destinationPort") else {
        // The CRD demands a field, its documentation says that none means every port.
        return Some(PortMatch::Numbers(Conns::of(protocol, PortSet::all())));
    };
    let at = at.child("destinationPort");
    reader.mapping(port, &at)?;
    if !reader.only_fields(port, &at, &["number", "range"]) {
        return None;
    }
    match (port.get("number"), port.get("range")) {
        (Some(number), None) => {
            let port = reader.port(number, &at.child("number"))?;
            Some(PortMatch::Numbers(Conns::of(protocol, PortSet::one(port))))
        }
        (None, Some(range)) => {
            let at = at.child("range");
            reader.mapping(range, &at)?;
            if !reader.only_fields(range, &at, &["start", "end"]) {
                return None;
            }
            let low = reader.port(range.get("start").unwrap_or(&Value::Null), &at.child("start"))?;
            let high = reader.port(range.get("end").unwrap_or(&Value::Null), &at.child("end"))?;
            if low == high {
                reader.invalid(&at, "a range must start before it ends", "write `number` for one port");
                return None;
            }
            reader.range(protocol, low, high, &at).map(PortMatch::Numbers)
        }
        _ => {
            reader.invalid(&at, "exactly one of number and range must be given", "keep one of them");
            None
        }
    }
}

/// `domainNames` of an egress peer.
pub(super) fn read_names(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<Peer> {
    let at = path.child("domainNames");
    let items = reader.list(item, "domainNames", path)?;
    let mut names = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let name = reader.text(Some(item), &at.child(index), "a domain name")?;
        if !is_domain(&name) {
            reader.invalid(
                &at.child(index),
                format!("{name:?} is not a domain name"),
                "write kubernetes.io, or *.kubernetes.io for every name below it",
            );
            return None;
        }
        names.push(name);
    }
    if names.is_empty() {
        reader.invalid(&at, "`domainNames` is empty", "list at least one name");
        return None;
    }
    Some(Peer::Names(names))
}

/// Labels of letters, digits and `-` between dots, with `*.` in front or not, and perhaps a dot at the end.
fn is_domain(name: &CompactString) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let name = name.strip_suffix('.').unwrap_or(name);
    name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}
