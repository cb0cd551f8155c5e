//! How far somebody gets who has taken over one workload: what it reaches, hop by hop, who reaches it, and
//! where that begins outside of the cluster.
//!
//! A hop is a connection that the policies allow. Whether anything listens there is not asked.

mod format;
mod picture;

use core::net::{Ipv4Addr, Ipv6Addr};

use rustc_hash::FxHashSet;

pub use self::format::write;
pub use self::picture::picture;
use crate::algebra::Conns;
use crate::diff::cells::ranges;
use crate::ends::{ShownEnd, ends};
use crate::engine::{ClassId, End, Network, Solver};
use crate::entry::{Door, Entries};
use crate::list::spread::{Rows, Spread};
use crate::policy::Direction;
use crate::who::Who;

/// What to follow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// At most so many hops; any number if `None`.
    pub hops: Option<u32>,
}

/// A workload on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// `shop/web[Deployment]`.
    pub title: String,
    /// Its namespace.
    pub namespace: String,
    /// How many connections away; 0 for the start.
    pub hops: u32,
    /// The workload before it on a shortest way: place in the same list. None for the start.
    pub via: Option<u32>,
    /// The connections of the last hop: what is allowed, or, where that is not certain, what may be.
    pub conns: Conns,
    /// Whether every hop on the way is certain.
    pub certain: bool,
}

/// Addresses or names outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// `0.0.0.0-255.255.255.255[External]`.
    pub title: String,
    /// The connections.
    pub conns: Conns,
}

/// A place where traffic comes in from outside and from where the workload is reached.
#[derive(Clone, Debug)]
pub struct EntryPoint {
    /// `Ingress shop/web`.
    pub object: String,
    /// Where it is written.
    pub place: String,
    /// What kind of door it is.
    pub kind: &'static str,
    /// The workload behind it: place in [`Blast::reached_by`].
    pub workload: u32,
    /// What comes through the door and past the policies.
    pub conns: Conns,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Blast {
    /// The workload.
    pub start: String,
    /// How many workloads there are besides.
    pub workloads: usize,
    /// What it reaches, nearest first; the start is the first entry.
    pub reaches: Vec<Reached>,
    /// What reaches it, nearest first; the start is the first entry.
    pub reached_by: Vec<Reached>,
    /// What it reaches outside of the cluster by itself.
    pub outside: Vec<Outside>,
    /// Places in `reaches` of those that reach something outside of the cluster.
    pub ways_out: Vec<u32>,
    /// Where from outside somebody gets to it.
    pub entries: Vec<EntryPoint>,
}

/// Everything that is looked up, by place among the ends.
struct Map<'n> {
    network: &'n Network,
    ends: Vec<ShownEnd>,
    ingress: Rows,
    egress: Rows,
}

/// Follows connections from a workload and to it. None if `who` runs no pods.
pub fn blast(
    network: &Network,
    solver: &mut Solver,
    entries: &Entries,
    who: &Who,
    options: Options,
) -> Option<Blast> {
    who.workload()?;
    let mut all = ends(network);
    all.retain(|end| end.workload().is_some());
    let spread = Spread::new(&all);
    let map = Map {
        network,
        ingress: spread.rows(network, solver, &all, Direction::Ingress),
        egress: spread.rows(network, solver, &all, Direction::Egress),
        ends: all,
    };
    let is_start = |end: &ShownEnd| {
        end.workload() == who.workload()
            && end.class.is_some_and(|class| who.classes.iter().any(|own| network.alike(*own, class)))
    };
    let start: Vec<u32> =
        (0u32..).zip(&map.ends).filter(|(_, end)| is_start(end)).map(|(place, _)| place).collect();
    let (reaches, places) = map.follow(solver, &start, Direction::Egress, options);
    let (reached_by, behind) = map.follow(solver, &start, Direction::Ingress, options);
    let outside = start.first().map(|place| map.outside(solver, *place)).unwrap_or_default();
    let ways_out = (0u32..)
        .zip(&places)
        .filter(|(_, place)| map.reaches_outside(solver, **place))
        .map(|(number, _)| number)
        .collect();
    let entries = entry_points(&map, solver, entries, &behind);
    Some(Blast {
        start: who.title.clone(),
        workloads: map.ends.len().saturating_sub(start.len()),
        reaches,
        reached_by,
        outside,
        ways_out,
        entries,
    })
}

impl Map<'_> {
    /// Breadth first: certain connections as far as they lead, then from everything so reached those that
    /// are not certain. Pods that no policy tells apart go the same way, so that each class is asked once:
    /// the work is classes times what is not reached yet.
    fn follow(
        &self,
        solver: &mut Solver,
        start: &[u32],
        direction: Direction,
        options: Options,
    ) -> (Vec<Reached>, Vec<u32>) {
        let mut left: Vec<u32> =
            (0u32..).zip(&self.ends).map(|(place, _)| place).filter(|place| !start.contains(place)).collect();
        let mut found: Vec<Reached> = Vec::new();
        let mut places: Vec<u32> = start.to_vec();
        for place in start {
            found.push(self.reached(*place, 0, None, Conns::none(), true));
        }
        for certain in [true, false] {
            let mut asked: FxHashSet<ClassId> = FxHashSet::default();
            let mut next = 0;
            while let Some(&place) = places.get(next) {
                let (number, hops) = (next, found[next].hops);
                next += 1;
                let fresh = self.ends[place as usize].class.is_some_and(|class| asked.insert(class));
                if !fresh || options.hops.is_some_and(|most| hops >= most) {
                    continue;
                }
                left.retain(|&other| {
                    let Some(conns) = self.conns(solver, place, other, direction, certain) else {
                        return true;
                    };
                    let sure = certain && found[number].certain;
                    found.push(self.reached(other, hops + 1, u32::try_from(number).ok(), conns, sure));
                    places.push(other);
                    false
                });
            }
        }
        (found, places)
    }

    fn reached(&self, place: u32, hops: u32, via: Option<u32>, conns: Conns, certain: bool) -> Reached {
        let end = &self.ends[place as usize];
        let namespace =
            end.class.map(|class| self.network.namespace_of(class).to_owned()).unwrap_or_default();
        Reached { title: end.title.clone(), namespace, hops, via, conns, certain }
    }

    /// What may be sent between two, seen in this direction; none if nothing.
    fn conns(
        &self,
        solver: &mut Solver,
        own: u32,
        other: u32,
        direction: Direction,
        certain: bool,
    ) -> Option<Conns> {
        let (from, to) = match direction {
            Direction::Egress => (own as usize, other as usize),
            Direction::Ingress => (other as usize, own as usize),
        };
        let egress = self.egress.at(self.network, from, to, &self.ends[to]);
        let ingress = self.ingress.at(self.network, to, from, &self.ends[from]);
        let met = solver.meet(egress, ingress);
        let verdict = solver.verdict(met);
        let conns = if certain { &verdict.allowed } else { &verdict.unknown };
        (!conns.is_empty()).then(|| conns.clone())
    }

    fn outside(&self, solver: &mut Solver, place: u32) -> Vec<Outside> {
        let Some(class) = self.ends[place as usize].class else { return Vec::new() };
        let row = solver.row(self.network, class, Direction::Egress);
        let mut found = Vec::new();
        let mut take = |title: String, verdict| {
            let conns = solver.verdict(verdict).allowed.clone();
            if !conns.is_empty() {
                found.push(Outside { title, conns });
            }
        };
        for (low, high, (verdict, _)) in ranges(row.v4(), row.v4(), u32::MAX, |bits| bits.saturating_sub(1)) {
            take(format!("{}-{}[External]", Ipv4Addr::from_bits(low), Ipv4Addr::from_bits(high)), verdict);
        }
        if !self.network.profile().is_netpol_analyzer() {
            for (low, high, (verdict, _)) in
                ranges(row.v6(), row.v6(), u128::MAX, |bits| bits.saturating_sub(1))
            {
                take(
                    format!("{}-{}[External]", Ipv6Addr::from_bits(low), Ipv6Addr::from_bits(high)),
                    verdict,
                );
            }
            for (name, verdict) in row.names() {
                take(format!("{name}[Name]"), verdict);
            }
        }
        found
    }

    fn reaches_outside(&self, solver: &mut Solver, place: u32) -> bool {
        let Some(class) = self.ends[place as usize].class else { return false };
        let row = solver.row(self.network, class, Direction::Egress);
        let open = |verdict| !solver.verdict(verdict).allowed.is_empty();
        row.v4().iter().any(|(_, verdict)| open(*verdict))
            || row.v6().iter().any(|(_, verdict)| open(*verdict))
            || row.names().any(|(_, verdict)| open(verdict))
    }
}

/// The doors that lead to one of these, with what the policies let through them.
fn entry_points(map: &Map<'_>, solver: &mut Solver, entries: &Entries, behind: &[u32]) -> Vec<EntryPoint> {
    let mut found = Vec::new();
    for (number, &place) in (0u32..).zip(behind) {
        let end = &map.ends[place as usize];
        let (Some(class), Some(workload)) = (end.class, end.workload()) else { continue };
        for door in entries.doors_of(workload) {
            let conns = let_in(map.network, solver, class, door);
            if !conns.is_empty() {
                found.push(EntryPoint {
                    object: door.object.key.to_string(),
                    place: crate::place(&door.object, &door.path),
                    kind: door.kind.name(),
                    workload: number,
                    conns,
                });
            }
        }
    }
    found
}

/// What of a door's connections the policies at the pod admit from at least one of its clients.
fn let_in(network: &Network, solver: &mut Solver, class: ClassId, door: &Door) -> Conns {
    if door.kind.has_controller() {
        let id = solver.between(network, &End::Class(network.controller()), &End::Class(class));
        return solver.verdict(id).allowed.intersection(&door.conns);
    }
    let row = solver.row(network, class, Direction::Ingress);
    let mut admitted = Conns::none();
    let within = |low: u128, high: u128, clients: &[(u128, u128)]| {
        clients.iter().any(|&(first, last)| first <= high && low <= last)
    };
    let clients: Vec<(u128, u128)> =
        door.clients.v4().iter().map(|&(first, last)| (u128::from(first), u128::from(last))).collect();
    for (low, high, (verdict, _)) in ranges(row.v4(), row.v4(), u32::MAX, |bits| bits.saturating_sub(1)) {
        if within(u128::from(low), u128::from(high), &clients) {
            admitted = admitted.union(&solver.verdict(verdict).allowed);
        }
    }
    for (low, high, (verdict, _)) in ranges(row.v6(), row.v6(), u128::MAX, |bits| bits.saturating_sub(1)) {
        if within(low, high, door.clients.v6()) {
            admitted = admitted.union(&solver.verdict(verdict).allowed);
        }
    }
    admitted.intersection(&door.conns)
}
