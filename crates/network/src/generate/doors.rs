//! What lets others in, by the manifests: ports of the node, Services of the outside, Ingresses.

use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::{Object, Pod, World, kinds};

use super::Gap;
use super::evidence::{Confidence, Evidence, Proof};
use super::manifest::anywhere;
use crate::algebra::{Cidr, Conns, Protocol};
use crate::flows::{Party, ServiceFacts, Services};
use crate::input::{Input, namespace_of};

/// What a pod lets in through ports of its node.
pub(super) fn host_ports(object: &Arc<Object>, pod: &Pod<'_>, index: usize, evidence: &mut Evidence) {
    if pod.flag("hostNetwork") {
        return;
    }
    for container in pod.containers() {
        for (place, port) in container.value.dig_items(&["ports"]).iter().enumerate() {
            let number = |field: &str| {
                let number =
                    port.get(field).and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
                number.filter(|number| *number > 0)
            };
            let protocol = port.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of);
            let (Some(host), Some(own), Some(protocol)) =
                (number("hostPort"), number("containerPort"), protocol)
            else {
                continue;
            };
            for party in anywhere() {
                let proof = Proof {
                    confidence: Confidence::High,
                    at: crate::place(object, &container.path.child("ports").child(place).child("hostPort")),
                    setting: format!("hostPort {host}"),
                    count: 1,
                    ..Proof::default()
                };
                evidence.add(party, Party::Workload(index), Conns::one(protocol, own), proof);
            }
        }
    }
}

/// What a Service lets in from outside of the cluster.
pub(super) fn entry(input: &Input, service: &ServiceFacts, evidence: &mut Evidence) {
    if service.kind != "NodePort" && service.kind != "LoadBalancer" {
        return;
    }
    let spec = Path::root().child("spec");
    let ranges = service.object.value.dig_items(&["spec", "loadBalancerSourceRanges"]);
    let mut from: Vec<Party> = ranges
        .iter()
        .filter_map(|range| Cidr::parse(range.as_str()?.trim()).ok())
        .map(|cidr| Party::Range(cidr.first(), cidr.last()))
        .collect();
    // Ranges that cannot be read let nobody in.
    if ranges.is_empty() {
        from.extend(anywhere());
    }
    for &target in &service.targets {
        let conns = service.all_targets(input, target);
        for party in from.iter().filter(|_| !conns.is_empty()) {
            let proof = Proof {
                confidence: Confidence::High,
                at: crate::place(&service.object, &spec.child("type")),
                setting: format!("Service {} of type {}", service.name, service.kind),
                count: 1,
                ..Proof::default()
            };
            evidence.add(party.clone(), Party::Workload(target), conns.clone(), proof);
        }
    }
}

/// What Ingresses lead to. Who the controller is they do not say.
pub(super) fn ingresses(
    world: &World,
    input: &Input,
    services: &Services,
    evidence: &mut Evidence,
    gaps: &mut Vec<Gap>,
) {
    for object in world.of_kind(kinds::INGRESS) {
        let spec = Path::root().child("spec");
        let mut backends: Vec<(&Value, Path)> = Vec::new();
        if let Some(backend) = object.value.dig(&["spec", "defaultBackend"]) {
            backends.push((backend, spec.child("defaultBackend")));
        }
        for (rule, item) in object.value.dig_items(&["spec", "rules"]).iter().enumerate() {
            for (place, path) in item.dig_items(&["http", "paths"]).iter().enumerate() {
                let Some(backend) = path.get("backend") else { continue };
                let at =
                    spec.child("rules").child(rule).keys(&["http", "paths"]).child(place).child("backend");
                backends.push((backend, at));
            }
        }
        for (backend, path) in backends {
            let Some(name) = backend.dig_str(&["service", "name"]) else { continue };
            let at = crate::place(object, &path);
            let namespace = namespace_of(object);
            let Some(service) = services.named(&namespace, name) else {
                let reason = format!("there is no Service {namespace}/{name} in the input");
                gaps.push(Gap { workload: format!("Ingress {namespace}/{}", object.name()), at, reason });
                continue;
            };
            let port = backend.dig(&["service", "port"]);
            let wanted = |own: &crate::flows::ServicePort| match port {
                Some(port) => match (port.dig_str(&["name"]), port.get("number").and_then(Value::as_i64)) {
                    (Some(name), _) => own.name == name,
                    (None, Some(number)) => i64::from(own.port) == number,
                    (None, None) => true,
                },
                None => true,
            };
            for &target in &service.targets {
                let conns =
                    service.ports.iter().filter(|own| wanted(own)).fold(Conns::none(), |conns, own| {
                        conns.union(&service.translate(input, target, own.protocol, own.port))
                    });
                if conns.is_empty() {
                    continue;
                }
                let proof = Proof {
                    confidence: Confidence::High,
                    at: at.clone(),
                    setting: format!("Ingress {}", object.name()),
                    count: 1,
                    ..Proof::default()
                };
                evidence.add(Party::Controller, Party::Workload(target), conns, proof);
            }
        }
    }
}
