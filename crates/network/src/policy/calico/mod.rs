//! Calico: `projectcalico.org/v3`, and the same objects as `crd.projectcalico.org/v1`.
//!
//! Semantics: `api/pkg/apis/projectcalico/v3` for the fields, `libcalico-go/lib/backend/syncersv1` for what
//! selectors come down to. Tiers are stages; a tier ends with a refusal for whoever one of its policies
//! selects, unless its `defaultAction` is Pass. NetworkPolicy of Kubernetes stands in the tier `default`
//! with the order 1000.

mod entity;
mod ports;
mod rule;
pub mod selector;
mod tier;

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use self::rule::Side as RuleSide;
use self::selector::Selects;
pub(super) use self::tier::{add_namespace_labels, read_set, read_tier};
use super::context::Context;
use super::endpoints::{Asks, Endpoints, NAMESPACE_NAME};
use super::reader::{Reader, shown};
use super::{Direction, LabelMatch, Namespaces, Order, Peer, Policy, Side, Stage};
use crate::input::namespace_of;

/// The API groups: the one for users, and the one in which the objects are stored.
pub(super) const GROUPS: [&str; 2] = ["projectcalico.org", "crd.projectcalico.org"];

/// The kind of Calico's NetworkPolicy here, apart from the one of Kubernetes.
pub const NETWORK_POLICY: &str = "NetworkPolicy.projectcalico.org";

/// What the keys of selectors ask for.
fn asks(key: &str) -> Asks<'_> {
    match key {
        selector::NAMESPACE | "pcns.projectcalico.org/name" => Asks::Namespace(NAMESPACE_NAME),
        "projectcalico.org/serviceaccount" | "pcsa.projectcalico.org/name" => Asks::Account,
        "projectcalico.org/orchestrator" => Asks::Fixed(Some("k8s")),
        _ => match (key.strip_prefix("pcns."), key.strip_prefix("pcsa.")) {
            (Some(key), _) => Asks::Namespace(key),
            (_, Some(key)) => Asks::AccountLabel(key),
            _ => Asks::Pod(key),
        },
    }
}

fn endpoints(context: &Context) -> Endpoints<'_> {
    Endpoints { context, asks }
}

/// Reads a NetworkPolicy or, with `global`, a GlobalNetworkPolicy; staged ones too.
pub(super) fn read(reader: &mut Reader<'_>, context: &Context, global: bool) -> Vec<Policy> {
    let object = reader.object;
    let path = Path::root().child("spec");
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let mut certain = spec.is_null() || reader.mapping(spec, &path).is_some();
    certain &= reader.only_fields(spec, &path, &known_fields(global, object.key.kind.starts_with("Staged")));
    let namespace = if global { CompactString::default() } else { namespace_of(object) };
    if global && !for_pods(reader, spec, &path) {
        return Vec::new();
    }
    let subject = subject(reader, spec, &path, &namespace, context, &mut certain);
    let (stage, passes) = stage(reader, spec, &path, context, &mut certain);
    let rank = rank(reader, spec, &path, &mut certain);
    let types = types(reader, spec, &path, &mut certain);
    let frame = Frame { reader, namespace, context };
    let sides = rule::read_sides(frame, spec, &path, &types);
    let name = object.key.name.clone();
    let policy = |part: u16, subject: Peer, ingress: Option<Side>, egress: Option<Side>| Policy {
        object: Some(object.clone()),
        kind: super::kind_name(&object.key.group, &object.key.kind),
        namespace: if global { CompactString::default() } else { namespace_of(object) },
        order: Order { stage: stage.clone(), rank, name: name.clone(), part },
        name: name.clone(),
        subject,
        certain_subject: certain,
        ingress,
        egress,
    };
    assemble(&subject, !passes, sides, policy)
}

/// Where a policy is read and what it may refer to.
struct Frame<'r, 'o, 'c> {
    reader: &'r mut Reader<'o>,
    /// Empty for a policy of the whole cluster.
    namespace: CompactString,
    context: &'c Context,
}

/// Rules that look at both ends do not select all pods of the policy: these become parts of their own, in
/// the order of the rules.
fn assemble(
    subject: &Peer,
    isolates: bool,
    sides: Vec<(Direction, Vec<RuleSide>)>,
    policy: impl Fn(u16, Peer, Option<Side>, Option<Side>) -> Policy,
) -> Vec<Policy> {
    let (mut ingress, mut egress) = (None, None);
    let mut later: Vec<(Direction, Peer, Side)> = Vec::new();
    for (direction, runs) in sides {
        let mut first = Side { isolates, rules: Vec::new() };
        for (place, run) in runs.into_iter().enumerate() {
            match run.own {
                None if place == 0 => first.rules = run.rules,
                own => {
                    let own =
                        own.map_or_else(|| subject.clone(), |own| Peer::All(vec![subject.clone(), own]));
                    later.push((direction, own, Side { isolates: false, rules: run.rules }));
                }
            }
        }
        match direction {
            Direction::Ingress => ingress = Some(first),
            Direction::Egress => egress = Some(first),
        }
    }
    let mut found = vec![policy(0, subject.clone(), ingress, egress)];
    for (part, (direction, own, side)) in (1..u16::MAX).zip(later) {
        found.push(match direction {
            Direction::Ingress => policy(part, own, Some(side), None),
            Direction::Egress => policy(part, own, None, Some(side)),
        });
    }
    found
}

fn known_fields(global: bool, staged: bool) -> Vec<&'static str> {
    let mut known = vec![
        "tier",
        "order",
        "selector",
        "types",
        "ingress",
        "egress",
        "serviceAccountSelector",
        "performanceHints",
    ];
    if global {
        known.extend(["namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward"]);
    }
    if staged {
        known.push("stagedAction");
    }
    known
}

/// Whether the policy is about pods at all: those before connection tracking and before DNAT are only about
/// the interfaces of hosts.
fn for_pods(reader: &mut Reader<'_>, spec: &Value, path: &Path) -> bool {
    let mut for_pods = true;
    for field in ["doNotTrack", "preDNAT", "applyOnForward"] {
        let Some(value) = spec.get(field) else { continue };
        match value.as_bool() {
            Some(false) => {}
            Some(true) => {
                for_pods &= field == "applyOnForward";
                reader.not_modelled(
                    &path.child(field),
                    format!(
                        "policies with `{field}` are about the interfaces of hosts, which are not modelled"
                    ),
                    "nothing to do for pods; traffic of host endpoints is left out of every answer",
                );
            }
            None => reader.invalid(
                &path.child(field),
                format!("`{field}` is {}", shown(value)),
                "write true or false",
            ),
        }
    }
    for_pods
}

fn subject(
    reader: &mut Reader<'_>,
    spec: &Value,
    path: &Path,
    namespace: &CompactString,
    context: &Context,
    certain: &mut bool,
) -> Peer {
    let mut parts = Vec::new();
    for (field, selects) in [
        ("selector", Selects::Endpoints),
        ("namespaceSelector", Selects::Namespaces),
        ("serviceAccountSelector", Selects::Accounts),
    ] {
        match entity::read_selector(reader, spec, field, path, selects) {
            Ok(found) => parts.extend(found),
            Err(()) => *certain = false,
        }
    }
    if !namespace.is_empty() {
        parts.push(LabelMatch::equals(selector::NAMESPACE, namespace));
    }
    endpoints(context).pods(&LabelMatch::All(parts)).unwrap_or_else(|| {
        *certain = false;
        match namespace.as_str() {
            "" => Peer::all_pods(),
            name => Peer::Pods { namespaces: Namespaces::One(name.into()), pods: LabelMatch::everything() },
        }
    })
}

/// The stage of the policy's tier, and whether the tier passes on what it does not decide.
fn stage(
    reader: &mut Reader<'_>,
    spec: &Value,
    path: &Path,
    context: &Context,
    certain: &mut bool,
) -> (Stage, bool) {
    let name = match spec.get("tier") {
        None => "default",
        Some(value) => value.as_str().unwrap_or_else(|| {
            *certain = false;
            reader.invalid(
                &path.child("tier"),
                format!("tier is {}", shown(value)),
                "write the name of a Tier",
            );
            ""
        }),
    };
    let name = if name.is_empty() { "default" } else { name };
    let known = context.tiers.get(name);
    let order = match name {
        "default" => Some(Stage::network_policy().order),
        "adminnetworkpolicy" | "kube-admin" => Some(Stage::admin().order),
        "baselineadminnetworkpolicy" | "kube-baseline" => Some(Stage::baseline().order),
        _ => {
            if known.is_none() {
                reader.not_modelled(
                    &path.child("tier"),
                    format!("the Tier {name:?} is not among the objects, so that its place is not known"),
                    format!("give the manifest of the Tier {name:?} too"),
                );
            }
            known.and_then(|tier| tier.order)
        }
    };
    let passes = match known {
        Some(tier) => tier.passes,
        None => Some(false),
    };
    *certain &= order.is_some() && passes.is_some();
    // What may stand anywhere is asked first: then it leaves nothing certain behind that it could change.
    (Stage { order: order.unwrap_or(f64::NEG_INFINITY), name: name.into() }, passes.unwrap_or(false))
}

fn rank(reader: &mut Reader<'_>, spec: &Value, path: &Path, certain: &mut bool) -> f64 {
    let Some(value) = spec.get("order") else { return f64::INFINITY };
    value.as_f64().unwrap_or_else(|| {
        *certain = false;
        reader.invalid(&path.child("order"), format!("order is {}", shown(value)), "write a number");
        f64::NEG_INFINITY
    })
}

/// The directions: what `types` says, else those that have rules, else ingress.
fn types(reader: &mut Reader<'_>, spec: &Value, path: &Path, certain: &mut bool) -> Vec<Direction> {
    let Some(types) = reader.list(spec, "types", path) else {
        *certain = false;
        return Direction::BOTH.to_vec();
    };
    if types.is_empty() {
        let has = |field: &str| {
            spec.get(field).is_some_and(|rules| rules.as_array().is_none_or(|rules| !rules.is_empty()))
        };
        return match (has("ingress"), has("egress")) {
            (true, true) => Direction::BOTH.to_vec(),
            (false, true) => vec![Direction::Egress],
            (_, false) => vec![Direction::Ingress],
        };
    }
    let mut found = Vec::new();
    for (index, item) in types.iter().enumerate() {
        match Direction::BOTH.into_iter().find(|direction| item.as_str() == Some(direction.name())) {
            Some(direction) if found.contains(&direction) => {}
            Some(direction) => found.push(direction),
            None => {
                *certain = false;
                let at = path.child("types").child(index);
                reader.invalid(
                    &at,
                    format!("type {} is not Ingress or Egress", shown(item)),
                    "write Ingress or Egress",
                );
            }
        }
    }
    if *certain { found } else { Direction::BOTH.to_vec() }
}

/// What a staged policy would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StagedAction {
    /// Be there.
    Set,
    /// Be gone.
    Delete,
    /// Nothing.
    Ignore,
}

/// Says of a staged policy that it is not enforced, and what it would do.
pub(super) fn read_staged(reader: &mut Reader<'_>) -> StagedAction {
    let path = Path::root().keys(&["spec", "stagedAction"]);
    let action = reader.object.value.at(&path).and_then(Value::as_str);
    reader.not_modelled(
        &Path::root().child("kind"),
        "staged policies are not enforced: this one changes no answer",
        "ask for the state with staged policies enforced to see what it would change",
    );
    match action {
        None | Some("Set" | "Learn") => StagedAction::Set,
        Some("Delete") => StagedAction::Delete,
        Some("Ignore") => StagedAction::Ignore,
        Some(other) => {
            let message = format!("stagedAction is {other:?}");
            reader.invalid(&path, message, "write Set, Delete, Learn or Ignore");
            StagedAction::Set
        }
    }
}
