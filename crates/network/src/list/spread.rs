//! Rows laid out over the ends of a list, so that a pair is one look.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::ends::ShownEnd;
use crate::engine::{End, Network, Row, Solver, VerdictId};
use crate::policy::Direction;

/// Beyond this many ends rows stay as they are: laid out they would take more memory than they save time.
const DENSE_LIMIT: usize = 4096;

/// Where each class stands among the ends.
pub(crate) struct Spread {
    /// By class. Nearly every class is one end.
    places: Vec<SmallVec<[u32; 2]>>,
    dense: bool,
}

/// One row for each end.
pub(crate) struct Rows(Vec<Laid>);

#[derive(Clone)]
enum Laid {
    /// Nothing is asked of this end, or no policy selects it.
    Open,
    Dense(Rc<[VerdictId]>),
    Sparse(Rc<Row>),
}

impl Spread {
    pub(crate) fn new(ends: &[ShownEnd]) -> Self {
        let bound = ends.iter().filter_map(|end| end.class).max().map_or(0, |last| last as usize + 1);
        let mut places = vec![SmallVec::new(); bound];
        for (place, end) in (0u32..).zip(ends) {
            if let Some(class) = end.class {
                places[class as usize].push(place);
            }
        }
        Self { places, dense: ends.len() <= DENSE_LIMIT }
    }

    pub(crate) fn rows(
        &self,
        network: &Network,
        solver: &mut Solver,
        ends: &[ShownEnd],
        direction: Direction,
    ) -> Rows {
        let mut known: FxHashMap<*const Row, Laid> = FxHashMap::default();
        let ports: Vec<u32> =
            ends.iter().map(|end| end.class.map_or(0, |class| network.ports_of(class))).collect();
        let rows = ends.iter().map(|end| {
            let Some(class) = end.class else { return Laid::Open };
            let row = solver.row(network, class, direction);
            if row.policies.is_empty() {
                return Laid::Open;
            }
            if !self.dense {
                return Laid::Sparse(row);
            }
            let key = Rc::as_ptr(&row);
            known.entry(key).or_insert_with(|| Laid::Dense(self.lay(&row, ends, &ports))).clone()
        });
        Rows(rows.collect())
    }

    fn lay(&self, row: &Row, ends: &[ShownEnd], ports: &[u32]) -> Rc<[VerdictId]> {
        let mut laid: Vec<VerdictId> = ends
            .iter()
            .zip(ports)
            .map(|(end, &ports)| match end.end() {
                End::Class(_) => row.default_for(ports),
                End::Address(address) => row.address(address),
                End::Name(name) => row.name(name),
            })
            .collect();
        for &(class, verdict) in row.classes() {
            for &place in self.places.get(class as usize).into_iter().flatten() {
                laid[place as usize] = verdict;
            }
        }
        laid.into()
    }
}

impl Rows {
    /// The verdict of the end at `own` towards the end at `other`.
    pub(crate) fn at(&self, network: &Network, own: usize, other: usize, end: &ShownEnd) -> VerdictId {
        match &self.0[own] {
            Laid::Open => crate::engine::VERDICT_ALL,
            Laid::Dense(row) => row[other],
            Laid::Sparse(row) => match end.end() {
                End::Class(class) => row.class(class, network.ports_of(class)),
                End::Address(address) => row.address(address),
                End::Name(name) => row.name(name),
            },
        }
    }
}
