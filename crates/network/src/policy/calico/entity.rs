//! One end of a rule: `source` or `destination`.

use ironhull_value::{Path, Value};

use super::selector::{self, Selects};
use super::{Frame, endpoints};
use crate::algebra::{AddressSet, Conns, PortSet, Protocol};
use crate::policy::context::networks;
use crate::policy::reader::Reader;
use crate::policy::{LabelMatch, Namespaces, Peer, PortMatch, Ports};

/// What a rule asks of one end.
pub(super) struct Entity {
    /// Any of these; `None` if it asks nothing.
    pub(super) peers: Option<Vec<Peer>>,
    /// The ports that come with a service.
    pub(super) service_ports: Option<Ports>,
    /// Whether all was understood. If not, `peers` may be too wide and never too narrow.
    pub(super) certain: bool,
    /// The networks it must be in, where it names any.
    pub(super) networks: Option<AddressSet>,
}

const FIELDS: [&str; 10] = [
    "nets",
    "notNets",
    "selector",
    "notSelector",
    "namespaceSelector",
    "serviceAccounts",
    "services",
    "ports",
    "notPorts",
    "domains",
];

/// The selector in a field. `Err`, with a problem, if it is none.
pub(super) fn read_selector(
    reader: &mut Reader<'_>,
    owner: &Value,
    field: &str,
    path: &Path,
    selects: Selects,
) -> Result<Option<LabelMatch>, ()> {
    let Some(value) = owner.get(field) else { return Ok(None) };
    let Some(text) = value.as_str() else {
        reader.invalid(
            &path.child(field),
            format!("`{field}` is not a text"),
            "write a selector such as \"app == 'web'\"",
        );
        return Err(());
    };
    if text.is_empty() {
        return Ok(None);
    }
    selector::parse(text, selects).map(Some).map_err(|error| {
        reader.invalid(
            &path.child(field),
            format!("{text:?} is not a selector: {error}"),
            "write a selector such as \"app == 'web' && has(tier)\"",
        );
    })
}

/// What a selector means: pods, and the addresses of network sets.
struct Selected {
    peers: Vec<Peer>,
    certain: bool,
}

fn selected(frame: &Frame<'_, '_, '_>, selector: &LabelMatch) -> Selected {
    let mut found = Selected { peers: Vec::new(), certain: true };
    let pods = endpoints(frame.context).pods(selector);
    found.certain = pods.is_some();
    found.peers.push(pods.unwrap_or_else(Peer::all_pods));
    let mut set = AddressSet::none();
    for network_set in frame.context.sets.iter().filter(|set| set.matches(selector)) {
        set = set.union(&network_set.networks);
        found.certain &= network_set.certain;
    }
    if !set.is_empty() {
        found.peers.push(Peer::Addresses { set, pods: true });
    }
    found
}

pub(super) fn read(frame: &mut Frame<'_, '_, '_>, rule: &Value, field: &str, path: &Path) -> Entity {
    let mut entity = Entity { peers: None, service_ports: None, certain: true, networks: None };
    let Some(value) = rule.get(field) else { return entity };
    let path = path.child(field);
    if frame.reader.mapping(value, &path).is_none() {
        entity.certain = false;
        return entity;
    }
    entity.certain = frame.reader.only_fields(value, &path, &FIELDS);
    if value.get("domains").is_some() {
        entity.certain = false;
        frame.reader.not_modelled(
            &path.child("domains"),
            "`domains` is not part of the open API and not modelled",
            "connections that hang on it are shown as unknown",
        );
    }
    let mut any: Option<Vec<Peer>> = None;
    let mut also: Vec<Peer> = Vec::new();
    if let Some(positive) = positive(frame, value, &path, &mut entity.certain) {
        let found = selected(frame, &positive);
        entity.certain &= found.certain;
        any = Some(found.peers);
    }
    match read_selector(frame.reader, value, "notSelector", &path, Selects::Endpoints) {
        Ok(None) => {}
        Ok(Some(negative)) => {
            let found = selected(frame, &negative);
            if found.certain {
                also.extend(found.peers.into_iter().map(|peer| Peer::Not(Box::new(peer))));
            }
            entity.certain &= found.certain;
        }
        Err(()) => entity.certain = false,
    }
    for field in ["nets", "notNets"] {
        if value.get(field).and_then(Value::as_array).is_some_and(<[Value]>::is_empty)
            || value.get(field).is_none()
        {
            continue;
        }
        let (set, all) = networks(frame.reader, value, field, &path);
        if !all {
            // Half a list would be too narrow.
            entity.certain = false;
            continue;
        }
        if field == "nets" {
            entity.networks = Some(set.clone());
            also.push(Peer::Addresses { set, pods: true });
        } else {
            also.push(Peer::Not(Box::new(Peer::Addresses { set, pods: true })));
        }
    }
    if let Some(service) = value.get("services") {
        match services(frame, service, &path.child("services")) {
            Some((pods, ports)) => {
                also.push(pods);
                entity.service_ports = Some(ports);
            }
            None => entity.certain = false,
        }
    }
    entity.peers = combined(any, also);
    entity
}

/// `any` of some peers, each together with all of the others.
fn combined(any: Option<Vec<Peer>>, also: Vec<Peer>) -> Option<Vec<Peer>> {
    match (any, also.is_empty()) {
        (any, true) => any,
        (None, false) => Some(vec![together(also)]),
        (Some(any), false) => Some(
            any.into_iter()
                .map(|peer| together(std::iter::once(peer).chain(also.iter().cloned()).collect()))
                .collect(),
        ),
    }
}

pub(super) fn together(mut parts: Vec<Peer>) -> Peer {
    if parts.len() == 1 { parts.remove(0) } else { Peer::All(parts) }
}

/// The selector, the namespace selector and the accounts as one selector. In a policy of a namespace any of
/// them, and `notSelector` too, keeps the rule to that namespace unless it names namespaces itself
/// (`getEndpointSelector` in `updateprocessors/rules.go`).
fn positive(
    frame: &mut Frame<'_, '_, '_>,
    value: &Value,
    path: &Path,
    certain: &mut bool,
) -> Option<LabelMatch> {
    let mut read = |reader: &mut Reader<'_>, field: &str, selects| {
        read_selector(reader, value, field, path, selects).unwrap_or_else(|()| {
            *certain = false;
            None
        })
    };
    let selector = read(frame.reader, "selector", Selects::Endpoints);
    let namespaces = read(frame.reader, "namespaceSelector", Selects::Namespaces);
    let accounts = accounts(frame, value, path, certain);
    let given = |field: &str| value.get(field).is_some_and(|value| value.as_str() != Some(""));
    let mut parts = Vec::new();
    if given("namespaceSelector") {
        parts.extend(namespaces);
    } else if !frame.namespace.is_empty() && (given("selector") || given("notSelector") || accounts.is_some())
    {
        parts.push(LabelMatch::equals(selector::NAMESPACE, &frame.namespace));
    }
    parts.extend(accounts);
    parts.extend(selector);
    match parts.len() {
        0 => None,
        1 => Some(parts.remove(0)),
        _ => Some(LabelMatch::All(parts)),
    }
}

fn accounts(
    frame: &mut Frame<'_, '_, '_>,
    value: &Value,
    path: &Path,
    certain: &mut bool,
) -> Option<LabelMatch> {
    let value = value.get("serviceAccounts")?;
    let path = path.child("serviceAccounts");
    if frame.reader.mapping(value, &path).is_none()
        || !frame.reader.only_fields(value, &path, &["names", "selector"])
    {
        *certain = false;
        return None;
    }
    let mut parts = Vec::new();
    match read_selector(frame.reader, value, "selector", &path, Selects::Accounts) {
        Ok(selector) => parts.extend(selector),
        Err(()) => *certain = false,
    }
    let Some(names) = frame.reader.list(value, "names", &path) else {
        *certain = false;
        return None;
    };
    let mut known = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let at = path.child("names").child(index);
        let Some(name) = frame.reader.text(Some(name), &at, "the name of an account") else {
            *certain = false;
            return None;
        };
        known.push(name);
    }
    if !known.is_empty() {
        known.sort_unstable();
        parts.push(LabelMatch::In("projectcalico.org/serviceaccount".into(), known));
    }
    match parts.len() {
        0 => None,
        1 => Some(parts.remove(0)),
        _ => Some(LabelMatch::All(parts)),
    }
}

/// The pods behind a service, and its ports on them.
fn services(frame: &mut Frame<'_, '_, '_>, value: &Value, path: &Path) -> Option<(Peer, Ports)> {
    frame.reader.mapping(value, path)?;
    if !frame.reader.only_fields(value, path, &["name", "namespace"]) {
        return None;
    }
    let name = frame.reader.text(value.get("name"), &path.child("name"), "the name of a Service")?;
    let namespace = value.get("namespace").and_then(Value::as_str).filter(|namespace| !namespace.is_empty());
    let namespace = namespace.map_or_else(|| frame.namespace.clone(), Into::into);
    if namespace.is_empty() {
        frame.reader.invalid(
            &path.child("namespace"),
            "the Service has no namespace",
            "name the namespace of the Service",
        );
        return None;
    }
    let Some(pods) =
        frame.context.service(&namespace, &name).and_then(|service| Some((service, service.pods()?)))
    else {
        frame.reader.not_modelled(
            path,
            format!("the Service {namespace}/{name} is not among the objects, or it has no selector"),
            "give the manifest of the Service too; connections that hang on it are shown as unknown",
        );
        return None;
    };
    let (service, pods) = pods;
    let ports = service.object.value.dig_items(&["spec", "ports"]).iter().filter_map(service_port).collect();
    Some((Peer::Pods { namespaces: Namespaces::One(namespace), pods }, Ports::only(ports)))
}

/// A port of a service as its pods see it.
fn service_port(port: &Value) -> Option<PortMatch> {
    let protocol = port.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of)?;
    match port.get("targetPort").or_else(|| port.get("port"))? {
        Value::Str(name) => Some(PortMatch::Named { protocol: Some(protocol), name: name.clone() }),
        number => {
            let number = u16::try_from(number.as_i64()?).ok()?;
            Some(PortMatch::Numbers(Conns::of(protocol, PortSet::one(number))))
        }
    }
}
