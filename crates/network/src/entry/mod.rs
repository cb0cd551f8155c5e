//! Where traffic comes in from: what Services, Ingresses, Routes and Gateways open.
//!
//! Two questions are answered. What may an ingress controller ask of a workload ([`Entries::through_controller`])?
//! It is then shown as the source `{ingress-controller}`. And which doors into the cluster are there at all
//! ([`Entries::doors`]), with the object and the field that opens each?
//!
//! An entry opens nothing by itself: policies still decide. But who may open one decides what is asked of them.

mod gateway;
mod grant;
mod ingress;
mod listener;
mod service;

use core::net::IpAddr;
use std::fmt;
use std::sync::Arc;

use ironhull_value::Path;
use ironhull_world::{Object, World};
use rustc_hash::FxHashMap;

use self::service::Reader;
use crate::algebra::{AddressSet, Conns};
use crate::engine::{End, Network, Solver, WorkloadId};

/// What kind of door it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DoorKind {
    /// An Ingress: through an ingress controller.
    Ingress,
    /// An OpenShift Route: through the router.
    Route,
    /// A Gateway with a route of the Gateway API: through what implements the gateway.
    Gateway,
    /// A port on every node.
    NodePort,
    /// An address of a load balancer.
    LoadBalancer,
    /// Addresses that the nodes answer for, given by `externalIPs`.
    ExternalAddress,
}

impl DoorKind {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Route => "route",
            Self::Gateway => "gateway",
            Self::NodePort => "node port",
            Self::LoadBalancer => "load balancer",
            Self::ExternalAddress => "external IP",
        }
    }

    /// Whether a controller stands between the client and the pod: policies then see the controller as the
    /// source, and not the client.
    pub fn has_controller(self) -> bool {
        matches!(self, Self::Ingress | Self::Route | Self::Gateway)
    }
}

impl fmt::Display for DoorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A door into the cluster, with one workload behind it.
#[derive(Clone, Debug)]
pub struct Door {
    /// What kind of door.
    pub kind: DoorKind,
    /// The object that opens it.
    pub object: Arc<Object>,
    /// The field of it that does.
    pub path: Path,
    /// The Service it leads through; for the doors of a Service that Service itself.
    pub service: Arc<Object>,
    /// Who may come to the door. Of a door with a controller these are the controller's clients.
    pub clients: AddressSet,
    /// Whether policies at the pod see the client's address. Without `externalTrafficPolicy: Local` a node
    /// may put its own address in its place.
    pub keeps_client: bool,
    /// The addresses of the door itself, where the object names them.
    pub addresses: Vec<IpAddr>,
    /// The workload behind it.
    pub workload: WorkloadId,
    /// What can be asked of it, as the pod's own ports.
    pub conns: Conns,
}

/// Something about an entry that a reader should know: a part of it leads nowhere, or was not understood.
#[derive(Clone, Debug)]
pub struct Note {
    /// The object.
    pub object: Arc<Object>,
    /// The field.
    pub path: Path,
    /// What is the matter.
    pub message: String,
}

/// What the cluster's entry objects open.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    controller: FxHashMap<WorkloadId, Conns>,
    doors: Vec<Door>,
    notes: Vec<Note>,
}

impl Entries {
    /// Of the objects of a cluster. The network must be made of the same objects.
    pub fn of(world: &World, network: &Network) -> Self {
        let mut reader = Reader::new(world, network);
        ingress::read(&mut reader);
        gateway::read(&mut reader);
        service::read(&mut reader);
        let (doors, notes) = reader.finish();
        let mut controller: FxHashMap<WorkloadId, Conns> = FxHashMap::default();
        for door in doors.iter().filter(|door| door.kind.has_controller()) {
            let conns = controller.entry(door.workload).or_default();
            *conns = conns.union(&door.conns);
        }
        Self { controller, doors, notes }
    }

    /// Whether no controller brings traffic in.
    pub fn is_empty(&self) -> bool {
        self.controller.is_empty()
    }

    /// What an ingress controller may ask of a workload, policies aside.
    pub fn through_controller(&self, workload: WorkloadId) -> Conns {
        self.controller.get(&workload).cloned().unwrap_or_default()
    }

    /// Every door, in the order of the objects.
    pub fn doors(&self) -> &[Door] {
        &self.doors
    }

    /// The doors that lead to a workload.
    pub fn doors_of(&self, workload: WorkloadId) -> impl Iterator<Item = &Door> {
        self.doors.iter().filter(move |door| door.workload == workload)
    }

    /// Doors with a controller behind which the policies let nothing through that comes from an unknown pod of
    /// the cluster. The controller may still be let in, if its own namespace and labels are; a list cannot
    /// know.
    pub fn blocked(&self, network: &Network, solver: &mut Solver) -> Vec<Note> {
        let mut found: Vec<Note> = Vec::new();
        for door in self.doors.iter().filter(|door| door.kind.has_controller()) {
            let Some(entry) = network.workload(door.workload) else { continue };
            let passes = entry.classes.iter().any(|&class| {
                let from = End::Class(network.controller());
                let id = solver.between(network, &from, &End::Class(class));
                let verdict = solver.verdict(id);
                let possible = verdict.allowed.union(&verdict.unknown);
                !possible.intersection(&door.conns).is_empty()
            });
            let message = format!(
                "{} is a backend, but policies block what comes from an arbitrary pod of the cluster: the list has no \
                 connection from the ingress controller to it",
                entry.workload.title()
            );
            if !passes
                && !found.iter().any(|note| note.message == message && note.object.key == door.object.key)
            {
                found.push(Note { object: Arc::clone(&door.object), path: door.path.clone(), message });
            }
        }
        found
    }

    /// What is wrong with the entries, or leads nowhere.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}
