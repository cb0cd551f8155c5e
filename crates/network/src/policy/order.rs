//! When a policy is asked.

use std::cmp::Ordering;

use compact_str::CompactString;

/// A stage of the decision. Stages are asked one after the other until one decides.
///
/// `policy.networking.k8s.io` has three: Admin, then NetworkPolicy, then Baseline. Calico's tiers are
/// stages of their own with an order; its default tier is where NetworkPolicy stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Lower first. Admin is 1,000, NetworkPolicy and Calico's default tier 1,000,000, Baseline 10,000,000:
    /// the orders that Calico gives them.
    pub order: f64,
    /// Ties go by name.
    pub name: CompactString,
}

impl Stage {
    /// AdminNetworkPolicy and the Admin tier of ClusterNetworkPolicy.
    pub fn admin() -> Self {
        Self { order: 1_000.0, name: CompactString::const_new("adminnetworkpolicy") }
    }

    /// NetworkPolicy.
    pub fn network_policy() -> Self {
        Self { order: 1_000_000.0, name: CompactString::const_new("default") }
    }

    /// BaselineAdminNetworkPolicy and the Baseline tier of ClusterNetworkPolicy.
    pub fn baseline() -> Self {
        Self { order: 10_000_000.0, name: CompactString::const_new("baselineadminnetworkpolicy") }
    }
}

/// The place of a policy: its stage, its order within, then its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The stage.
    pub stage: Stage,
    /// Lower first: a priority, or Calico's `order`.
    pub rank: f64,
    /// The last resort between two policies.
    pub name: CompactString,
    /// Which part of its object it is, from 0 without gaps: an object of the richer APIs is read as several
    /// policies where its rules do not all select the same pods, or do not stand in the same place.
    pub part: u16,
}

impl Order {
    /// The order of all policies: which is asked before which.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.stage
            .order
            .total_cmp(&other.stage.order)
            .then_with(|| self.stage.name.cmp(&other.stage.name))
            .then_with(|| self.rank.total_cmp(&other.rank))
            .then_with(|| self.name.cmp(&other.name))
            .then_with(|| self.part.cmp(&other.part))
    }

    /// Whether both belong to one stage.
    pub fn same_stage(&self, other: &Self) -> bool {
        self.stage == other.stage
    }
}
