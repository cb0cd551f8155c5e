//! Ingress and OpenShift Route: a controller that is not among the objects sends what it gets to Services.
//!
//! The rules of which port of a Service is meant are those of netpol-analyzer under its profile, read in
//! `pkg/netpol/connlist/internal/ingressanalyzer/ingress_analyzer.go`; else those of the API.

use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::{GroupKind, Object, kinds};

use super::service::{Follow, Reader};
use super::{Door, DoorKind};
use crate::algebra::{AddressSet, Conns};
use crate::input::namespace_of;

const ROUTE: GroupKind<'static> = GroupKind::new("route.openshift.io", "Route");

/// The port of a Service, as an entry names it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted<'a> {
    /// Every port.
    Any,
    /// By number.
    Number(i64),
    /// By name.
    Name(&'a str),
}

pub(super) fn read(reader: &mut Reader<'_>) {
    for object in reader.world.of_kind(kinds::INGRESS) {
        for (path, backend) in backends(&object.value) {
            let Some(service) = backend.get("service") else {
                let what = if path.segments().len() == 2 {
                    "ignoring default backend"
                } else {
                    "ignoring rule backend without Service"
                };
                reader.note(object, &path, what);
                continue;
            };
            let name = service.dig_str(&["name"]).unwrap_or_default();
            let wanted = match (service.dig_str(&["port", "name"]), service.dig(&["port", "number"])) {
                (Some(name), _) if !name.is_empty() => Wanted::Name(name),
                (_, Some(number)) => {
                    number.as_i64().filter(|number| *number != 0).map_or(Wanted::Any, Wanted::Number)
                }
                _ => Wanted::Any,
            };
            lead(reader, object, DoorKind::Ingress, &path, name, wanted);
        }
    }
    for object in reader.world.of_kind(ROUTE) {
        let wanted = match object.value.dig(&["spec", "port", "targetPort"]) {
            Some(Value::Str(name)) if !name.is_empty() => Wanted::Name(name),
            Some(number) => number.as_i64().filter(|number| *number != 0).map_or(Wanted::Any, Wanted::Number),
            None => Wanted::Any,
        };
        let spec = Path::root().child("spec");
        let first = object.value.dig(&["spec", "to"]).map(|to| (spec.child("to"), to));
        let others = object.value.dig_items(&["spec", "alternateBackends"]).iter().enumerate();
        let others = others.map(|(index, to)| (spec.child("alternateBackends").child(index), to));
        for (place, (path, to)) in first.into_iter().chain(others).enumerate() {
            if !matches!(to.dig_str(&["kind"]), None | Some("" | "Service")) {
                let what = if place == 0 {
                    "ignoring target with unsupported kind"
                } else {
                    "ignoring alternate backend without Service"
                };
                reader.note(object, &path, what);
                continue;
            }
            let name = to.dig_str(&["name"]).unwrap_or_default();
            lead(reader, object, DoorKind::Route, &path, name, wanted);
        }
    }
}

/// The backends of an Ingress, the default first.
fn backends(ingress: &Value) -> Vec<(Path, &Value)> {
    let spec = Path::root().child("spec");
    let mut found: Vec<(Path, &Value)> = Vec::new();
    found.extend(
        ingress.dig(&["spec", "defaultBackend"]).map(|backend| (spec.child("defaultBackend"), backend)),
    );
    for (index, rule) in ingress.dig_items(&["spec", "rules"]).iter().enumerate() {
        let rules = spec.child("rules").child(index).keys(&["http", "paths"]);
        for (index, path) in rule.dig_items(&["http", "paths"]).iter().enumerate() {
            found.extend(path.get("backend").map(|backend| (rules.child(index).child("backend"), backend)));
        }
    }
    found
}

fn lead(
    reader: &mut Reader<'_>,
    object: &Arc<Object>,
    kind: DoorKind,
    path: &Path,
    name: &str,
    wanted: Wanted<'_>,
) {
    let Some(service) = reader.find(kinds::SERVICE, &namespace_of(object), name) else {
        reader.note(object, path, format!("Ignoring target service {name} : service not found"));
        return;
    };
    if service.value.dig(&["spec", "selector"]).is_none() {
        let message = format!(
            "Ignoring Service {}/{}: K8s Service without selectors is not supported",
            namespace_of(&service),
            service.key.name
        );
        reader.note(&service, &Path::root().keys(&["spec", "selector"]), message);
        return;
    }
    let as_netpol_analyzer = reader.network.profile().is_netpol_analyzer();
    let follow = if as_netpol_analyzer { Follow::TcpAsNetpolAnalyzer } else { Follow::Tcp };
    if !reader.selects(&service, follow) {
        reader.note(object, path, format!("Ignoring target service {name} : service not found"));
        return;
    }
    let targets = if as_netpol_analyzer {
        // The first port that fits, and every one where none is named.
        let ports = service.value.dig_items(&["spec", "ports"]);
        let first = ports.iter().position(|port| fits_netpol_analyzer(port, wanted, kind));
        let is_first = |port: &Value| {
            wanted == Wanted::Any
                || first.and_then(|first| ports.get(first)).is_some_and(|first| std::ptr::eq(first, port))
        };
        reader.behind(&service, &is_first, follow)
    } else {
        reader.behind(&service, &|port| fits(port, wanted, kind), follow)
    };
    let door = Door {
        kind,
        object: Arc::clone(object),
        path: path.clone(),
        service,
        clients: AddressSet::all(),
        keeps_client: false,
        addresses: Vec::new(),
        workload: 0,
        conns: Conns::none(),
    };
    reader.open(&door, targets);
}

/// An Ingress means the Service's own port; a Route its name, or the port at the pod.
fn fits(port: &Value, wanted: Wanted<'_>, kind: DoorKind) -> bool {
    let number = |field: &str| port.get(field).and_then(Value::as_i64);
    match (wanted, kind) {
        (Wanted::Any, _) => true,
        (Wanted::Number(wanted), DoorKind::Route) => {
            number("targetPort").or_else(|| number("port")) == Some(wanted)
        }
        (Wanted::Number(wanted), _) => number("port") == Some(wanted),
        (Wanted::Name(name), DoorKind::Route) => {
            port.dig_str(&["name"]) == Some(name) || port.dig_str(&["targetPort"]) == Some(name)
        }
        (Wanted::Name(name), _) => port.dig_str(&["name"]) == Some(name),
    }
}

/// netpol-analyzer takes the port at the pod too; by name only for a Route.
fn fits_netpol_analyzer(port: &Value, wanted: Wanted<'_>, kind: DoorKind) -> bool {
    let number = |field: &str| port.get(field).and_then(Value::as_i64);
    match wanted {
        Wanted::Any => true,
        Wanted::Number(wanted) => number("port") == Some(wanted) || number("targetPort") == Some(wanted),
        Wanted::Name(name) => {
            port.dig_str(&["name"]) == Some(name)
                || (kind == DoorKind::Route && port.dig_str(&["targetPort"]) == Some(name))
        }
    }
}
