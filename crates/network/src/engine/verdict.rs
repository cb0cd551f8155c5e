//! What is decided of a set of connections.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::row::Rest;
use crate::algebra::Conns;

/// What may be made, and what cannot be told. Everything else is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Allowed for certain.
    pub allowed: Conns,
    /// Perhaps allowed: it hangs on something that is wrong or not modelled. Disjoint from `allowed`.
    pub unknown: Conns,
}

impl Verdict {
    /// Everything is allowed.
    pub fn all() -> Self {
        Self { allowed: Conns::all(), unknown: Conns::none() }
    }

    /// What both directions allow: a connection needs the consent of both ends.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let allowed = self.allowed.intersection(&other.allowed);
        if self.unknown.is_empty() && other.unknown.is_empty() {
            return Self { allowed, unknown: Conns::none() };
        }
        let possible = |verdict: &Self| verdict.allowed.union(&verdict.unknown);
        let unknown = possible(self).intersection(&possible(other)).difference(&allowed);
        Self { allowed, unknown }
    }

    /// What either allows: for an end that stands for several pods.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let allowed = self.allowed.union(&other.allowed);
        let unknown = self.unknown.union(&other.unknown).difference(&allowed);
        Self { allowed, unknown }
    }

    /// Whether nothing is allowed and nothing unknown.
    pub fn is_denied(&self) -> bool {
        self.allowed.is_empty() && self.unknown.is_empty()
    }
}

/// A verdict by number.
pub type VerdictId = u32;

/// What a verdict is decided from, in numbers.
pub(super) type Situation = SmallVec<[u32; 4]>;

/// All verdicts that occur. They are few, so that their meetings are remembered, and what they came from.
#[derive(Clone, Debug)]
pub(super) struct Verdicts {
    ids: FxHashMap<Verdict, VerdictId>,
    all: Vec<Verdict>,
    met: FxHashMap<(VerdictId, VerdictId), VerdictId>,
    decided: FxHashMap<Situation, VerdictId>,
    plain: FxHashMap<VerdictId, Rc<Rest>>,
}

impl Verdicts {
    /// The number of [`Verdict::all`].
    pub(super) const ALL: VerdictId = 0;
    /// The number of the verdict that denies everything.
    pub(super) const NONE: VerdictId = 1;

    pub(super) fn get(&self, id: VerdictId) -> &Verdict {
        &self.all[id as usize]
    }

    pub(super) fn intern(&mut self, verdict: Verdict) -> VerdictId {
        if let Some(&id) = self.ids.get(&verdict) {
            return id;
        }
        let id = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(verdict.clone());
        self.ids.insert(verdict, id);
        id
    }

    /// What was decided of a situation.
    pub(super) fn decided(&self, situation: &Situation) -> Option<VerdictId> {
        self.decided.get(situation).copied()
    }

    /// Remembers what was decided of a situation.
    pub(super) fn decide(&mut self, situation: Situation, verdict: Verdict) -> VerdictId {
        let id = self.intern(verdict);
        self.decided.insert(situation, id);
        id
    }

    /// Forgets what was decided.
    pub(super) fn tidy(&mut self) {
        self.decided.clear();
    }

    /// The same verdict for everything that no rule names.
    pub(super) fn plain(&mut self, id: VerdictId) -> Rc<Rest> {
        Rc::clone(self.plain.entry(id).or_insert_with(|| Rc::new(Rest::plain(id))))
    }

    pub(super) fn meet(&mut self, a: VerdictId, b: VerdictId) -> VerdictId {
        match (a, b) {
            (Self::ALL, other) | (other, Self::ALL) => return other,
            (Self::NONE, _) | (_, Self::NONE) => return Self::NONE,
            (a, b) if a == b => return a,
            _ => {}
        }
        let key = if a < b { (a, b) } else { (b, a) };
        if let Some(&id) = self.met.get(&key) {
            return id;
        }
        let id = self.intern(self.get(a).meet(self.get(b)));
        self.met.insert(key, id);
        id
    }
}

impl Default for Verdicts {
    fn default() -> Self {
        let mut new = Self {
            ids: FxHashMap::default(),
            all: Vec::new(),
            met: FxHashMap::default(),
            decided: FxHashMap::default(),
            plain: FxHashMap::default(),
        };
        new.intern(Verdict::all());
        new.intern(Verdict::default());
        new
    }
}
