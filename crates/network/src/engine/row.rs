//! What one class may do in one direction, towards every other end.

use core::net::IpAddr;
use std::rc::Rc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::classes::{ClassId, PortsId};
use super::compile::PolicyId;
use super::groups::GroupId;
use super::network::Network;
use super::verdict::{VerdictId, Verdicts};
use crate::policy::Direction;

/// Where a verdict changes. Most rows have one for all addresses.
pub(super) type Pieces<B> = SmallVec<[(B, VerdictId); 1]>;

/// Verdicts for classes, ordered.
pub(super) type OfClasses = SmallVec<[(ClassId, VerdictId); 2]>;

/// Groups with the version that was seen.
pub(super) type Versions = SmallVec<[(GroupId, u64); 1]>;

/// The verdicts of one class in one direction.
#[derive(Clone, Debug)]
pub struct Row {
    /// The policies that apply, in order.
    pub policies: SmallVec<[PolicyId; 4]>,
    pub(super) direction: Direction,
    /// The ports of the class, where rules name some and the class is the destination.
    pub(super) own_ports: PortsId,
    /// For classes that no rule names.
    pub(super) default: VerdictId,
    /// For the others.
    pub(super) classes: OfClasses,
    pub(super) rest: Rc<Rest>,
    /// The groups it was made from, with their versions.
    pub(super) groups: Versions,
}

/// The verdicts that most rows share, as few rules speak of anything but pods.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    /// For classes that no rule names, by the ports that they declare, where rules for everyone have named
    /// ports.
    pub(super) default_by_ports: FxHashMap<PortsId, VerdictId>,
    /// For IPv4 addresses: each from here to the next.
    pub(super) v4: Pieces<u32>,
    /// For IPv6 addresses.
    pub(super) v6: Pieces<u128>,
    /// For domain names that a rule has.
    pub(super) names: Vec<(CompactString, VerdictId)>,
    /// For a domain name that no rule has.
    pub(super) other_name: VerdictId,
}

impl Rest {
    /// The same verdict for everything.
    pub(super) fn plain(verdict: VerdictId) -> Self {
        Self {
            default_by_ports: FxHashMap::default(),
            v4: smallvec![(0, verdict)],
            v6: smallvec![(0, verdict)],
            names: Vec::new(),
            other_name: verdict,
        }
    }
}

impl Row {
    /// The row of a class that no policy selects.
    pub(super) fn open() -> Self {
        Self {
            policies: SmallVec::new(),
            direction: Direction::Ingress,
            own_ports: 0,
            default: Verdicts::ALL,
            classes: SmallVec::new(),
            rest: Rc::new(Rest::plain(Verdicts::ALL)),
            groups: SmallVec::new(),
        }
    }

    /// Whether every group still has the members it had.
    pub(super) fn is_fresh(&self, network: &Network) -> bool {
        // New ports ask for a default of their own.
        let known = self.rest.default_by_ports.len();
        let ports = known == 0 || known == network.all_ports().len();
        ports
            && self
                .groups
                .iter()
                .all(|&(id, version)| network.groups.get(id).is_some_and(|group| group.version == version))
    }

    /// The verdict for a class that declares these ports.
    pub(crate) fn class(&self, id: ClassId, ports: PortsId) -> VerdictId {
        match self.classes.binary_search_by_key(&id, |(class, _)| *class) {
            Ok(place) => self.classes[place].1,
            Err(_) => self.default_for(ports),
        }
    }

    /// The verdict for a class that no rule names.
    pub(crate) fn default_for(&self, ports: PortsId) -> VerdictId {
        if self.rest.default_by_ports.is_empty() {
            return self.default;
        }
        self.rest.default_by_ports.get(&ports).copied().unwrap_or(self.default)
    }

    /// The classes that rules name, with their verdicts.
    pub(crate) fn classes(&self) -> &[(ClassId, VerdictId)] {
        &self.classes
    }

    /// The verdict for an address outside of the cluster.
    pub fn address(&self, address: IpAddr) -> VerdictId {
        match address {
            IpAddr::V4(address) => at(&self.rest.v4, address.to_bits()),
            IpAddr::V6(address) => at(&self.rest.v6, address.to_bits()),
        }
    }

    /// The verdict for a domain name, as a rule writes it.
    pub fn name(&self, name: &str) -> VerdictId {
        self.rest.names.iter().find(|(own, _)| own == name).map_or(self.rest.other_name, |(_, id)| *id)
    }

    /// The domain names that rules have.
    pub fn names(&self) -> impl Iterator<Item = (&str, VerdictId)> {
        self.rest.names.iter().map(|(name, id)| (name.as_str(), *id))
    }

    /// Where the verdict for IPv4 addresses changes.
    pub(crate) fn v4(&self) -> &[(u32, VerdictId)] {
        &self.rest.v4
    }

    /// Where the verdict for IPv6 addresses changes.
    pub(crate) fn v6(&self) -> &[(u128, VerdictId)] {
        &self.rest.v6
    }
}

fn at<B: Copy + Ord>(pieces: &[(B, VerdictId)], bits: B) -> VerdictId {
    let place = pieces.partition_point(|(start, _)| *start <= bits);
    place.checked_sub(1).and_then(|place| pieces.get(place)).map_or(Verdicts::ALL, |(_, id)| *id)
}
