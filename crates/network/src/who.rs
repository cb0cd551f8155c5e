//! Ends of connections by the names that people type.

use core::net::IpAddr;

use crate::engine::{ClassId, End, Network, WorkloadId};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    /// As answers show it.
    pub title: String,
    /// What it is.
    pub kind: WhoKind,
    /// The classes of its pods, each once; none outside of the cluster.
    pub classes: Vec<ClassId>,
    /// What a reader should know about how the name was understood.
    pub note: Option<String>,
}

/// What an end is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhoKind {
    /// A workload.
    Workload(WorkloadId),
    /// One pod of a workload, by its place.
    Pod(WorkloadId, usize),
    /// A node, by name.
    Node(String),
    /// An ingress controller that is not among the objects.
    Controller,
    /// An address outside of the cluster.
    Address(IpAddr),
    /// A domain name outside of the cluster.
    Name(String),
}

/// A name that stands for nothing, or for several things.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhoError {
    /// Nothing is called so.
    #[error("nothing is called {text:?}; write NAMESPACE/NAME of a workload or pod, an address, a domain name, node/NAME or ingress-controller{}", near_names(.near))]
    Unknown {
        /// What was typed.
        text: String,
        /// What is called nearly so.
        near: Vec<String>,
    },
    /// Several things are.
    #[error("{text:?} may be {}; write one of them", .found.join(" or "))]
    Ambiguous {
        /// What was typed.
        text: String,
        /// What it may be.
        found: Vec<String>,
    },
    /// A block of addresses is no end: its addresses may be treated differently.
    #[error("{text:?} is a block of addresses; write one address of it")]
    Block {
        /// What was typed.
        text: String,
    },
}

fn near_names(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; there is {}", near.join(", ")) }
}

impl Who {
    /// The end for the engine, for one of the classes.
    pub fn end(&self, class: Option<ClassId>) -> End<'_> {
        match (&self.kind, class) {
            (WhoKind::Address(address), _) => End::Address(*address),
            (WhoKind::Name(name), _) => End::Name(name),
            (_, Some(class)) => End::Class(class),
            (_, None) => End::Name(&self.title),
        }
    }

    /// The classes, or one `None` for what is outside.
    pub fn variants(&self) -> Vec<Option<ClassId>> {
        if self.classes.is_empty() { vec![None] } else { self.classes.iter().copied().map(Some).collect() }
    }

    /// The workload, where it is one or a pod of one.
    pub fn workload(&self) -> Option<WorkloadId> {
        match self.kind {
            WhoKind::Workload(id) | WhoKind::Pod(id, _) => Some(id),
            _ => None,
        }
    }
}

/// Who is called so: `namespace/name` of a workload or pod, the name alone where it is the only one,
/// `namespace/name[Kind]`, an address, `node/name`, `ingress-controller`, or a domain name.
pub fn who(network: &Network, text: &str) -> Result<Who, WhoError> {
    if text.trim_matches(['{', '}']) == "ingress-controller" {
        return Ok(Who {
            title: "{ingress-controller}".to_owned(),
            kind: WhoKind::Controller,
            classes: vec![network.controller()],
            note: Some("where the controller runs is not known: it is some pod of the cluster".to_owned()),
        });
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(of_address(network, address));
    }
    if crate::algebra::Cidr::parse(text).is_ok() {
        return Err(WhoError::Block { text: text.to_owned() });
    }
    let node = text.strip_prefix("node/").or_else(|| text.strip_suffix("[Node]"));
    if let Some((name, class)) = node.and_then(|node| network.nodes().find(|(name, _)| *name == node)) {
        return Ok(of_node(name, class, None));
    }
    let mut found = workloads(network, text);
    if found.is_empty() {
        found = pods(network, text);
    }
    if found.len() > 1 {
        let found = found.into_iter().map(|who| who.title).collect();
        return Err(WhoError::Ambiguous { text: text.to_owned(), found });
    }
    if let Some(found) = found.pop() {
        return Ok(found);
    }
    if is_domain_name(text) {
        return Ok(Who {
            title: text.to_owned(),
            kind: WhoKind::Name(text.to_owned()),
            classes: Vec::new(),
            note: Some("no workload is called so: taken as a domain name outside of the cluster".to_owned()),
        });
    }
    let last = text.rsplit('/').next().unwrap_or(text);
    let mut near: Vec<String> = network
        .workloads()
        .filter(|(_, entry)| {
            !last.is_empty()
                && (entry.workload.name.contains(last) || last.contains(entry.workload.name.as_str()))
        })
        .map(|(_, entry)| format!("{}/{}", entry.workload.namespace, entry.workload.name))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(5);
    Err(WhoError::Unknown { text: text.to_owned(), near })
}

fn of_address(network: &Network, address: IpAddr) -> Who {
    for (id, entry) in network.workloads() {
        let place =
            entry.workload.pods.iter().position(|pod| !pod.host_network && pod.addresses.contains(&address));
        if let Some(place) = place {
            let mut who = of_pod(network, id, place);
            who.note = Some(format!("{address} is the address of {}", who.title));
            return who;
        }
    }
    for (name, class) in network.nodes() {
        if network.addresses_of(class).contains(&address) {
            return of_node(name, class, Some(format!("{address} is the address of node {name}")));
        }
    }
    Who { title: address.to_string(), kind: WhoKind::Address(address), classes: Vec::new(), note: None }
}

fn of_node(name: &str, class: ClassId, note: Option<String>) -> Who {
    Who { title: format!("{name}[Node]"), kind: WhoKind::Node(name.to_owned()), classes: vec![class], note }
}

fn workloads(network: &Network, text: &str) -> Vec<Who> {
    let is_called = |workload: &crate::input::Workload| {
        workload.name == text
            || text
                .split_once('/')
                .is_some_and(|(namespace, name)| workload.namespace == namespace && workload.name == name)
            || workload.title() == text
    };
    let of = |(id, entry): (WorkloadId, &crate::engine::WorkloadEntry)| {
        let mut classes: Vec<ClassId> = Vec::new();
        for &class in &entry.classes {
            if !classes.iter().any(|known| network.alike(*known, class)) {
                classes.push(class);
            }
        }
        Who { title: entry.workload.title(), kind: WhoKind::Workload(id), classes, note: None }
    };
    network.workloads().filter(|(_, entry)| is_called(&entry.workload)).map(of).collect()
}

fn pods(network: &Network, text: &str) -> Vec<Who> {
    let (namespace, name) =
        text.split_once('/').map_or((None, text), |(namespace, name)| (Some(namespace), name));
    let name = name.strip_suffix("[Pod]").unwrap_or(name);
    let mut found = Vec::new();
    for (id, entry) in network.workloads() {
        if namespace.is_some_and(|namespace| entry.workload.namespace != namespace) {
            continue;
        }
        let places = entry
            .workload
            .pods
            .iter()
            .enumerate()
            .filter(|(_, pod)| !pod.name.is_empty() && pod.name == name);
        found.extend(places.map(|(place, _)| of_pod(network, id, place)));
    }
    found
}

fn of_pod(network: &Network, id: WorkloadId, place: usize) -> Who {
    let entry = network.workload(id);
    let title = entry.and_then(|entry| {
        let pod = entry.workload.pods.get(place)?;
        let own = if pod.name.is_empty() { &entry.workload.name } else { &pod.name };
        Some(format!("{}/{own}[Pod]", entry.workload.namespace))
    });
    let classes = entry.and_then(|entry| entry.classes.get(place).copied()).into_iter().collect();
    Who { title: title.unwrap_or_default(), kind: WhoKind::Pod(id, place), classes, note: None }
}

/// Something with a dot, of letters that a name in the DNS may have.
fn is_domain_name(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.contains('.') && text.trim_end_matches('.').split('.').all(is_label)
}
