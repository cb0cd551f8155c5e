//! From the ends of flows to workloads.

use std::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::pods::{changes_with_release, is_generated, made_by, owned_by};
use super::{Flow, FlowEnd, FlowFile, Outcome, Party, ServiceFacts, Services, Special, Unresolved};
use crate::algebra::{Conns, Protocol};
use crate::input::{Input, LabelList, Namespace, PodFacts, Workload};

/// A flow whose ends are known.
#[derive(Clone, Debug)]
pub struct ResolvedFlow {
    /// The file of flows, counted from 0.
    pub file: usize,
    /// The line, from 1.
    pub line: u32,
    /// Who began it.
    pub from: Party,
    /// Whom it went to.
    pub to: Party,
    /// What was asked for, as ports of the destination itself: ports of Services are translated.
    pub conns: Conns,
    /// What became of it.
    pub outcome: Outcome,
    /// How often it was seen.
    pub count: u64,
    /// When it was seen.
    pub time: Option<jiff::Timestamp>,
    /// The domain names by which the destination was asked for.
    pub names: Vec<CompactString>,
}

/// All flows, and the cluster with what only the flows tell of it.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The cluster. Workloads from [`known`](Self::known) on were only seen in flows.
    pub input: Input,
    /// How many of the workloads are among the objects.
    pub known: usize,
    /// The flows, in the order of files and lines.
    pub flows: Vec<ResolvedFlow>,
    /// Flows that are left out, each with its reason.
    pub unresolved: Vec<Unresolved>,
}

/// Brings flows to the workloads of a cluster.
pub fn resolve(input: &Input, services: &Services, files: &[FlowFile]) -> Resolved {
    let mut resolver = Resolver::new(input, services);
    let mut flows = Vec::new();
    let mut unresolved = Vec::new();
    for (file, list) in files.iter().enumerate() {
        for flow in &list.read.flows {
            match resolver.flow(file, flow) {
                Ok(found) => flows.extend(found),
                Err(reason) => {
                    unresolved.push(Unresolved { file, line: flow.line, count: flow.count, reason });
                }
            }
        }
    }
    Resolved { known: input.workloads.len(), input: resolver.input, flows, unresolved }
}

/// Knows whose an address, a name or a set of labels is.
#[derive(Debug)]
pub struct Resolver<'s> {
    input: Input,
    services: &'s Services,
    by_pod: FxHashMap<(CompactString, CompactString), usize>,
    by_address: FxHashMap<IpAddr, usize>,
    nodes: FxHashMap<IpAddr, CompactString>,
    by_namespace: FxHashMap<CompactString, Vec<usize>>,
    seen: FxHashMap<(CompactString, CompactString, CompactString, LabelList), usize>,
}

impl<'s> Resolver<'s> {
    /// For a cluster.
    pub fn new(input: &Input, services: &'s Services) -> Self {
        let mut new = Self {
            input: input.clone(),
            services,
            by_pod: FxHashMap::default(),
            by_address: FxHashMap::default(),
            nodes: FxHashMap::default(),
            by_namespace: FxHashMap::default(),
            seen: FxHashMap::default(),
        };
        for node in &input.nodes {
            new.nodes.extend(node.addresses.iter().map(|address| (*address, node.name.clone())));
        }
        for (index, workload) in input.workloads.iter().enumerate() {
            new.by_namespace.entry(workload.namespace.clone()).or_default().push(index);
            for pod in &workload.pods {
                if !pod.name.is_empty() {
                    new.by_pod.insert((workload.namespace.clone(), pod.name.clone()), index);
                }
                // The address of a pod in its node's network is the node's, and many share it.
                if !pod.host_network {
                    new.by_address.extend(pod.addresses.iter().map(|address| (*address, index)));
                }
            }
        }
        new
    }

    /// One flow, or one for each workload behind a Service.
    fn flow(&mut self, file: usize, flow: &Flow) -> Result<Vec<ResolvedFlow>, String> {
        let resolved = |from: Party, to: Party, conns: Conns| ResolvedFlow {
            file,
            line: flow.line,
            from,
            to,
            conns,
            outcome: flow.outcome,
            count: flow.count,
            time: flow.time,
            names: flow.to.names.clone(),
        };
        let from = self.party(&flow.from).map_err(|reason| format!("source: {reason}"))?;
        let service = self.service(&flow.to);
        if !flow.to.service.is_empty() && service.is_none() {
            return Err(format!(
                "destination: there is no Service {}/{}",
                flow.to.namespace, flow.to.service
            ));
        }
        let Some(service) = service else {
            let to = self.party(&flow.to).map_err(|reason| format!("destination: {reason}"))?;
            return Ok(vec![resolved(from, to, flow.conns.clone())]);
        };
        let title = service.title();
        if service.kind == "ExternalName" {
            return Ok(vec![resolved(from, Party::Name(service.external_name.clone()), flow.conns.clone())]);
        }
        if service.targets.is_empty() {
            return Err(format!("destination: no workload is behind the Service {title}"));
        }
        let mut found = Vec::new();
        for &target in &service.targets {
            let conns = translate(service, &self.input, target, &flow.conns);
            if !conns.is_empty() {
                let to = self.in_node_network(target, None).unwrap_or(Party::Workload(target));
                found.push(resolved(from.clone(), to, conns));
            }
        }
        if found.is_empty() {
            return Err(format!("destination: the Service {title} has no port {}", flow.conns));
        }
        Ok(found)
    }

    /// The Service that the destination is, by name or by address.
    fn service(&self, end: &FlowEnd) -> Option<&'s ServiceFacts> {
        if !end.service.is_empty() {
            return self.services.named(&end.namespace, &end.service);
        }
        let names_a_pod = !end.pod.is_empty() || !end.workload.is_empty() || !end.labels.is_empty();
        end.address.filter(|_| !names_a_pod).and_then(|address| self.services.at(address))
    }

    /// What an end is.
    pub fn party(&mut self, end: &FlowEnd) -> Result<Party, String> {
        let addresses: Vec<IpAddr> = end.address.into_iter().collect();
        match end.special {
            Some(Special::OwnNode) => return Ok(Party::OwnNode(addresses)),
            Some(Special::Node) => return Ok(self.node(end, addresses)),
            Some(Special::ApiServer) => return Ok(Party::Node { name: "kube-apiserver".into(), addresses }),
            Some(Special::Ingress) if addresses.is_empty() => return Ok(Party::Controller),
            Some(Special::Ingress) => return Ok(Party::Node { name: "ingress".into(), addresses }),
            Some(Special::World | Special::Health) | None => {}
        }
        if let Some((first, last)) = end.range {
            return Ok(if first == last { Party::Address(first) } else { Party::Range(first, last) });
        }
        if !end.namespace.is_empty() {
            return self.pod(end);
        }
        if let Some(address) = end.address {
            if let Some(&index) = self.by_address.get(&address) {
                return Ok(Party::Workload(index));
            }
            if let Some(name) = self.nodes.get(&address) {
                return Ok(Party::Node { name: name.clone(), addresses });
            }
            return Ok(Party::Address(address));
        }
        if let Some(name) = end.names.first() {
            return Ok(Party::Name(name.clone()));
        }
        Err("nothing is said of it but labels that mean nothing here".to_owned())
    }

    fn node(&self, end: &FlowEnd, mut addresses: Vec<IpAddr>) -> Party {
        let named =
            self.input.nodes.iter().find(|node| !end.workload.is_empty() && node.name == end.workload);
        let by_address = || addresses.first().and_then(|address| self.nodes.get(address)).cloned();
        let name =
            named.map(|node| node.name.clone()).or_else(by_address).unwrap_or_else(|| end.workload.clone());
        if let Some(node) = named {
            addresses.extend(&node.addresses);
        }
        addresses.sort_unstable();
        addresses.dedup();
        Party::Node { name, addresses }
    }

    fn pod(&mut self, end: &FlowEnd) -> Result<Party, String> {
        if let Some(index) = self.known(end) {
            return Ok(self.in_node_network(index, end.address).unwrap_or(Party::Workload(index)));
        }
        let labels: LabelList = stable(&end.labels);
        let name = match (end.workload.as_str(), end.pod.as_str()) {
            ("", "") => CompactString::default(),
            ("", pod) => guess_name(pod).into(),
            (name, _) => name.into(),
        };
        if name.is_empty() && labels.is_empty() {
            return Err(format!("it is in the namespace {}, and nothing else is known of it", end.namespace));
        }
        let kind: CompactString = if end.kind.is_empty() { "Pod".into() } else { end.kind.clone() };
        let name = if name.is_empty() {
            labels.iter().map(|(_, value)| value.as_str()).next().unwrap_or("unknown").into()
        } else {
            name
        };
        let key = (end.namespace.clone(), name.clone(), kind.clone(), labels.clone());
        if let Some(&index) = self.seen.get(&key) {
            return Ok(Party::Workload(index));
        }
        if !self.input.namespaces.iter().any(|namespace| namespace.name == end.namespace) {
            let labels = end.namespace_labels.clone();
            self.input.namespaces.push(Namespace { name: end.namespace.clone(), labels, object: None });
        }
        let index = self.input.workloads.len();
        // One of the same name with other labels is something else.
        let taken = |name: &str| {
            let mut of = self.by_namespace.get(&end.namespace).into_iter().flatten();
            of.any(|&index| {
                self.input.workloads.get(index).is_some_and(|own| own.name == name && own.kind == kind)
            })
        };
        let mut unique = name.clone();
        let mut number = 2;
        while taken(&unique) {
            unique = CompactString::from(format!("{name}~{number}"));
            number += 1;
        }
        self.by_namespace.entry(end.namespace.clone()).or_default().push(index);
        self.input.workloads.push(Arc::new(Workload {
            object: None,
            namespace: end.namespace.clone(),
            name: unique,
            kind,
            many: true,
            pods: vec![PodFacts { labels, ..PodFacts::default() }],
        }));
        self.seen.insert(key, index);
        Ok(Party::Workload(index))
    }

    /// Pods in their node's network are their node to everyone else.
    fn in_node_network(&self, index: usize, address: Option<IpAddr>) -> Option<Party> {
        let workload = self.input.workloads.get(index)?;
        if workload.pods.is_empty() || !workload.pods.iter().all(|pod| pod.host_network) {
            return None;
        }
        let mut addresses: Vec<IpAddr> = if let Some(address) = address {
            vec![address]
        } else {
            let of = |pod: &PodFacts| {
                let node = self.input.nodes.iter().find(|node| !pod.node.is_empty() && node.name == pod.node);
                let node = node.map(|node| node.addresses.clone()).unwrap_or_default();
                pod.addresses.iter().chain(&pod.host_addresses).copied().chain(node).collect::<Vec<_>>()
            };
            workload.pods.iter().flat_map(of).collect()
        };
        addresses.sort_unstable();
        addresses.dedup();
        Some(Party::Node { name: workload.title().into(), addresses })
    }

    /// The workload among the objects: by its name, its pod's name, its labels, its address.
    fn known(&self, end: &FlowEnd) -> Option<usize> {
        let here = self.by_namespace.get(&end.namespace)?;
        let objects = || {
            let all = here.iter().copied();
            all.filter_map(|index| Some((index, self.input.workloads.get(index)?)))
                .filter(|(_, own)| own.object.is_some())
        };
        if !end.workload.is_empty() {
            let mut found = objects().filter(|(_, own)| owned_by(own, &end.kind, &end.workload));
            if let Some((index, _)) = found.next()
                && found.next().is_none()
            {
                return Some(index);
            }
        }
        if !end.pod.is_empty() {
            if let Some(&index) = self.by_pod.get(&(end.namespace.clone(), end.pod.clone())) {
                return Some(index);
            }
            let made = objects().filter(|(_, own)| made_by(own, &end.pod));
            if let Some((index, _)) = made.max_by_key(|(_, own)| own.name.len()) {
                return Some(index);
            }
        }
        if !end.labels.is_empty() {
            let fits = |pod: &PodFacts| {
                let own = pod.labels.iter().filter(|(key, _)| !is_generated(key));
                pod.labels.iter().any(|(key, _)| !is_generated(key))
                    && own.clone().all(|label| end.labels.contains(label))
            };
            let fitting =
                |own: &Workload| own.pods.iter().filter(|pod| fits(pod)).map(|pod| pod.labels.len()).max();
            let mut found: Vec<(usize, usize)> =
                objects().filter_map(|(index, own)| Some((fitting(own)?, index))).collect();
            found.sort_unstable_by(|a, b| b.cmp(a));
            match found.as_slice() {
                [(_, index)] => return Some(*index),
                [(most, index), (next, _), ..] if most > next => return Some(*index),
                _ => {}
            }
        }
        let by_address = end.address.and_then(|address| self.by_address.get(&address)).copied();
        by_address.filter(|index| here.contains(index) && end.labels.is_empty() && end.workload.is_empty())
    }
}

/// The ports of a workload behind a Service, for the Service's own.
fn translate(service: &ServiceFacts, input: &Input, target: usize, conns: &Conns) -> Conns {
    let mut found = Conns::none();
    for protocol in Protocol::ALL {
        let wanted = conns.ports(protocol);
        for own in service.ports.iter().filter(|own| own.protocol == protocol && wanted.contains(own.port)) {
            found = found.union(&service.translate(input, target, protocol, own.port));
        }
        if let [(low, high)] = wanted.ranges()
            && low == high
        {
            found = found.union(&service.translate(input, target, protocol, *low));
        }
    }
    // After translation the destination of a packet is a pod's own port.
    if found.is_empty() {
        let targets = service.all_targets(input, target);
        found = targets.intersection(conns);
    }
    found
}

/// Labels that stay while pods and releases come and go, ordered.
fn stable(labels: &LabelList) -> LabelList {
    let mut kept: LabelList =
        labels.iter().filter(|(key, _)| !is_generated(key) && !changes_with_release(key)).cloned().collect();
    kept.sort_unstable();
    kept.dedup_by(|a, b| a.0 == b.0);
    kept
}

/// The workload's name in the name of a pod whose workload is not told.
fn guess_name(pod: &str) -> &str {
    let kinds = ["Deployment", "StatefulSet", "CronJob", "DaemonSet"];
    for kind in kinds {
        for (place, _) in pod.match_indices('-').rev().take(3) {
            let Some(name) = pod.get(..place) else { continue };
            let asked = Workload { name: name.into(), kind: kind.into(), ..Workload::default() };
            if made_by(&asked, pod) {
                return pod.get(..place).unwrap_or(pod);
            }
        }
    }
    pod
}
