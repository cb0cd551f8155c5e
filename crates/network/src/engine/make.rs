//! Makes rows.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeSet, BinaryHeap};
use std::rc::Rc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::classes::{ClassId, PortsId};
use super::compile::CompiledRule;
use super::decide::{Applying, decide_matched};
use super::families::FAMILIES;
use super::network::Network;
use super::row::{OfClasses, Pieces, Rest, Row, Versions};
use super::verdict::{Situation, Verdict, VerdictId, Verdicts};
use crate::algebra::Conns;
use crate::policy::Direction;

/// Makes the row for a class that `applying` select, in order. `own_ports` are the ports that the class
/// declares: on the way in it is the destination.
pub(super) fn make(
    network: &Network,
    verdicts: &mut Verdicts,
    applying: &[Applying<'_>],
    direction: Direction,
    own_ports: PortsId,
) -> Row {
    let mut maker = Maker::new(network, verdicts, applying, direction, own_ports);
    let (classes, groups) = maker.classes();
    let default = maker.verdict(&[], own_ports);
    let rest = maker.rest(default);
    let policies = applying.iter().map(|(id, _)| *id).collect();
    Row { policies, direction, own_ports, default, classes, rest, groups }
}

/// A rule by its place among all rules that apply.
type RuleIndex = u32;

/// A rule that applies.
struct Placed<'n> {
    /// The place of its policy.
    policy: usize,
    /// Its number in the policy.
    number: usize,
    rule: &'n CompiledRule,
    /// What it does and to which connections, as a number.
    code: u32,
}

struct Maker<'n, 'v> {
    network: &'n Network,
    verdicts: &'v mut Verdicts,
    applying: &'v [Applying<'n>],
    direction: Direction,
    own_ports: PortsId,
    rules: SmallVec<[Placed<'n>; 4]>,
    /// The rules that match every end.
    everything: SmallVec<[RuleIndex; 4]>,
    /// Where the rules of each stage end, and whether being selected isolates there: for certain, perhaps.
    stages: SmallVec<[(usize, [bool; 2]); 2]>,
    /// Whether any rule names a port.
    named: bool,
}

impl<'n, 'v> Maker<'n, 'v> {
    fn new(
        network: &'n Network,
        verdicts: &'v mut Verdicts,
        applying: &'v [Applying<'n>],
        direction: Direction,
        own_ports: PortsId,
    ) -> Self {
        let mut maker = Self {
            network,
            verdicts,
            applying,
            direction,
            own_ports,
            rules: SmallVec::new(),
            everything: SmallVec::new(),
            stages: SmallVec::new(),
            named: false,
        };
        let mut stage = None;
        for (place, (_, policy)) in applying.iter().enumerate() {
            let Some(side) = policy.side(direction) else { continue };
            if stage.replace(policy.stage) != Some(policy.stage) {
                maker.stages.push((0, [false; 2]));
            }
            for (number, rule) in side.rules.iter().enumerate() {
                if rule.everything {
                    maker.everything.push(u32::try_from(maker.rules.len()).unwrap_or(u32::MAX));
                }
                maker.named |= rule.ports.has_names();
                let code = rule.code(policy.certain);
                maker.rules.push(Placed { policy: place, number, rule, code });
            }
            if let Some((end, isolates)) = maker.stages.last_mut() {
                *end = maker.rules.len();
                isolates[usize::from(!policy.certain)] |= side.isolates;
            }
        }
        maker
    }

    /// The classes that rules name, with their verdicts, and the groups that these come from.
    fn classes(&mut self) -> (OfClasses, Versions) {
        let mut groups = Versions::new();
        let mut members: SmallVec<[std::slice::Iter<'n, ClassId>; 4]> = SmallVec::new();
        // The next member of each group with the rule that it is for. They come out by class, then by rule.
        let mut next = BinaryHeap::new();
        for (index, placed) in (0u32..).zip(&self.rules) {
            for &id in &placed.rule.groups {
                let Some(group) = self.network.groups.get(id) else { continue };
                groups.push((id, group.version));
                let mut own = group.members.iter();
                if let Some(&first) = own.next() {
                    next.push(Reverse((first, index, members.len())));
                    members.push(own);
                }
            }
        }
        groups.sort_unstable();
        groups.dedup();
        let about_addresses = self.rules.iter().any(|placed| self.network.names_addresses(placed.rule));
        let depends_on_peer = self.named && self.direction == Direction::Egress;
        let mut classes = OfClasses::new();
        let mut matched: SmallVec<[RuleIndex; 8]> = SmallVec::new();
        // Neighbours are often matched by the same rules.
        let mut before = (matched.clone(), self.own_ports, None);
        while let Some(&Reverse((class, ..))) = next.peek() {
            matched.clear();
            while let Some(mut top) = next.peek_mut().filter(|top| top.0.0 == class) {
                let Reverse((_, index, list)) = *top;
                if matched.last() != Some(&index) {
                    matched.push(index);
                }
                match members.get_mut(list).and_then(Iterator::next) {
                    Some(&class) => *top = Reverse((class, index, list)),
                    None => {
                        PeekMut::pop(top);
                    }
                }
            }
            let ports = if depends_on_peer { self.network.ports_of(class) } else { self.own_ports };
            let verdict = match &before {
                (same, to, Some(verdict)) if *same == matched && *to == ports => *verdict,
                _ => self.verdict(&matched, ports),
            };
            before.0.clone_from(&matched);
            (before.1, before.2) = (ports, Some(verdict));
            let both = about_addresses && self.network.has_both_families(class);
            let verdict = if both { self.of_both_families(class, ports) } else { verdict };
            classes.push((class, verdict));
        }
        classes.shrink_to_fit();
        groups.shrink_to_fit();
        (classes, groups)
    }

    /// The verdicts for everything that is not a class which a rule names.
    fn rest(&mut self, default: VerdictId) -> Rc<Rest> {
        if !self.named && self.rules.iter().all(|placed| placed.rule.outside.is_none()) {
            return self.verdicts.plain(default);
        }
        let mut default_by_ports = FxHashMap::default();
        let by_ports = |placed: &Placed<'_>| placed.rule.everything && placed.rule.ports.has_names();
        if self.direction == Direction::Egress && self.rules.iter().any(by_ports) {
            for ports in self.network.all_ports() {
                default_by_ports.insert(ports, self.verdict(&[], ports));
            }
        }
        let v4 = self.pieces(0, u32::MAX, |rule| rule.addresses().v4());
        let v6 = self.pieces(0, u128::MAX, |rule| rule.addresses().v6());
        let (names, other_name) = self.names();
        Rc::new(Rest { default_by_ports, v4, v6, names, other_name })
    }

    /// The verdict for an end that these rules match, beside those that match everything. `ports` are those
    /// of the destination.
    fn verdict(&mut self, matched: &[RuleIndex], ports: PortsId) -> VerdictId {
        let ports = if self.named { ports } else { 0 };
        let mut all: SmallVec<[RuleIndex; 8]> = self.everything.iter().chain(matched).copied().collect();
        all.sort_unstable();
        all.dedup();
        let situation = self.situation(&all, ports);
        if let Some(known) = self.verdicts.decided(&situation) {
            return known;
        }
        let declared = self.network.declared(ports);
        let profile = self.network.profile();
        let matched = all.iter().filter_map(|&index| self.rules.get(index as usize));
        let matched = matched.map(|placed| (placed.policy, placed.number));
        let ports = |rule: &CompiledRule| rule.ports.resolve(declared, profile);
        let verdict = decide_matched(self.applying, self.direction, matched, ports, |_| {});
        self.verdicts.decide(situation, self.network.seen_by_profile(verdict))
    }

    /// All that the verdict hangs on when just these rules match.
    fn situation(&self, matched: &[RuleIndex], ports: PortsId) -> Situation {
        let mut found = Situation::new();
        found.push(ports);
        let mut matched = matched.iter().map(|&index| index as usize).peekable();
        for &(end, [certainly, perhaps]) in &self.stages {
            while let Some(index) = matched.next_if(|index| *index < end) {
                found.push(self.rules[index].code);
            }
            found.push(u32::from(certainly) << 2 | u32::from(perhaps) << 1);
        }
        found
    }

    /// The rules for which this holds.
    fn matching(&self, holds: impl Fn(&CompiledRule) -> bool) -> Vec<RuleIndex> {
        (0u32..).zip(&self.rules).filter(|(_, placed)| holds(placed.rule)).map(|(index, _)| index).collect()
    }

    /// The verdict for a class that has addresses of both families, where rules speak of addresses.
    fn of_both_families(&mut self, class: ClassId, ports: PortsId) -> VerdictId {
        let [v4, v6] = FAMILIES.map(|family| {
            let matched = self.matching(|rule| self.network.matches_in(rule, class, family));
            let id = self.verdict(&matched, ports);
            self.verdicts.get(id).clone()
        });
        self.verdicts.intern(v4.either(&v6))
    }

    /// The verdicts for addresses, as pieces: cut wherever a rule's range begins or ends.
    fn pieces<B: Copy + Ord + Step>(
        &mut self,
        first: B,
        last: B,
        ranges: impl Fn(&CompiledRule) -> &[(B, B)],
    ) -> Pieces<B> {
        // Where a rule begins and where it has ended, in order: only rules about the place are looked at.
        let mut events: Vec<(B, RuleIndex, bool)> = Vec::new();
        for (index, placed) in (0u32..).zip(&self.rules) {
            for &(low, high) in ranges(placed.rule) {
                events.push((low, index, true));
                if high < last {
                    events.push((high.next(), index, false));
                }
            }
        }
        events.sort_unstable();
        let mut active: BTreeSet<RuleIndex> = BTreeSet::new();
        // On the way in the class itself is the destination; an address outside declares no ports.
        let ports = match self.direction {
            Direction::Ingress => self.own_ports,
            Direction::Egress => PortsId::MAX,
        };
        let mut matched: Vec<RuleIndex> = Vec::new();
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
            matched.clear();
            matched.extend(&active);
            let verdict = self.verdict(&matched, ports);
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

    /// The verdicts for domain names. An address that stands behind a name is not known: a rule about some
    /// addresses leaves the answer open unless it is about all of them.
    fn names(&mut self) -> (Vec<(CompactString, VerdictId)>, VerdictId) {
        let mut names: Vec<&'n CompactString> =
            self.rules.iter().flat_map(|placed| placed.rule.names()).collect();
        names.sort_unstable();
        names.dedup();
        let verdict = |maker: &mut Self, name: Option<&CompactString>| {
            let matched = maker.matching(|rule| {
                rule.is_about_all_addresses() || name.is_some_and(|name| rule.names().contains(name))
            });
            let some = maker
                .rules
                .iter()
                .any(|placed| !placed.rule.addresses().is_empty() && !placed.rule.is_about_all_addresses());
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
    fn partly(&self, matched: &[RuleIndex]) -> Conns {
        let profile = self.network.profile();
        (0u32..)
            .zip(&self.rules)
            .filter(|(index, placed)| !placed.rule.addresses().is_empty() && !matched.contains(index))
            .fold(Conns::none(), |conns, (_, placed)| conns.union(&placed.rule.ports.resolve(&[], profile)))
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
