//! Services: which workloads stand behind them, and the doors that they open themselves.

use core::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Value};
use ironhull_world::{GroupKind, Object, World, kinds};
use rustc_hash::FxHashMap;

use super::{Door, DoorKind, Note};
use crate::algebra::{AddressSet, Cidr, Conns, Protocol};
use crate::engine::{Network, WorkloadId};
use crate::input::{PodFacts, namespace_of};

/// The older way to name the clients of a load balancer.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// What of a Service's ports is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// Every port.
    All,
    /// What a controller that speaks TCP to its backends can use.
    Tcp,
    /// The same as netpol-analyzer does it: only ports that a container declares, and every one of them
    /// taken for TCP (`PodExposedTCPConnections` in its `pod.go`). To Kubernetes a declaration means nothing.
    TcpAsNetpolAnalyzer,
}

/// A workload behind a Service, with the pod's ports.
pub(super) type Target = (WorkloadId, Conns);

/// Collects doors.
pub(super) struct Reader<'w> {
    pub(super) world: &'w World,
    pub(super) network: &'w Network,
    workloads: FxHashMap<CompactString, Vec<WorkloadId>>,
    doors: Vec<Door>,
    notes: Vec<Note>,
}

impl<'w> Reader<'w> {
    pub(super) fn new(world: &'w World, network: &'w Network) -> Self {
        let mut workloads: FxHashMap<CompactString, Vec<WorkloadId>> = FxHashMap::default();
        for (id, entry) in network.workloads() {
            workloads.entry(entry.workload.namespace.clone()).or_default().push(id);
        }
        Self { world, network, workloads, doors: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn finish(self) -> (Vec<Door>, Vec<Note>) {
        (self.doors, self.notes)
    }

    pub(super) fn note(&mut self, object: &Arc<Object>, path: &Path, message: impl Into<String>) {
        self.notes.push(Note { object: Arc::clone(object), path: path.clone(), message: message.into() });
    }

    pub(super) fn open(&mut self, door: &Door, targets: Vec<Target>) {
        for (workload, conns) in targets {
            if !conns.is_empty() {
                self.doors.push(Door { workload, conns, ..door.clone() });
            }
        }
    }

    /// An object by name. In files a namespace may be left out, which is `default`.
    pub(super) fn find(&self, kind: GroupKind<'_>, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let bare = (namespace == "default").then_some("");
        let mut namespaces = std::iter::once(namespace).chain(bare);
        namespaces.find_map(|namespace| self.world.get(kind, namespace, name)).cloned()
    }

    /// What stands behind those ports of a Service that `wanted` picks.
    pub(super) fn behind(
        &self,
        service: &Object,
        wanted: &dyn Fn(&Value) -> bool,
        follow: Follow,
    ) -> Vec<Target> {
        let Some(selector) = service.value.dig(&["spec", "selector"]).and_then(Value::as_map) else {
            return Vec::new();
        };
        if selector.is_empty() && follow != Follow::TcpAsNetpolAnalyzer {
            return Vec::new();
        }
        let ports: Vec<&Value> =
            service.value.dig_items(&["spec", "ports"]).iter().filter(|port| wanted(port)).collect();
        let mut found = Vec::new();
        for &id in self.workloads.get(&namespace_of(service)).into_iter().flatten() {
            let Some(entry) = self.network.workload(id) else { continue };
            let selected = entry.workload.pods.iter().filter(|pod| {
                selector.iter().all(|(key, value)| {
                    let value = value.as_str().unwrap_or_default();
                    pod.labels.iter().any(|(own, label)| own == key.as_str() && label == value)
                })
            });
            let mut conns: Option<Conns> = None;
            for pod in selected {
                let reached = ports
                    .iter()
                    .map(|port| pod_port(port, pod, follow))
                    .fold(conns.take().unwrap_or_default(), |all, one| all.union(&one));
                conns = Some(reached);
            }
            if let Some(conns) = conns {
                found.push((id, conns));
            }
        }
        found
    }

    /// Whether a Service selects any workload.
    pub(super) fn selects(&self, service: &Object, follow: Follow) -> bool {
        !self.behind(service, &|_| true, follow).is_empty()
    }
}

/// What a port of a Service is at one pod.
fn pod_port(port: &Value, pod: &PodFacts, follow: Follow) -> Conns {
    let as_netpol_analyzer = follow == Follow::TcpAsNetpolAnalyzer;
    let written = port.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of);
    let Some(protocol) = (if as_netpol_analyzer { Some(Protocol::Tcp) } else { written }) else {
        return Conns::none();
    };
    if follow == Follow::Tcp && protocol != Protocol::Tcp {
        return Conns::none();
    }
    let target =
        port.get("targetPort").filter(|target| target.as_i64() != Some(0) && target.as_str() != Some(""));
    let known = || pod.ports.iter().filter(|own| !as_netpol_analyzer || !own.sidecar);
    if let Some(name) = target.and_then(Value::as_str) {
        let mut named = known().filter(|own| own.name == name);
        let found = if as_netpol_analyzer {
            named.next().filter(|own| own.protocol == protocol)
        } else {
            named.find(|own| own.protocol == protocol)
        };
        return found.map(|own| Conns::one(protocol, own.number)).unwrap_or_default();
    }
    let number = target.or_else(|| port.get("port")).and_then(Value::as_i64);
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| !as_netpol_analyzer || known().any(|own| own.number == *number))
        .map(|number| Conns::one(protocol, number))
        .unwrap_or_default()
}

/// The doors that Services open themselves.
pub(super) fn read(reader: &mut Reader<'_>) {
    for service in reader.world.of_kind(kinds::SERVICE) {
        let kind = service.value.dig_str(&["spec", "type"]).unwrap_or("ClusterIP");
        if kind == "ExternalName" {
            continue;
        }
        let externals = addresses(service.value.dig_items(&["spec", "externalIPs"]));
        let opens = matches!(kind, "NodePort" | "LoadBalancer") || !externals.is_empty();
        if opens && service.value.dig(&["spec", "selector"]).is_none() {
            let path = Path::root().keys(&["spec", "selector"]);
            reader.note(service, &path, "the Service has no selector: what stands behind it is not known");
            continue;
        }
        let spec = Path::root().child("spec");
        let targets = || reader.behind(service, &|_| true, Follow::All);
        let mut door = Door {
            kind: DoorKind::NodePort,
            object: Arc::clone(service),
            path: spec.child("type"),
            service: Arc::clone(service),
            clients: AddressSet::all(),
            keeps_client: service.value.dig_str(&["spec", "externalTrafficPolicy"]) == Some("Local"),
            addresses: Vec::new(),
            workload: 0,
            conns: Conns::none(),
        };
        let node_ports =
            service.value.dig(&["spec", "allocateLoadBalancerNodePorts"]).and_then(Value::as_bool);
        let mut found = Vec::new();
        // A load balancer has node ports beside it unless it is told not to, and its source ranges do not
        // hold for them.
        if kind == "NodePort" || (kind == "LoadBalancer" && node_ports != Some(false)) {
            found.push((door.clone(), targets()));
        }
        if kind == "LoadBalancer" {
            let (clients, path) = clients(reader, service);
            let lent = service.value.dig_items(&["status", "loadBalancer", "ingress"]);
            let addresses = lent.iter().filter_map(|item| item.dig_str(&["ip"])?.parse().ok()).collect();
            let path = path.unwrap_or_else(|| spec.child("type"));
            let balancer = Door { kind: DoorKind::LoadBalancer, clients, addresses, path, ..door.clone() };
            found.push((balancer, reader.behind(service, &|_| true, Follow::All)));
        }
        if !externals.is_empty() {
            door.kind = DoorKind::ExternalAddress;
            door.path = spec.child("externalIPs");
            door.addresses = externals;
            found.push((door, reader.behind(service, &|_| true, Follow::All)));
        }
        for (door, targets) in found {
            reader.open(&door, targets);
        }
    }
}

/// Who may come to a load balancer, and the field that says so. A range that is none makes it everyone: the
/// cloud provider's reading of it is not known.
fn clients(reader: &mut Reader<'_>, service: &Arc<Object>) -> (AddressSet, Option<Path>) {
    let ranges = service.value.dig_items(&["spec", "loadBalancerSourceRanges"]);
    let (texts, path): (Vec<&str>, Path) = if ranges.is_empty() {
        let Some(written) = service.annotation(SOURCE_RANGES) else { return (AddressSet::all(), None) };
        let path = Path::root().keys(&["metadata", "annotations", SOURCE_RANGES]);
        (written.split(',').map(str::trim).filter(|text| !text.is_empty()).collect(), path)
    } else {
        let path = Path::root().keys(&["spec", "loadBalancerSourceRanges"]);
        (ranges.iter().map(|range| range.as_str().unwrap_or_default().trim()).collect(), path)
    };
    let mut set = AddressSet::none();
    for text in texts {
        match Cidr::parse(text) {
            Ok(cidr) => set = set.union(&AddressSet::of(&cidr)),
            Err(error) => {
                reader.note(
                    service,
                    &path,
                    format!("{text:?} is not a source range: {error}; the load balancer is taken to be open to all"),
                );
                return (AddressSet::all(), None);
            }
        }
    }
    (set, Some(path))
}

fn addresses(items: &[Value]) -> Vec<IpAddr> {
    items.iter().filter_map(|item| item.as_str()?.parse().ok()).collect()
}
