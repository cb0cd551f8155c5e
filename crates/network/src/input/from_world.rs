//! From the snapshot of a cluster.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Value};
use ironhull_world::{ContainerKind, Object, ObjectRef, Origin, Pod, World, kinds};
use rustc_hash::FxHashMap;

use super::{ContainerPort, Input, Namespace, Node, PodFacts, Workload};
use crate::algebra::Protocol;
use crate::policy::{Context, Problem, ReadPolicies, labels_of, read_object};

/// The namespace that an object is in once it is applied.
pub fn namespace_of(object: &Object) -> CompactString {
    if object.key.namespace.is_empty() {
        CompactString::const_new("default")
    } else {
        object.key.namespace.clone()
    }
}

impl Input {
    /// Everything in the snapshot that the network is about.
    pub fn of(world: &World) -> Self {
        let mut input = Self::default();
        for object in world.of_kind(kinds::NAMESPACE) {
            input.namespaces.push(namespace(object));
        }
        for object in world.of_kind(kinds::NODE) {
            input.nodes.push(node(object));
        }
        input.workloads = workloads(world).into_iter().map(Arc::new).collect();
        let context = Context::of(world);
        let mut read = ReadPolicies::default();
        for object in world.objects() {
            read_object(object, &context, &mut read);
        }
        doubt_duplicates(world, &mut read);
        (input.policies, input.staged, input.problems) = (read.policies, read.staged, read.problems);
        input.problems.extend(context.problems);
        input
    }
}

/// Two policies of one kind and name that say different things: whichever is applied last holds, and which
/// that is nobody knows here. So none of them holds for certain.
fn doubt_duplicates(world: &World, read: &mut ReadPolicies) {
    let again: Vec<(Arc<Object>, ObjectRef)> = read
        .policies
        .iter()
        .filter_map(|policy| policy.object.as_ref().filter(|object| object.key.copy > 0))
        .filter_map(|object| {
            let first = ObjectRef { copy: 0, ..object.key.clone() };
            (world.object(&first)?.value != object.value).then(|| (Arc::clone(object), first))
        })
        .collect();
    for (object, first) in again {
        for policy in &mut read.policies {
            let key = policy.object.as_ref().map(|object| &object.key);
            if key.is_some_and(|key| ObjectRef { copy: 0, ..key.clone() } == first) {
                Arc::make_mut(policy).certain_subject = false;
            }
        }
        let same = |problem: &Problem| Arc::ptr_eq(&problem.object, &object) && problem.fix == DUPLICATE_FIX;
        if !read.problems.iter().any(same) {
            read.problems.push(Problem {
                path: Path::root().child("metadata").child("name"),
                message: format!("{first} is there more than once, and says different things"),
                fix: DUPLICATE_FIX.to_owned(),
                object,
                unsupported: false,
            });
        }
    }
}

const DUPLICATE_FIX: &str = "remove one of them, or give it another name";

pub(crate) fn namespace(object: &Arc<Object>) -> Namespace {
    let labels = object.value.dig(&["metadata", "labels"]).and_then(Value::as_map);
    Namespace { name: object.key.name.clone(), labels: labels_of(labels), object: Some(Arc::clone(object)) }
}

pub(crate) fn node(object: &Arc<Object>) -> Node {
    let labels = object.value.dig(&["metadata", "labels"]).and_then(Value::as_map);
    let addresses = object
        .value
        .dig_items(&["status", "addresses"])
        .iter()
        .filter(|item| matches!(item.dig_str(&["type"]), Some("InternalIP" | "ExternalIP")))
        .filter_map(|item| item.dig_str(&["address"])?.parse().ok())
        .collect();
    Node { name: object.key.name.clone(), labels: labels_of(labels), addresses }
}

/// What a workload is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Home {
    pub(crate) namespace: CompactString,
    pub(crate) name: CompactString,
    pub(crate) kind: CompactString,
}

impl Home {
    pub(crate) fn of(workload: &Workload) -> Self {
        let Workload { namespace, name, kind, .. } = workload;
        Self { namespace: namespace.clone(), name: name.clone(), kind: kind.clone() }
    }

    /// Of a pod.
    pub(crate) fn of_pod(world: &World, object: &Arc<Object>) -> Self {
        let (name, kind) = owner_of(world, object, is_live(object)).map_or_else(
            || (object.key.name.clone(), object.key.kind.clone()),
            |(name, kind, _)| (name, kind),
        );
        Self { namespace: namespace_of(object), name, kind }
    }
}

/// Whether an object comes from a cluster, where owners and what they own are both there.
fn is_live(object: &Object) -> bool {
    matches!(object.origin, Origin::Cluster { .. } | Origin::Dump { .. })
}

/// Workloads, each once, those with pods first.
fn workloads(world: &World) -> Vec<Workload> {
    let mut places: FxHashMap<Home, usize> = FxHashMap::default();
    /// A workload with its pods and its templates.
    type Parts<'w> = (Home, Vec<&'w Arc<Object>>, Vec<&'w Arc<Object>>);
    let mut parts: Vec<Parts<'_>> = Vec::new();
    let mut place = |home: Home, parts: &mut Vec<Parts<'_>>| {
        *places.entry(home).or_insert_with_key(|home| {
            parts.push((home.clone(), Vec::new(), Vec::new()));
            parts.len() - 1
        })
    };
    for object in world.of_kind(kinds::POD) {
        let index = place(Home::of_pod(world, object), &mut parts);
        parts[index].1.push(object);
    }
    for object in world.workloads().filter(|object| !object.key.is(kinds::POD)) {
        for workload in workloads_of_object(world, object) {
            let index = place(Home::of(&workload), &mut parts);
            parts[index].2.push(object);
        }
    }
    parts.iter().filter_map(|(home, pods, templates)| workload_at(world, home, pods, templates)).collect()
}

/// One workload from its pods and the objects that have it as a template: pods of a live cluster are shown
/// as the workload at the top of their owners, and a workload that has pods is not shown by its template
/// too. `None` if nothing is left.
pub(crate) fn workload_at(
    world: &World,
    home: &Home,
    pods: &[&Arc<Object>],
    templates: &[&Arc<Object>],
) -> Option<Workload> {
    let mut found: Option<Workload> = None;
    for object in pods {
        let Some(mut facts) = world.pods_of(object).first().map(|pod| facts(pod)) else { continue };
        facts.finished = is_over(object);
        let workload = found.get_or_insert_with(|| {
            let owner = owner_of(world, object, is_live(object)).and_then(|(_, _, owner)| owner);
            let Home { namespace, name, kind } = home.clone();
            let object = Some(owner.unwrap_or_else(|| Arc::clone(object)));
            Workload { object, namespace, name, kind, many: false, pods: Vec::new() }
        });
        workload.many |= !workload.pods.is_empty();
        workload.pods.push(facts);
    }
    for object in templates {
        for template in workloads_of_object(world, object) {
            if Home::of(&template) != *home {
                continue;
            }
            match &mut found {
                Some(known) => {
                    if !is_live(object) || runs_again(object, &known.pods) {
                        known.pods.extend(template.pods);
                    }
                }
                None => found = Some(template),
            }
        }
    }
    found
}

/// Whether all pods have ended and there will be others: of a CronJob at its next time, of a Job never.
fn runs_again(object: &Object, pods: &[PodFacts]) -> bool {
    !object.key.is(kinds::JOB) && pods.iter().all(|pod| pod.finished)
}

/// Whether a pod has ended: it has no address any more.
fn is_over(object: &Object) -> bool {
    matches!(object.value.dig_str(&["status", "phase"]), Some("Succeeded" | "Failed"))
}

/// Name, kind, and the object if it is there.
type Owner = (CompactString, CompactString, Option<Arc<Object>>);

/// Whose pod it is. In files the owner is the one that the pod names, as netpol-analyzer shows it, and a
/// Pod where it names no kind; in a live cluster the one at the top.
fn owner_of(world: &World, object: &Arc<Object>, live: bool) -> Option<Owner> {
    if live {
        let top = world.top_owner(object);
        if !Arc::ptr_eq(top, object) {
            return Some((top.key.name.clone(), top.key.kind.clone(), Some(Arc::clone(top))));
        }
    }
    let owners = object.value.dig_items(&["metadata", "ownerReferences"]);
    let is_controller = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.iter().find(is_controller)?;
    let name = owner.dig_str(&["name"]).filter(|name| !name.is_empty())?;
    let kind = owner.dig_str(&["kind"]).filter(|kind| !kind.is_empty()).unwrap_or("Pod");
    (kind != "Node").then(|| (name.into(), kind.into(), world.controller_of(object).cloned()))
}

/// The workloads that one object other than a Pod is. Objects of which only containers are known are none.
pub fn workloads_of_object(world: &World, object: &Arc<Object>) -> Vec<Workload> {
    let pods = world.pods_of(object);
    let single = pods.len() == 1;
    pods.iter()
        .enumerate()
        .filter(|(_, pod)| !pod.is_partial())
        .map(|(index, pod)| Workload {
            object: Some(Arc::clone(object)),
            namespace: namespace_of(object),
            name: if single {
                object.key.name.clone()
            } else {
                CompactString::from(format!("{}#{index}", object.key.name))
            },
            kind: object.key.kind.clone(),
            many: runs_many(object),
            pods: vec![facts(pod)],
        })
        .collect()
}

fn runs_many(object: &Object) -> bool {
    let count = |field: &str| object.value.dig(&["spec", field]).and_then(Value::as_i64).unwrap_or(1);
    match object.key.kind.as_str() {
        "DaemonSet" => true,
        "Job" => count("parallelism") > 1,
        "CronJob" => false,
        _ => count("replicas") > 1,
    }
}

fn facts(pod: &Pod<'_>) -> PodFacts {
    let status = pod.object.value.get("status").filter(|_| pod.object.key.is(kinds::POD));
    let mut addresses: Vec<core::net::IpAddr> = status
        .map(|status| status.dig_items(&["podIPs"]))
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.dig_str(&["ip"])?.parse().ok())
        .collect();
    if addresses.is_empty() {
        addresses.extend(
            status
                .and_then(|status| status.dig_str(&["podIP"]))
                .and_then(|ip| ip.parse::<core::net::IpAddr>().ok()),
        );
    }
    let mut host_addresses: Vec<core::net::IpAddr> = status
        .map(|status| status.dig_items(&["hostIPs"]))
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.dig_str(&["ip"])?.parse().ok())
        .collect();
    host_addresses.extend(
        status
            .and_then(|status| status.dig_str(&["hostIP"]))
            .and_then(|ip| ip.parse::<core::net::IpAddr>().ok()),
    );
    host_addresses.sort_unstable();
    host_addresses.dedup();
    let mut ports = Vec::new();
    for container in pod.containers() {
        let sidecar = match container.kind {
            ContainerKind::Sidecar => true,
            ContainerKind::Regular => false,
            ContainerKind::Init | ContainerKind::Ephemeral => continue,
        };
        for port in container.value.get("ports").and_then(Value::as_array).unwrap_or_default() {
            let protocol = port.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of);
            let number =
                port.get("containerPort").and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
            if let Some((protocol, number)) = protocol.zip(number).filter(|(_, number)| *number > 0) {
                let name = port.dig_str(&["name"]).unwrap_or_default().into();
                ports.push(ContainerPort { name, protocol, number, sidecar });
            }
        }
    }
    PodFacts {
        name: if pod.object.key.is(kinds::POD) {
            pod.object.key.name.clone()
        } else {
            CompactString::default()
        },
        labels: labels_of(pod.labels()),
        ports,
        host_network: pod.flag("hostNetwork"),
        addresses,
        host_addresses,
        finished: false,
        node: pod.spec.dig_str(&["nodeName"]).unwrap_or_default().into(),
        service_account: pod.service_account().0.into(),
    }
}
