//! Services, as far as a connection to one leads to workloads.

use std::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Map, Value};
use ironhull_world::{Object, World, kinds};

use super::pods::is_generated;
use crate::algebra::{Conns, Protocol};
use crate::input::{Input, namespace_of};

/// A Service.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    /// The object.
    pub object: Arc<Object>,
    /// Its namespace.
    pub namespace: CompactString,
    /// Its name.
    pub name: CompactString,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub kind: CompactString,
    /// Whether its name leads to the pods themselves.
    pub headless: bool,
    /// Its own addresses.
    pub addresses: Vec<IpAddr>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// The name it stands for, of the kind `ExternalName`.
    pub external_name: CompactString,
    /// The workloads behind it, as places in [`Input::workloads`].
    pub targets: Vec<usize>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePort {
    /// Its name; empty if it has none.
    pub name: CompactString,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
    /// Where it leads.
    pub target: Target,
}

/// The port of a pod, as a Service names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// By number.
    Number(u16),
    /// By the name that the pod gives it.
    Name(CompactString),
}

impl ServiceFacts {
    /// The ports of a workload that a port of the Service leads to. None if it has no such port, or the
    /// workload has none of that name.
    pub fn translate(&self, input: &Input, workload: usize, protocol: Protocol, port: u16) -> Conns {
        let found = self.ports.iter().filter(|own| own.protocol == protocol && own.port == port);
        let conns = found.fold(Conns::none(), |conns, own| conns.union(&target(input, workload, own)));
        // The name of a headless Service leads to the pods, and so does every port they have.
        if conns.is_empty() && self.headless { Conns::one(protocol, port) } else { conns }
    }

    /// All ports of a workload that the Service leads to.
    pub fn all_targets(&self, input: &Input, workload: usize) -> Conns {
        self.ports.iter().fold(Conns::none(), |conns, own| conns.union(&target(input, workload, own)))
    }

    /// `namespace/name`.
    pub fn title(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// The ports of a workload that one port of a Service leads to.
fn target(input: &Input, workload: usize, own: &ServicePort) -> Conns {
    match &own.target {
        Target::Number(number) => Conns::one(own.protocol, *number),
        Target::Name(name) => input
            .workloads
            .get(workload)
            .into_iter()
            .flat_map(|workload| &workload.pods)
            .flat_map(|pod| &pod.ports)
            .filter(|declared| declared.name == *name && declared.protocol == own.protocol)
            .fold(Conns::none(), |conns, declared| conns.union(&Conns::one(own.protocol, declared.number))),
    }
}

/// All Services.
#[derive(Clone, Debug, Default)]
pub struct Services(Vec<ServiceFacts>);

impl Services {
    /// The Services of a cluster, with the workloads behind them.
    pub fn of(world: &World, input: &Input) -> Self {
        Self(world.of_kind(kinds::SERVICE).map(|object| facts(object, input)).collect())
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &ServiceFacts> {
        self.0.iter()
    }

    /// The Service of this name.
    pub fn named(&self, namespace: &str, name: &str) -> Option<&ServiceFacts> {
        self.0.iter().find(|service| service.namespace == namespace && service.name == name)
    }

    /// The Service with this address.
    pub fn at(&self, address: IpAddr) -> Option<&ServiceFacts> {
        self.0.iter().find(|service| service.addresses.contains(&address))
    }
}

fn facts(object: &Arc<Object>, input: &Input) -> ServiceFacts {
    let spec = object.value.get("spec").cloned().unwrap_or_default();
    let text = |key: &str| spec.dig_str(&[key]).unwrap_or_default();
    let mut addresses: Vec<IpAddr> = spec
        .dig_items(&["clusterIPs"])
        .iter()
        .chain(spec.get("clusterIP"))
        .chain(spec.dig_items(&["externalIPs"]))
        .filter_map(|address| address.as_str()?.parse().ok())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let namespace = namespace_of(object);
    let selector = spec.get("selector").and_then(Value::as_map);
    ServiceFacts {
        object: Arc::clone(object),
        name: object.key.name.clone(),
        kind: if text("type").is_empty() { "ClusterIP".into() } else { text("type").into() },
        headless: text("clusterIP") == "None",
        addresses,
        ports: spec.dig_items(&["ports"]).iter().filter_map(service_port).collect(),
        external_name: text("externalName").trim_end_matches('.').into(),
        targets: selector.map_or_else(Vec::new, |selector| targets(input, &namespace, selector)),
        namespace,
    }
}

fn service_port(item: &Value) -> Option<ServicePort> {
    let port = u16::try_from(item.get("port")?.as_i64()?).ok()?;
    let protocol = item.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of)?;
    let target = match item.get("targetPort") {
        Some(Value::Str(name)) => name.parse().map_or_else(|_| Target::Name(name.clone()), Target::Number),
        Some(other) => Target::Number(u16::try_from(other.as_i64()?).ok()?),
        None => Target::Number(port),
    };
    Some(ServicePort { name: item.dig_str(&["name"]).unwrap_or_default().into(), protocol, port, target })
}

/// The workloads that a Service selects. Labels that controllers add are in no template: a Service that asks
/// for them selects some of the pods.
fn targets(input: &Input, namespace: &str, selector: &Map) -> Vec<usize> {
    if selector.is_empty() {
        return Vec::new();
    }
    let wanted: Vec<(&str, &str)> =
        selector.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect();
    let selected = |pod: &crate::input::PodFacts, name: &str| {
        wanted.iter().all(|(key, value)| {
            let own = pod.labels.iter().find(|(own, _)| own == key);
            match own {
                Some((_, own)) => own == value,
                None => is_generated(key) && value.starts_with(name),
            }
        })
    };
    input
        .workloads
        .iter()
        .enumerate()
        .filter(|(_, workload)| workload.namespace == namespace)
        .filter(|(_, workload)| workload.pods.iter().any(|pod| selected(pod, &workload.name)))
        .map(|(index, _)| index)
        .collect()
}
