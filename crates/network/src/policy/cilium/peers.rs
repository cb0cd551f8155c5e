//! The other ends of a rule.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::{Frame, entities, networks, selector, services};
use crate::policy::{Direction, LabelMatch, Peer};

/// The other ends of a rule.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// Meant for certain.
    pub(super) certain: Vec<Peer>,
    /// Perhaps meant.
    pub(super) uncertain: Vec<Peer>,
    /// Whether the rule names any at all. One that does and means none matches nothing: an empty list is not
    /// the same as none (CVE-2025-64715 was about this).
    pub(super) given: bool,
    /// What every peer among the endpoints must be too: `fromRequires`, `toRequires`.
    pub(super) required: Option<Vec<Peer>>,
}

/// Fields that name peers, in one direction.
pub(super) fn fields(direction: Direction) -> &'static [&'static str] {
    match direction {
        Direction::Ingress => {
            &["fromEndpoints", "fromCIDR", "fromCIDRSet", "fromEntities", "fromNodes", "fromGroups"]
        }
        Direction::Egress => &[
            "toEndpoints",
            "toCIDR",
            "toCIDRSet",
            "toEntities",
            "toNodes",
            "toGroups",
            "toServices",
            "toFQDNs",
        ],
    }
}

/// The field of the requirements.
pub(super) fn requires(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "fromRequires",
        Direction::Egress => "toRequires",
    }
}

pub(super) fn read(frame: &mut Frame<'_, '_, '_>, rule: &Value, path: &Path, direction: Direction) -> Peers {
    let mut found = Peers::default();
    let mut filled: Vec<&str> = Vec::new();
    for field in fields(direction).iter().copied().filter(|field| rule.get(field).is_some()) {
        found.given = true;
        let at = path.child(field);
        let Some(items) = frame.reader.list(rule, field, path) else {
            found.uncertain.push(Peer::Everything);
            continue;
        };
        if !items.is_empty() {
            filled.push(field);
        }
        let mut nodes = entities::Nodes::default();
        if field.ends_with("CIDR") {
            networks::read_plain(frame, rule, field, path, &mut found);
            continue;
        }
        for (index, item) in items.iter().enumerate() {
            let at = at.child(index);
            match field {
                "fromEndpoints" | "toEndpoints" => endpoint(frame, item, &at, &mut found),
                "fromCIDRSet" | "toCIDRSet" => networks::read_item(frame, item, &at, &mut found),
                "fromEntities" | "toEntities" => {
                    let name = item.as_str().unwrap_or_default();
                    entities::read(frame, name, &at, &mut found, &mut nodes);
                }
                "fromNodes" | "toNodes" => node(frame, item, &at, &mut found),
                "toServices" => services::read(frame, item, &at, &mut found),
                "toFQDNs" => name(frame, item, &at, &mut found),
                _ => {
                    frame.reader.not_modelled(
                        &at,
                        "groups of a cloud provider are not modelled",
                        "connections that hang on them are shown as unknown",
                    );
                    found.uncertain.push(Peer::World);
                }
            }
        }
        entities::settle(frame, &nodes, &at, &mut found);
    }
    if filled.len() > 1 {
        frame.reader.invalid(
            path,
            format!("{} cannot stand in one rule", filled.join(" and ")),
            "make a rule of each; Cilium refuses the policy as it is",
        );
        found.uncertain.append(&mut found.certain);
    }
    required(frame, rule, path, direction, &mut found);
    found
}

/// An endpoint selector. In a policy of a namespace it means that namespace, unless it says something of
/// namespaces itself.
fn endpoint(frame: &mut Frame<'_, '_, '_>, item: &Value, path: &Path, found: &mut Peers) {
    let Some(selector) = selector::read(frame.reader, item, path) else {
        found.uncertain.push(Peer::Everything);
        return;
    };
    let mut keys = Vec::new();
    selector.keys(&mut keys);
    if keys.iter().any(|key| key.starts_with(selector::RESERVED)) {
        if let Some(name) = selector::entity(&selector) {
            let mut nodes = entities::Nodes::default();
            entities::read(frame, name, path, found, &mut nodes);
            entities::settle(frame, &nodes, path, found);
        } else {
            frame.reader.not_modelled(
                path,
                "labels `reserved:` beside others are not modelled",
                "name the entity with fromEntities or toEntities",
            );
            found.uncertain.push(Peer::Everything);
        }
        return;
    }
    let pods = pods(frame, selector, &keys);
    if pods.is_none() {
        selector::not_known(frame.reader, path);
        found.uncertain.push(Peer::all_pods());
    }
    found.certain.extend(pods);
}

fn pods(frame: &Frame<'_, '_, '_>, selector: LabelMatch, keys: &[CompactString]) -> Option<Peer> {
    let own = !frame.namespace.is_empty() && !keys.iter().any(|key| selector::is_of_namespace(key));
    let selector = if own {
        LabelMatch::All(vec![LabelMatch::equals(selector::NAMESPACE, &frame.namespace), selector])
    } else {
        selector
    };
    frame.endpoints().pods(&selector)
}

fn node(frame: &mut Frame<'_, '_, '_>, item: &Value, path: &Path, found: &mut Peers) {
    let labels = selector::read(frame.reader, item, path).map(|labels| selector::plain(&labels));
    frame.reader.not_modelled(
        path,
        "selecting nodes takes an option of Cilium (enable-node-selector-labels) that is not known here",
        "connections that hang on it are shown as unknown",
    );
    found.uncertain.push(Peer::Nodes(labels.unwrap_or_else(LabelMatch::everything)));
}

/// A domain name, or a pattern of them.
fn name(frame: &mut Frame<'_, '_, '_>, item: &Value, path: &Path, found: &mut Peers) {
    let wrong = |found: &mut Peers| found.uncertain.push(Peer::World);
    if frame.reader.mapping(item, path).is_none()
        || !frame.reader.only_fields(item, path, &["matchName", "matchPattern"])
    {
        return wrong(found);
    }
    let given = [("matchName", item.get("matchName")), ("matchPattern", item.get("matchPattern"))];
    let mut names = Vec::new();
    for (field, value) in given {
        let Some(text) = value.and_then(Value::as_str).filter(|text| !text.is_empty()) else { continue };
        let allowed = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'.')
                || (byte == b'*' && field == "matchPattern")
        };
        if !text.bytes().all(allowed) {
            let fix = "write a name such as api.example.com as matchName, or with `*` as matchPattern";
            frame.reader.invalid(&path.child(field), format!("{text:?} is no domain name"), fix);
            return wrong(found);
        }
        names.push(CompactString::from(text.trim_end_matches('.').to_ascii_lowercase()));
    }
    if names.len() == 1 {
        found.certain.push(Peer::Names(names));
    } else {
        frame.reader.invalid(
            path,
            "exactly one of matchName and matchPattern must be given",
            "keep one of them",
        );
        wrong(found);
    }
}

/// Requirements. Cilium added them to every rule for the same pods, and has taken them out of the API since.
fn required(
    frame: &mut Frame<'_, '_, '_>,
    rule: &Value,
    path: &Path,
    direction: Direction,
    found: &mut Peers,
) {
    let field = requires(direction);
    if rule.get(field).is_none() {
        return;
    }
    let at = path.child(field);
    frame.reader.not_modelled(
        &at,
        format!("`{field}` is not known to newer versions of Cilium"),
        "put the labels into the selectors of the rules; what hangs on it is shown as unknown",
    );
    let items = frame.reader.list(rule, field, path).unwrap_or_default();
    let mut required = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(selector) = selector::read(frame.reader, item, &at.child(index)) else { continue };
        let mut keys = Vec::new();
        selector.keys(&mut keys);
        required.extend(pods(frame, selector, &keys));
    }
    found.required = Some(required);
}
