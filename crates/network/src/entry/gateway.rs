//! The Gateway API: routes that a Gateway takes in lead to Services.
//!
//! What implements the Gateway is a controller that is not among the objects, like that of an Ingress.

use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::{GroupKind, Object, kinds};

use super::grant::is_granted;
use super::listener::admits;
use super::service::{Follow, Reader};
use super::{Door, DoorKind};
use crate::algebra::{AddressSet, Conns};
use crate::input::namespace_of;

const GROUP: &str = "gateway.networking.k8s.io";
const GATEWAY: GroupKind<'static> = GroupKind::new(GROUP, "Gateway");
const ROUTES: [&str; 5] = ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

pub(super) fn read(reader: &mut Reader<'_>) {
    for kind in ROUTES {
        for route in reader.world.of_kind(GroupKind::new(GROUP, kind)) {
            if is_attached(reader, route) {
                follow(reader, route);
            }
        }
    }
}

/// Whether a Gateway takes the route in. One that is not among the objects may: the route counts, with a
/// note. A route with only Services as parents is for traffic inside of a mesh.
fn is_attached(reader: &mut Reader<'_>, route: &Arc<Object>) -> bool {
    let mut attached = false;
    for (index, parent) in route.value.dig_items(&["spec", "parentRefs"]).iter().enumerate() {
        let group = parent.dig_str(&["group"]).unwrap_or(GROUP);
        if group != GROUP || !matches!(parent.dig_str(&["kind"]), None | Some("Gateway")) {
            continue;
        }
        let path = Path::root().keys(&["spec", "parentRefs"]).child(index);
        let name = parent.dig_str(&["name"]).unwrap_or_default();
        let own = namespace_of(route);
        let namespace = parent.dig_str(&["namespace"]).unwrap_or(&own);
        match reader.find(GATEWAY, namespace, name) {
            None => {
                attached = true;
                let message = format!(
                    "Gateway {namespace}/{name} is not among the objects: it is taken to let the route in"
                );
                reader.note(route, &path, message);
            }
            Some(gateway) if admits(reader, &gateway, route, parent) => attached = true,
            Some(_) => {
                let message = format!(
                    "no listener of Gateway {namespace}/{name} takes this route in: it leads nowhere"
                );
                reader.note(route, &path, message);
            }
        }
    }
    attached
}

fn follow(reader: &mut Reader<'_>, route: &Arc<Object>) {
    let rules = Path::root().keys(&["spec", "rules"]);
    for (index, rule) in route.value.dig_items(&["spec", "rules"]).iter().enumerate() {
        let at = rules.child(index);
        for (index, backend) in rule.dig_items(&["backendRefs"]).iter().enumerate() {
            lead(reader, route, &at.child("backendRefs").child(index), backend);
        }
        // A mirror gets a copy of every request.
        for (index, filter) in rule.dig_items(&["filters"]).iter().enumerate() {
            if let Some(backend) = filter.dig(&["requestMirror", "backendRef"]) {
                let path = at.child("filters").child(index).keys(&["requestMirror", "backendRef"]);
                lead(reader, route, &path, backend);
            }
        }
    }
}

fn lead(reader: &mut Reader<'_>, route: &Arc<Object>, path: &Path, backend: &Value) {
    let (group, kind) =
        (backend.dig_str(&["group"]).unwrap_or_default(), backend.dig_str(&["kind"]).unwrap_or("Service"));
    if !group.is_empty() || kind != "Service" {
        reader.note(route, path, format!("the backend is a {kind}, which is not followed"));
        return;
    }
    if backend.get("weight").and_then(Value::as_i64) == Some(0) {
        return;
    }
    let own = namespace_of(route);
    let namespace = backend.dig_str(&["namespace"]).unwrap_or(&own);
    let name = backend.dig_str(&["name"]).unwrap_or_default();
    let Some(service) = reader.find(kinds::SERVICE, namespace, name) else {
        reader.note(
            route,
            path,
            format!("Service {namespace}/{name} is not among the objects: the backend leads nowhere"),
        );
        return;
    };
    if !is_granted(reader, route, &service) {
        let message = format!(
            "no ReferenceGrant in namespace {namespace} lets the route lead to Service {name}: it leads nowhere"
        );
        reader.note(route, path, message);
        return;
    }
    if service.value.dig(&["spec", "selector"]).is_none() {
        reader.note(
            route,
            path,
            format!("Service {namespace}/{name} has no selector: what stands behind it is not known"),
        );
        return;
    }
    let number = backend.get("port").and_then(Value::as_i64);
    let wanted = |port: &Value| number.is_none() || port.get("port").and_then(Value::as_i64) == number;
    let follow = if route.key.kind == "UDPRoute" { Follow::All } else { Follow::Tcp };
    let targets = reader.behind(&service, &wanted, follow);
    let door = Door {
        kind: DoorKind::Gateway,
        object: Arc::clone(route),
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
