//! Cilium: `cilium.io/v2` CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.
//!
//! Semantics: `pkg/policy/api` for the fields and what of them goes together, `pkg/policy/rule.go` for what
//! rules without a peer or without ports allow, `pkg/k8s/apis/cilium.io/utils` for namespaces. Rules that
//! deny win over every rule that allows, whatever policy it stands in: they become policies of their own,
//! asked before all others of the stage of NetworkPolicy.

mod entities;
mod networks;
mod peers;
mod ports;
mod rule;
mod selector;
mod services;

use compact_str::CompactString;
use ironhull_value::{Path, Value};

pub(super) use self::networks::read_cidr_group;
use super::context::Context;
use super::endpoints::Endpoints;
use super::reader::{Reader, shown};
use super::{Action, Direction, LabelMatch, Namespaces, Order, Peer, Policy, Rule, Side, Stage};
use crate::input::namespace_of;

/// The API group.
pub(super) const GROUP: &str = "cilium.io";

/// Where a rule is read and what it may refer to.
struct Frame<'r, 'o, 'c> {
    reader: &'r mut Reader<'o>,
    /// Empty for a policy of the whole cluster.
    namespace: CompactString,
    context: &'c Context,
}

impl Frame<'_, '_, '_> {
    fn endpoints(&self) -> Endpoints<'_> {
        Endpoints { context: self.context, asks: selector::asks }
    }
}

/// Reads a policy: `spec`, and every one of `specs`.
pub(super) fn read(reader: &mut Reader<'_>, context: &Context, global: bool) -> Vec<Policy> {
    let object = reader.object;
    let namespace = if global { CompactString::default() } else { namespace_of(object) };
    let mut specs: Vec<(Path, &Value)> = Vec::new();
    specs.extend(object.value.get("spec").map(|spec| (Path::root().child("spec"), spec)));
    if let Some(items) = reader.list(&object.value, "specs", &Path::root()) {
        let at = Path::root().child("specs");
        specs.extend(items.iter().enumerate().map(|(index, spec)| (at.child(index), spec)));
    }
    if specs.is_empty() {
        reader.invalid(
            &Path::root().child("spec"),
            "the policy has neither spec nor specs",
            "write its rules under `spec`",
        );
    }
    let mut found: Vec<Policy> = Vec::new();
    for (path, spec) in specs {
        let frame = Frame { reader: &mut *reader, namespace: namespace.clone(), context };
        for draft in read_spec(frame, spec, &path) {
            let name = object.key.name.clone();
            let part = u16::try_from(found.len()).unwrap_or(u16::MAX);
            let stage = Stage::network_policy();
            found.push(Policy {
                object: Some(object.clone()),
                kind: object.key.kind.clone(),
                namespace: namespace.clone(),
                order: Order { stage, rank: draft.rank, name: name.clone(), part },
                name,
                subject: draft.subject,
                certain_subject: draft.certain,
                ingress: draft.ingress,
                egress: draft.egress,
            });
        }
    }
    found
}

/// What becomes a policy.
struct Draft {
    rank: f64,
    subject: Peer,
    certain: bool,
    ingress: Option<Side>,
    egress: Option<Side>,
}

const FIELDS: [&str; 10] = [
    "endpointSelector",
    "nodeSelector",
    "ingress",
    "ingressDeny",
    "egress",
    "egressDeny",
    "labels",
    "description",
    "enableDefaultDeny",
    "log",
];

fn read_spec(mut frame: Frame<'_, '_, '_>, spec: &Value, path: &Path) -> Vec<Draft> {
    if frame.reader.mapping(spec, path).is_none() {
        return Vec::new();
    }
    let mut certain = frame.reader.only_fields(spec, path, &FIELDS);
    let subject = subject(&mut frame, spec, path, &mut certain);
    let (mut allow, mut deny) = ([None, None], [None, None]);
    let mut any_rules = false;
    for direction in Direction::BOTH {
        let read = read_direction(&mut frame, spec, path, direction, &mut certain);
        any_rules |= read.given;
        if read.isolates || !read.allows.is_empty() {
            allow[direction as usize] = Some(Side { isolates: read.isolates, rules: read.allows });
        }
        if !read.denies.is_empty() {
            deny[direction as usize] = Some(Side { isolates: false, rules: read.denies });
        }
    }
    if !any_rules {
        frame.reader.invalid(
            path,
            "the policy has no rule in any direction and does nothing",
            "write `ingress: [{}]` or `egress: [{}]` to allow nothing",
        );
    }
    let draft = |rank, [ingress, egress]: [Option<Side>; 2]| Draft {
        rank,
        subject: subject.clone(),
        certain,
        ingress,
        egress,
    };
    let mut found = Vec::new();
    if deny.iter().any(Option::is_some) {
        found.push(draft(f64::NEG_INFINITY, deny));
    }
    found.push(draft(1_000.0, allow));
    found
}

fn subject(frame: &mut Frame<'_, '_, '_>, spec: &Value, path: &Path, certain: &mut bool) -> Peer {
    let everything = |frame: &Frame<'_, '_, '_>| match frame.namespace.as_str() {
        "" => Peer::all_pods(),
        name => Peer::Pods { namespaces: Namespaces::One(name.into()), pods: LabelMatch::everything() },
    };
    match (spec.get("endpointSelector"), spec.get("nodeSelector")) {
        (Some(value), None) => {
            let at = path.child("endpointSelector");
            let selector = selector::read(frame.reader, value, &at);
            let selected = selector.and_then(|selector| {
                let mut parts = match selector {
                    LabelMatch::All(parts) => parts,
                    one => vec![one],
                };
                if !frame.namespace.is_empty() {
                    own_namespace(frame, value, &at, &mut parts);
                }
                let found = frame.endpoints().pods(&LabelMatch::All(parts));
                if found.is_none() {
                    selector::not_known(frame.reader, &at);
                }
                found
            });
            *certain &= selected.is_some();
            selected.unwrap_or_else(|| everything(frame))
        }
        (None, Some(value)) => {
            *certain = false;
            let at = path.child("nodeSelector");
            frame.reader.not_modelled(
                &at,
                "policies for nodes are not modelled",
                "what nodes and pods in the node's network may do is shown as unknown",
            );
            let labels = selector::read(frame.reader, value, &at).map(|labels| selector::plain(&labels));
            Peer::Nodes(labels.unwrap_or_else(LabelMatch::everything))
        }
        (both, _) => {
            *certain = false;
            let message = if both.is_some() {
                "endpointSelector and nodeSelector exclude each other"
            } else {
                "the policy selects nothing: endpointSelector is missing"
            };
            frame.reader.invalid(
                &path.child("endpointSelector"),
                message,
                "write `endpointSelector: {}` to select every pod of the namespace",
            );
            everything(frame)
        }
    }
}

/// Keeps a policy to its namespace. Cilium writes over another one in `matchLabels`.
fn own_namespace(frame: &mut Frame<'_, '_, '_>, value: &Value, path: &Path, parts: &mut Vec<LabelMatch>) {
    const KEY: &str = "k8s:io.kubernetes.pod.namespace";
    if let Some(other) = value.dig_str(&["matchLabels", KEY]).filter(|other| *other != frame.namespace) {
        frame.reader.invalid(
            &path.keys(&["matchLabels", KEY]),
            format!("the policy selects pods of its own namespace, not of {other:?}: Cilium ignores this"),
            "remove it, or move the policy there",
        );
        let written = LabelMatch::equals(KEY, other);
        if let Some(place) = parts.iter().position(|part| *part == written) {
            parts.remove(place);
        }
    }
    parts.push(LabelMatch::equals(selector::NAMESPACE, &frame.namespace));
}

/// One direction of a policy.
struct Read {
    allows: Vec<Rule>,
    denies: Vec<Rule>,
    isolates: bool,
    /// Whether there are rules.
    given: bool,
}

fn read_direction(
    frame: &mut Frame<'_, '_, '_>,
    spec: &Value,
    path: &Path,
    direction: Direction,
    certain: &mut bool,
) -> Read {
    let (allow_field, deny_field) = match direction {
        Direction::Ingress => ("ingress", "ingressDeny"),
        Direction::Egress => ("egress", "egressDeny"),
    };
    let mut read = Read { allows: Vec::new(), denies: Vec::new(), isolates: false, given: false };
    for (field, action) in [(deny_field, Action::Deny), (allow_field, Action::Allow)] {
        let Some(items) = frame.reader.list(spec, field, path) else {
            *certain = false;
            read.given = true;
            continue;
        };
        read.given |= !items.is_empty();
        for (index, item) in items.iter().enumerate() {
            let at = path.child(field).child(index);
            rule::read(frame, item, &at, direction, action, &mut read);
        }
    }
    // An empty list is no list: it cuts nothing off (`Rule.Sanitize` in `rule_validation.go`).
    read.isolates = read.given;
    if let Some(value) = spec.get("enableDefaultDeny") {
        let at = path.child("enableDefaultDeny");
        if frame.reader.mapping(value, &at).is_none()
            || (direction == Direction::Ingress
                && !frame.reader.only_fields(value, &at, &["ingress", "egress"]))
        {
            *certain = false;
        }
        let field = direction.field();
        match value.get(field).map(|value| (value.as_bool(), value)) {
            None => {}
            Some((Some(flag), _)) => read.isolates = flag,
            Some((None, value)) => {
                *certain = false;
                frame.reader.invalid(
                    &at.child(field),
                    format!("`{field}` is {}", shown(value)),
                    "write true or false",
                );
            }
        }
    }
    read
}
