//! Where traffic comes in from: what Services, Ingresses, Routes and Gateways open.

use ironhull_world::World;
use rustc_hash::FxHashMap;

use crate::algebra::Conns;
use crate::engine::{Network, WorkloadId};

/// What the cluster's entry objects open.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    controller: FxHashMap<WorkloadId, Conns>,
}

impl Entries {
    /// Of the objects of a cluster.
    pub fn of(_world: &World, _network: &Network) -> Self {
        Self::default()
    }

    /// Whether there is nothing that brings traffic in.
    pub fn is_empty(&self) -> bool {
        self.controller.is_empty()
    }

    /// What an ingress controller may ask of a workload, policies aside.
    pub fn through_controller(&self, workload: WorkloadId) -> Conns {
        self.controller.get(&workload).cloned().unwrap_or_default()
    }
}
