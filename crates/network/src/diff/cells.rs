//! Every pair of ends, in both clusters.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Change, Diff, Kind, Party, PartyKind, Side};
use crate::ends::{EndKind, ShownEnd, controller, ends};
use crate::engine::{ClassId, End, Network, Row, Solver, Verdict, VerdictId};
use crate::list::spread::{Rows, Spread};
use crate::policy::Direction;

/// One cluster, laid out for looking up pairs.
struct Table<'a> {
    side: &'a Side<'a>,
    solver: &'a mut Solver,
    ends: Vec<ShownEnd>,
    ingress: Rows,
    egress: Rows,
    nothing: VerdictId,
}

impl<'a> Table<'a> {
    fn new(side: &'a Side<'a>, solver: &'a mut Solver) -> Self {
        let mut ends = ends(side.network);
        // Addresses and names are cut differently in each cluster; they are compared by rows.
        ends.retain(|end| end.class.is_some());
        ends.push(controller(side.network));
        let spread = Spread::new(&ends);
        let ingress = spread.rows(side.network, solver, &ends, Direction::Ingress);
        let egress = spread.rows(side.network, solver, &ends, Direction::Egress);
        let nothing = solver.intern(Verdict::default());
        Self { side, solver, ends, ingress, egress, nothing }
    }

    /// The workload without variants.
    fn whole(&self, end: &ShownEnd) -> Option<String> {
        let id = end.workload()?;
        Some(self.side.network.workload(id)?.workload.title())
    }

    fn at(&mut self, from: Option<usize>, to: Option<usize>) -> VerdictId {
        let (Some(from), Some(to)) = (from, to) else { return self.nothing };
        let network = self.side.network;
        let egress = self.egress.at(network, from, to, &self.ends[to]);
        let ingress = self.ingress.at(network, to, from, &self.ends[from]);
        let met = self.solver.meet(egress, ingress);
        if self.ends[from].kind != EndKind::Controller {
            return met;
        }
        let Some(workload) = self.ends[to].workload().filter(|_| !self.side.entries.is_empty()) else {
            return self.nothing;
        };
        let opened = self.side.entries.through_controller(workload);
        let all = self.solver.verdict(met);
        let narrowed = Verdict {
            allowed: all.allowed.intersection(&opened),
            unknown: all.unknown.intersection(&opened),
        };
        self.solver.intern(narrowed)
    }

    fn row(&mut self, place: Option<usize>, direction: Direction) -> Option<Rc<Row>> {
        let class = self.ends[place?].class?;
        Some(self.solver.row(self.side.network, class, direction))
    }
}

/// Ends of both clusters that are the same.
struct Matched {
    old: Option<usize>,
    new: Option<usize>,
}

pub(super) fn compare(
    old: &Side<'_>,
    old_solver: &mut Solver,
    new: &Side<'_>,
    new_solver: &mut Solver,
) -> Diff {
    let (mut old, mut new) = (Table::new(old, old_solver), Table::new(new, new_solver));
    let (matched, parties) = match_ends(&old, &new);
    let mut found = Found {
        diff: Diff { parties, ..Diff::default() },
        ranges: FxHashMap::default(),
        same: Same::default(),
    };
    for (from, source) in matched.iter().enumerate() {
        for (to, destination) in matched.iter().enumerate() {
            if !found.is_pair(from, to) {
                continue;
            }
            let (was, is) = (old.at(source.old, destination.old), new.at(source.new, destination.new));
            found.take(index(from), index(to), (was, is), old.solver, new.solver);
        }
    }
    let six = !old.side.network.profile().is_netpol_analyzer();
    for (place, ends) in matched.iter().enumerate() {
        if found.diff.parties[place].kind == PartyKind::Controller {
            continue;
        }
        for direction in Direction::BOTH {
            let rows = (old.row(ends.old, direction), new.row(ends.new, direction));
            let (old_v4, new_v4) = (v4(rows.0.as_deref(), old.nothing), v4(rows.1.as_deref(), new.nothing));
            for (low, high, pair) in ranges(&old_v4, &new_v4, u32::MAX, |bits| bits.saturating_sub(1)) {
                let range = (Ipv4Addr::from_bits(low).into(), Ipv4Addr::from_bits(high).into());
                found.take_range(index(place), direction, range, pair, old.solver, new.solver);
            }
            if six {
                let (old_v6, new_v6) =
                    (v6(rows.0.as_deref(), old.nothing), v6(rows.1.as_deref(), new.nothing));
                for (low, high, pair) in ranges(&old_v6, &new_v6, u128::MAX, |bits| bits.saturating_sub(1)) {
                    let range = (Ipv6Addr::from_bits(low).into(), Ipv6Addr::from_bits(high).into());
                    found.take_range(index(place), direction, range, pair, old.solver, new.solver);
                }
            }
        }
        if six {
            names(&mut found, place, ends, &mut old, &mut new);
        }
    }
    found.diff
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn match_ends(old: &Table<'_>, new: &Table<'_>) -> (Vec<Matched>, Vec<Party>) {
    let by_whole = |table: &Table<'_>| {
        let mut found: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (place, end) in table.ends.iter().enumerate() {
            found.entry(table.whole(end).unwrap_or_else(|| end.title.clone())).or_default().push(place);
        }
        found
    };
    let (of_old, of_new) = (by_whole(old), by_whole(new));
    let mut wholes: Vec<&String> = of_old.keys().chain(of_new.keys()).collect();
    wholes.sort_unstable();
    wholes.dedup();
    let (mut matched, mut parties) = (Vec::new(), Vec::new());
    let none = Vec::new();
    for whole in wholes {
        let (in_old, in_new) = (of_old.get(whole).unwrap_or(&none), of_new.get(whole).unwrap_or(&none));
        for (was, is) in match_variants(old, in_old, new, in_new) {
            // The title with more to say: of a workload that was split, the variant.
            let shown =
                |table: &Table<'_>, place: Option<usize>| place.map(|place| table.ends[place].clone());
            let (a, b) = (shown(old, was), shown(new, is));
            let (old_class, new_class) =
                (a.as_ref().and_then(|end| end.class), b.as_ref().and_then(|end| end.class));
            let Some(end) = b.iter().chain(&a).max_by_key(|end| end.title.len()) else { continue };
            let kind = match end.kind {
                EndKind::Controller => PartyKind::Controller,
                EndKind::Workload(_) => PartyKind::Workload {
                    namespace: whole.split_once('/').map_or("", |(namespace, _)| namespace).to_owned(),
                    whole: whole.clone(),
                    in_old: !in_old.is_empty(),
                    in_new: !in_new.is_empty(),
                },
                _ => PartyKind::Node,
            };
            parties.push(Party { title: end.title.clone(), kind, old: old_class, new: new_class });
            matched.push(Matched { old: was, new: is });
        }
    }
    (matched, parties)
}

/// The variants of one workload: by title, and where one cluster has only one, with that.
fn match_variants(
    old: &Table<'_>,
    in_old: &[usize],
    new: &Table<'_>,
    in_new: &[usize],
) -> Vec<(Option<usize>, Option<usize>)> {
    match (in_old, in_new) {
        ([one], many) if !many.is_empty() => many.iter().map(|other| (Some(*one), Some(*other))).collect(),
        (many, [one]) if !many.is_empty() => many.iter().map(|other| (Some(*other), Some(*one))).collect(),
        _ => {
            let in_both = |place: usize| {
                in_new.iter().copied().find(|other| new.ends[*other].title == old.ends[place].title)
            };
            let mut found: Vec<_> = in_old.iter().map(|place| (Some(*place), in_both(*place))).collect();
            let left =
                in_new.iter().filter(|place| !found.iter().any(|(_, known)| known.as_ref() == Some(*place)));
            let left: Vec<_> = left.map(|place| (None, Some(*place))).collect();
            found.extend(left);
            found
        }
    }
}

/// Which verdicts of the new cluster are which of the old one.
#[derive(Default)]
struct Same(Vec<Option<VerdictId>>);

impl Same {
    fn are(&mut self, was: VerdictId, is: VerdictId, old: &mut Solver, new: &Solver) -> bool {
        let place = is as usize;
        if self.0.len() <= place {
            self.0.resize(place + 1, None);
        }
        *self.0[place].get_or_insert_with(|| old.intern(new.verdict(is).clone())) == was
    }
}

struct Found {
    diff: Diff,
    ranges: FxHashMap<(IpAddr, IpAddr), u32>,
    same: Same,
}

impl Found {
    /// A workload's connections to itself are not listed; nothing connects to the controller, and nodes are
    /// of interest only beside workloads.
    fn is_pair(&self, from: usize, to: usize) -> bool {
        match (&self.diff.parties[from].kind, &self.diff.parties[to].kind) {
            (PartyKind::Workload { whole: a, .. }, PartyKind::Workload { whole: b, .. }) => a != b,
            (_, PartyKind::Controller) => false,
            (PartyKind::Controller, to) => matches!(to, PartyKind::Workload { .. }),
            _ => true,
        }
    }

    fn take(
        &mut self,
        from: u32,
        to: u32,
        (was, is): (VerdictId, VerdictId),
        old: &mut Solver,
        new: &Solver,
    ) {
        if self.same.are(was, is, old, new) {
            return;
        }
        let (old, new) = (old.verdict(was).clone(), new.verdict(is).clone());
        let kind = match (old.allowed.is_empty(), new.allowed.is_empty()) {
            _ if old.allowed == new.allowed => Kind::Unsure,
            (true, _) => Kind::Added,
            (_, true) => Kind::Removed,
            _ => Kind::Changed,
        };
        self.diff.changes.push(Change { kind, from, to, old, new });
    }

    fn take_range(
        &mut self,
        place: u32,
        direction: Direction,
        range: (IpAddr, IpAddr),
        pair: (VerdictId, VerdictId),
        old: &mut Solver,
        new: &Solver,
    ) {
        if self.same.are(pair.0, pair.1, old, new) {
            return;
        }
        let other = self.range(range);
        let (from, to) = match direction {
            Direction::Ingress => (other, place),
            Direction::Egress => (place, other),
        };
        self.take(from, to, pair, old, new);
    }

    fn range(&mut self, (first, last): (IpAddr, IpAddr)) -> u32 {
        let parties = &mut self.diff.parties;
        *self.ranges.entry((first, last)).or_insert_with(|| {
            parties.push(range_party(first, last));
            index(parties.len() - 1)
        })
    }
}

fn range_party(first: IpAddr, last: IpAddr) -> Party {
    let title = format!("{first}-{last}[External]");
    Party { title, kind: PartyKind::Addresses(first, last), old: None, new: None }
}

fn v4(row: Option<&Row>, nothing: VerdictId) -> Vec<(u32, VerdictId)> {
    row.map_or_else(|| vec![(0, nothing)], |row| row.v4().to_vec())
}

fn v6(row: Option<&Row>, nothing: VerdictId) -> Vec<(u128, VerdictId)> {
    row.map_or_else(|| vec![(0, nothing)], |row| row.v6().to_vec())
}

/// The common refinement of both: first, last, both verdicts; neighbours with the same verdicts are one.
pub(crate) fn ranges<B: Copy + Ord>(
    old: &[(B, VerdictId)],
    new: &[(B, VerdictId)],
    last: B,
    before: impl Fn(B) -> B,
) -> Vec<(B, B, (VerdictId, VerdictId))> {
    let mut starts: Vec<B> = old.iter().chain(new).map(|(start, _)| *start).collect();
    starts.sort_unstable();
    starts.dedup();
    let at = |pieces: &[(B, VerdictId)], start: B| {
        let place = pieces.partition_point(|(own, _)| *own <= start);
        place.checked_sub(1).and_then(|place| pieces.get(place)).map_or(0, |(_, verdict)| *verdict)
    };
    let mut found: Vec<(B, B, (VerdictId, VerdictId))> = Vec::with_capacity(starts.len());
    for (place, &start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).map_or(last, |next| before(*next));
        let pair = (at(old, start), at(new, start));
        match found.last_mut() {
            Some(before) if before.2 == pair => before.1 = end,
            _ => found.push((start, end, pair)),
        }
    }
    found
}

/// Domain names that either cluster's rules for this end have.
fn names(found: &mut Found, place: usize, ends: &Matched, old: &mut Table<'_>, new: &mut Table<'_>) {
    let rows = (old.row(ends.old, Direction::Egress), new.row(ends.new, Direction::Egress));
    let mut names: Vec<String> = [&rows.0, &rows.1]
        .into_iter()
        .flatten()
        .flat_map(|row| row.names().map(|(name, _)| name.to_owned()).collect::<Vec<_>>())
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let was = rows.0.as_ref().map_or(old.nothing, |row| row.name(&name));
        let is = rows.1.as_ref().map_or(new.nothing, |row| row.name(&name));
        if found.same.are(was, is, old.solver, new.solver) {
            continue;
        }
        let title = format!("{name}[Name]");
        let known = found.diff.parties.iter().position(|party| party.title == title);
        let to = known.unwrap_or_else(|| {
            found.diff.parties.push(Party { title, kind: PartyKind::Name(name), old: None, new: None });
            found.diff.parties.len() - 1
        });
        found.take(index(place), index(to), (was, is), old.solver, new.solver);
    }
}

/// The end of a party for the engine, in one of the clusters.
pub(super) fn end_of<'p>(party: &'p Party, class: Option<ClassId>, network: &Network) -> Option<End<'p>> {
    match &party.kind {
        PartyKind::Workload { .. } | PartyKind::Node => class.map(End::Class),
        PartyKind::Controller => Some(End::Class(network.controller())),
        PartyKind::Addresses(first, _) => Some(End::Address(*first)),
        PartyKind::Name(name) => Some(End::Name(name)),
    }
}
