//! Every connection that is allowed, end by end.

pub(crate) mod format;
mod merge;
pub(crate) mod spread;

pub(crate) use self::format::csv_row;
pub use self::format::{write, write_merged};
pub use self::merge::{MergedRow, merge};
use self::spread::Spread;
use crate::algebra::{Conns, Protocol};
use crate::ends::{EndKind, ShownEnd, controller, ends};
use crate::engine::{Network, Solver, Verdict, VerdictId};
use crate::entry::Entries;
use crate::policy::Direction;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only connections of these workloads: `name` or `namespace/name`, or `ingress-controller`.
    pub focus: Vec<String>,
    /// And only with these at the other end.
    pub with: Vec<String>,
    /// Only connections in this direction, seen from the workloads in focus.
    pub direction: Option<Direction>,
    /// Only ends that allow this one.
    pub connection: Option<(Protocol, u16)>,
    /// Connections between the pods of one workload too.
    pub own: bool,
}

/// One line of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where it starts: place in [`List::ends`].
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What is allowed and what is unknown.
    pub verdict: VerdictId,
}

/// What is allowed, ordered by the titles of both ends.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// All ends, ordered by title.
    pub ends: Vec<ShownEnd>,
    /// The connections that may be made, or of which it is not known.
    pub connections: Vec<Connection>,
    /// What the list is narrowed to.
    pub connection: Option<(Protocol, u16)>,
    /// Names in focus that nothing has.
    pub missing: Vec<String>,
}

/// Lists what is allowed.
pub fn list(network: &Network, solver: &mut Solver, entries: &Entries, options: &Options) -> List {
    let mut ends = ends(network);
    if !entries.is_empty() {
        let controller = controller(network);
        let place = ends.partition_point(|end| end.title < controller.title);
        ends.insert(place, controller);
    }
    let in_focus = |names: &[String]| -> Vec<bool> {
        ends.iter()
            .map(|end| names.is_empty() || names.iter().any(|name| is_called(network, end, name)))
            .collect()
    };
    let (focus, with) = (in_focus(&options.focus), in_focus(&options.with));
    let missing: Vec<String> = options
        .focus
        .iter()
        .chain(&options.with)
        .filter(|name| !ends.iter().any(|end| is_called(network, end, name)))
        .cloned()
        .collect();
    let whole = options.focus.is_empty() && options.with.is_empty();
    let wanted = |from: usize, to: usize| {
        if whole {
            return true;
        }
        let forward = focus[from] && with[to] && options.direction != Some(Direction::Ingress);
        let backward = focus[to] && with[from] && options.direction != Some(Direction::Egress);
        forward || backward
    };
    let needed = options.connection.map(|(protocol, port)| Conns::one(protocol, port));
    let spread = Spread::new(&ends);
    let ingress = spread.rows(network, solver, &ends, Direction::Ingress);
    let egress = spread.rows(network, solver, &ends, Direction::Egress);
    // Most pairs are denied by one side alone, so this comes first.
    let denied = solver.intern(Verdict::default());
    let destinations: Vec<(usize, &ShownEnd)> =
        ends.iter().enumerate().filter(|(_, end)| end.as_destination).collect();
    // Policies with very many addresses make very many ends outside, which have nothing to do with each other.
    let inside: Vec<(usize, &ShownEnd)> =
        destinations.iter().copied().filter(|(_, end)| !end.is_outside()).collect();
    let mut connections = Vec::new();
    for (from, source) in ends.iter().enumerate().filter(|(_, end)| end.as_source) {
        for &(to, destination) in if source.is_outside() { &inside } else { &destinations } {
            let sent = egress.at(network, from, to, destination);
            if sent == denied {
                continue;
            }
            let taken = ingress.at(network, to, from, source);
            if taken == denied || !is_pair(source, destination, options.own) || !wanted(from, to) {
                continue;
            }
            let mut verdict = solver.meet(sent, taken);
            if source.kind == EndKind::Controller {
                verdict = match destination.workload().map(|id| entries.through_controller(id)) {
                    Some(opened) => narrowed(solver, verdict, &opened),
                    None => continue,
                };
            }
            if verdict == denied {
                continue;
            }
            if let Some(needed) = &needed
                && !solver.verdict(verdict).allowed.includes(needed)
            {
                continue;
            }
            connections.push(Connection { from: index(from), to: index(to), verdict });
        }
    }
    List { ends, connections, connection: options.connection, missing }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Whether an end is meant by a name on the command line.
pub fn is_called(network: &Network, end: &ShownEnd, name: &str) -> bool {
    match end.workload().and_then(|id| network.workload(id)) {
        Some(entry) => {
            let own = &entry.workload;
            own.name == name
                || end.title == name
                || name
                    .split_once('/')
                    .is_some_and(|(namespace, name)| own.namespace == namespace && own.name == name)
        }
        None => end.title == name || end.title.trim_matches(['{', '}']) == name,
    }
}

/// Whether connections between two ends are of interest: not between addresses outside, and those of a
/// workload with itself only if they are asked for.
fn is_pair(source: &ShownEnd, destination: &ShownEnd, own: bool) -> bool {
    // What nodes do with each other and with the world no policy decides.
    let is_foreign = |end: &ShownEnd| end.is_outside() || end.kind == EndKind::Node;
    if is_foreign(source) && is_foreign(destination) {
        return false;
    }
    own || source.workload().is_none() || source.workload() != destination.workload()
}

fn narrowed(solver: &mut Solver, verdict: VerdictId, opened: &Conns) -> VerdictId {
    let all = solver.verdict(verdict);
    let narrowed =
        Verdict { allowed: all.allowed.intersection(opened), unknown: all.unknown.intersection(opened) };
    solver.intern(narrowed)
}
