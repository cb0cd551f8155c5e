//! What one class may do in one direction, towards every other end.

use core::net::IpAddr;
use std::collections::BTreeSet;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::classes::{ClassId, PortsId};
use super::compile::{CompiledRule, PolicyId};
use super::decide::{Applying, decide_matched};
use super::families::FAMILIES;
use super::groups::GroupId;
use super::network::Network;
use super::verdict::{Verdict, VerdictId, Verdicts};
use crate::algebra::Conns;
use crate::policy::Direction;

/// Where a verdict changes. Most rows have one for all addresses.
type Pieces<B> = SmallVec<[(B, VerdictId); 1]>;

/// The verdicts of one class in one direction.
#[derive(Clone, Debug)]
pub struct Row {
    /// The policies that apply, in order.
    pub policies: Box<[PolicyId]>,
    /// For classes that no rule names.
    default: VerdictId,
    /// The same by the ports that the other end declares, where rules for everyone have named ports.
    default_by_ports: FxHashMap<PortsId, VerdictId>,
    /// For the others, ordered.
    classes: Vec<(ClassId, VerdictId)>,
    /// For IPv4 addresses: each from here to the next.
    v4: Pieces<u32>,
    /// For IPv6 addresses.
    v6: Pieces<u128>,
    /// For domain names that a rule has.
    names: Vec<(CompactString, VerdictId)>,
    /// For a domain name that no rule has.
    other_name: VerdictId,
    /// The groups it was made from, with their versions.
    groups: Box<[(GroupId, u64)]>,
}

impl Row {
    /// The row of a class that no policy selects.
    pub(super) fn open() -> Self {
        Self {
            policies: Box::default(),
            default: Verdicts::ALL,
            default_by_ports: FxHashMap::default(),
            classes: Vec::new(),
            v4: smallvec![(0, Verdicts::ALL)],
            v6: smallvec![(0, Verdicts::ALL)],
            names: Vec::new(),
            other_name: Verdicts::ALL,
            groups: Box::default(),
        }
    }

    /// Whether every group still has the members it had.
    pub(super) fn is_fresh(&self, network: &Network) -> bool {
        // New ports ask for a default of their own.
        let ports =
            self.default_by_ports.is_empty() || self.default_by_ports.len() == network.all_ports().len();
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
        if self.default_by_ports.is_empty() {
            return self.default;
        }
        self.default_by_ports.get(&ports).copied().unwrap_or(self.default)
    }

    /// The classes that rules name, with their verdicts.
    pub(crate) fn classes(&self) -> &[(ClassId, VerdictId)] {
        &self.classes
    }

    /// The verdict for an address outside of the cluster.
    pub fn address(&self, address: IpAddr) -> VerdictId {
        match address {
            IpAddr::V4(address) => at(&self.v4, address.to_bits()),
            IpAddr::V6(address) => at(&self.v6, address.to_bits()),
        }
    }

    /// The verdict for a domain name, as a rule writes it.
    pub fn name(&self, name: &str) -> VerdictId {
        self.names.iter().find(|(own, _)| own == name).map_or(self.other_name, |(_, id)| *id)
    }

    /// The domain names that rules have.
    pub fn names(&self) -> impl Iterator<Item = (&str, VerdictId)> {
        self.names.iter().map(|(name, id)| (name.as_str(), *id))
    }

    /// Where the verdict for IPv4 addresses changes.
    pub(crate) fn v4(&self) -> &[(u32, VerdictId)] {
        &self.v4
    }

    /// Where the verdict for IPv6 addresses changes.
    pub(crate) fn v6(&self) -> &[(u128, VerdictId)] {
        &self.v6
    }
}

fn at<B: Copy + Ord>(pieces: &[(B, VerdictId)], bits: B) -> VerdictId {
    let place = pieces.partition_point(|(start, _)| *start <= bits);
    place.checked_sub(1).and_then(|place| pieces.get(place)).map_or(Verdicts::ALL, |(_, id)| *id)
}

/// Which rules match is a number: the number before the last rule matched, and that rule.
type Signature = u32;

/// Makes the row for a class that `applying` select, in order. `own_ports` are the ports that the class
/// declares: on the way in it is the destination.
pub(super) fn make(
    network: &Network,
    verdicts: &mut Verdicts,
    applying: &[Applying<'_>],
    direction: Direction,
    own_ports: PortsId,
) -> Row {
    let rules: Vec<(usize, usize, &CompiledRule)> = applying
        .iter()
        .enumerate()
        .filter_map(|(place, (_, policy))| Some((place, policy.side(direction)?)))
        .flat_map(|(place, side)| {
            side.rules.iter().enumerate().map(move |(number, rule)| (place, number, rule))
        })
        .collect();
    let named = rules.iter().any(|(_, _, rule)| rule.ports.has_names());
    let mut maker = Maker {
        network,
        verdicts,
        applying,
        direction,
        own_ports,
        rules: &rules,
        everything: rules
            .iter()
            .enumerate()
            .filter(|(_, (_, _, rule))| rule.everything)
            .map(|(index, _)| index)
            .collect(),
        named,
        bare: SmallVec::new(),
        memo: FxHashMap::default(),
    };

    // Refine: who is matched by the same rules has the same signature.
    let mut chain: Vec<(Signature, usize)> = vec![(0, 0)];
    let mut next: FxHashMap<(Signature, usize), Signature> = FxHashMap::default();
    let mut signatures: FxHashMap<ClassId, (Signature, usize)> = FxHashMap::default();
    let mut groups = Vec::new();
    for (index, (_, _, rule)) in rules.iter().enumerate() {
        if rule.everything {
            continue;
        }
        for &group in &rule.groups {
            let Some(group) =
                network.groups.get(group).map(|found| (groups.push((group, found.version)), found).1)
            else {
                continue;
            };
            for &class in &group.members {
                let entry = signatures.entry(class).or_insert((0, usize::MAX));
                if entry.1 == index {
                    continue;
                }
                let signature = *next.entry((entry.0, index)).or_insert_with(|| {
                    chain.push((entry.0, index));
                    u32::try_from(chain.len() - 1).unwrap_or(u32::MAX)
                });
                *entry = (signature, index);
            }
        }
    }
    let mut classes: Vec<(ClassId, VerdictId)> = Vec::with_capacity(signatures.len());
    let mut of_signature: FxHashMap<(Signature, PortsId), VerdictId> = FxHashMap::default();
    let about_addresses = rules.iter().any(|(_, _, rule)| network.names_addresses(rule));
    let depends_on_peer = named && direction == Direction::Egress;
    for (class, (signature, _)) in signatures {
        let ports = match direction {
            Direction::Ingress => own_ports,
            Direction::Egress if depends_on_peer => network.ports_of(class),
            Direction::Egress => 0,
        };
        let verdict = *of_signature
            .entry((signature, ports))
            .or_insert_with(|| maker.verdict(&matched_by(&chain, signature), ports));
        let verdict = if about_addresses && network.has_both_families(class) {
            maker.of_both_families(class, ports)
        } else {
            verdict
        };
        classes.push((class, verdict));
    }
    classes.sort_unstable_by_key(|(class, _)| *class);

    let default = maker.verdict(&[], own_ports);
    let mut default_by_ports = FxHashMap::default();
    if depends_on_peer && rules.iter().any(|(_, _, rule)| rule.everything && rule.ports.has_names()) {
        for ports in network.all_ports() {
            default_by_ports.insert(ports, maker.verdict(&[], ports));
        }
    }
    let v4 = maker.pieces(0, u32::MAX, |rule| rule.addresses.v4());
    let v6 = maker.pieces(0, u128::MAX, |rule| rule.addresses.v6());
    let (names, other_name) = maker.names();
    groups.sort_unstable();
    groups.dedup();
    Row {
        policies: applying.iter().map(|(id, _)| *id).collect(),
        default,
        default_by_ports,
        classes,
        v4,
        v6,
        names,
        other_name,
        groups: groups.into(),
    }
}

/// The rules of a signature, in order.
fn matched_by(chain: &[(Signature, usize)], mut signature: Signature) -> Vec<usize> {
    let mut found = Vec::new();
    while let Some(&(before, rule)) = chain.get(signature as usize).filter(|_| signature != 0) {
        found.push(rule);
        signature = before;
    }
    found.reverse();
    found
}

struct Maker<'n, 'v> {
    network: &'n Network,
    verdicts: &'v mut Verdicts,
    applying: &'v [Applying<'n>],
    direction: Direction,
    own_ports: PortsId,
    rules: &'v [(usize, usize, &'n CompiledRule)],
    /// Those that match every end.
    everything: Vec<usize>,
    /// Whether any rule names a port.
    named: bool,
    /// Verdicts for ends that only those match, by the destination's ports.
    bare: SmallVec<[(PortsId, VerdictId); 2]>,
    memo: FxHashMap<(Vec<usize>, PortsId), VerdictId>,
}

impl Maker<'_, '_> {
    /// The verdict for an end that these rules match, beside those that match everything. `ports` are those
    /// of the destination.
    fn verdict(&mut self, matched: &[usize], ports: PortsId) -> VerdictId {
        let declared = self.network.declared(ports);
        if !matched.is_empty() {
            return self.decided(matched, declared);
        }
        // What no rule names is asked for as a class, as addresses of both families and as a name.
        let ports = if self.named { ports } else { 0 };
        if let Some((_, known)) = self.bare.iter().find(|(own, _)| *own == ports) {
            return *known;
        }
        let verdict = self.decided(matched, declared);
        self.bare.push((ports, verdict));
        verdict
    }

    /// The verdict for a class that has addresses of both families, where rules speak of addresses.
    fn of_both_families(&mut self, class: ClassId, ports: PortsId) -> VerdictId {
        let [v4, v6] = FAMILIES.map(|family| {
            let matched: Vec<usize> = (0..self.rules.len())
                .filter(|&index| self.network.matches_in(self.rules[index].2, class, family))
                .collect();
            let id = self.verdict(&matched, ports);
            self.verdicts.get(id).clone()
        });
        self.verdicts.intern(v4.either(&v6))
    }

    fn decided(&mut self, matched: &[usize], declared: &[super::classes::DeclaredPort]) -> VerdictId {
        let profile = self.network.profile();
        let mut all: SmallVec<[usize; 16]> = self.everything.iter().chain(matched).copied().collect();
        all.sort_unstable();
        all.dedup();
        let matched =
            all.iter().filter_map(|&index| self.rules.get(index)).map(|(place, number, _)| (*place, *number));
        let ports = |rule: &CompiledRule| rule.ports.resolve(declared, profile);
        let verdict = decide_matched(self.applying, self.direction, matched, ports, |_| {});
        self.verdicts.intern(self.network.seen_by_profile(verdict))
    }

    /// The verdicts for addresses, as pieces: cut wherever a rule's range begins or ends.
    fn pieces<B: Copy + Ord + Step>(
        &mut self,
        first: B,
        last: B,
        ranges: impl Fn(&CompiledRule) -> &[(B, B)],
    ) -> Pieces<B> {
        // Where a rule begins and where it has ended, in order: only rules about the place are looked at.
        let mut events: Vec<(B, usize, bool)> = Vec::new();
        for (index, (_, _, rule)) in self.rules.iter().enumerate() {
            for &(low, high) in ranges(rule) {
                events.push((low, index, true));
                if high < last {
                    events.push((high.next(), index, false));
                }
            }
        }
        events.sort_unstable();
        let mut active: BTreeSet<usize> = BTreeSet::new();
        let mut pieces = Pieces::new();
        let mut events = events.into_iter().peekable();
        let mut start = first;
        loop {
            // A rule's own ranges never touch, so that the end of one cannot undo the beginning of another.
            while let Some((_, index, begins)) = events.next_if(|(at, _, _)| *at <= start) {
                if begins {
                    active.insert(index)
                } else {
                    active.remove(&index)
                };
            }
            let verdict = self.address_verdict(active.iter().copied().collect());
            if pieces.last().is_none_or(|(_, last)| *last != verdict) {
                pieces.push((start, verdict));
            }
            match events.peek() {
                Some((at, _, _)) => start = *at,
                None => break,
            }
        }
        pieces
    }

    fn address_verdict(&mut self, matched: Vec<usize>) -> VerdictId {
        // On the way in the class itself is the destination; an address outside declares no ports.
        let ports = match self.direction {
            Direction::Ingress => self.own_ports,
            Direction::Egress => PortsId::MAX,
        };
        if let Some(&known) = self.memo.get(&(matched.clone(), ports)) {
            return known;
        }
        let verdict = self.verdict(&matched, ports);
        self.memo.insert((matched, ports), verdict);
        verdict
    }

    /// The verdicts for domain names. An address that stands behind a name is not known: a rule about some
    /// addresses leaves the answer open unless it is about all of them.
    fn names(&mut self) -> (Vec<(CompactString, VerdictId)>, VerdictId) {
        let mut names: Vec<&CompactString> = self.rules.iter().flat_map(|(_, _, rule)| &rule.names).collect();
        names.sort_unstable();
        names.dedup();
        let verdict = |maker: &mut Self, name: Option<&CompactString>| {
            let matched: Vec<usize> = (0..maker.rules.len())
                .filter(|&index| {
                    let rule = maker.rules[index].2;
                    rule.is_about_all_addresses() || name.is_some_and(|name| rule.names.contains(name))
                })
                .collect();
            let some = maker
                .rules
                .iter()
                .any(|(_, _, rule)| !rule.addresses.is_empty() && !rule.is_about_all_addresses());
            // On the way in, named ports are the class's own.
            let ports = match maker.direction {
                Direction::Ingress => maker.own_ports,
                Direction::Egress => PortsId::MAX,
            };
            let id = maker.verdict(&matched, ports);
            if !some {
                return id;
            }
            // Rules about some addresses may let more through, or less.
            let named = maker.verdicts.get(id).clone();
            let rest = maker.partly(&matched);
            let allowed = named.allowed.difference(&rest);
            let unknown = named.unknown.union(&rest);
            maker.verdicts.intern(Verdict { allowed, unknown })
        };
        let found = names.iter().map(|name| ((*name).clone(), verdict(self, Some(name)))).collect();
        let other = verdict(self, None);
        (found, other)
    }

    /// The connections that rules about some addresses are about.
    fn partly(&self, matched: &[usize]) -> Conns {
        let profile = self.network.profile();
        self.rules
            .iter()
            .enumerate()
            .filter(|(index, (_, _, rule))| !rule.addresses.is_empty() && !matched.contains(index))
            .fold(Conns::none(), |conns, (_, (_, _, rule))| conns.union(&rule.ports.resolve(&[], profile)))
    }
}

/// The number after this one.
trait Step {
    fn next(self) -> Self;
}

impl Step for u32 {
    fn next(self) -> Self {
        self.saturating_add(1)
    }
}

impl Step for u128 {
    fn next(self) -> Self {
        self.saturating_add(1)
    }
}
