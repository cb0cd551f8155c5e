//! Numbers, found by what they stand for.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A table from things to their numbers that keeps no copy of the things: who asks says which number it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(HashTable<(Hashed, u32)>);

/// The hash of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hashed(u32);

impl Hashed {
    pub(super) fn of(thing: impl Hash) -> Self {
        let hash = FxBuildHasher.hash_one(thing);
        Self(u32::try_from((hash >> 32) ^ (hash & u64::from(u32::MAX))).unwrap_or(u32::MAX))
    }

    /// Spread for the table, which looks at both ends.
    pub(super) fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Ids {
    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more, |(hash, _)| hash.spread());
    }

    /// The number for which `is` holds.
    pub(super) fn get(&self, hash: Hashed, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.0.find(hash.spread(), |&(own, id)| own == hash && is(id)).map(|(_, id)| *id)
    }

    /// Adds a number that is not there.
    pub(super) fn insert(&mut self, hash: Hashed, id: u32) {
        self.0.insert_unique(hash.spread(), (hash, id), |(hash, _)| hash.spread());
    }

    /// Takes out the number for which `is` holds.
    pub(super) fn remove(&mut self, hash: Hashed, is: impl Fn(u32) -> bool) -> Option<u32> {
        let found = self.0.find_entry(hash.spread(), |&(own, id)| own == hash && is(id)).ok()?;
        Some(found.remove().0.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_with_the_same_hash_keep_their_own_numbers() {
        let (same, mut ids) = (Hashed(7), Ids::default());
        ids.insert(same, 1);
        ids.insert(same, 2);
        assert_eq!(ids.get(same, |id| id == 2), Some(2));
        assert_eq!(ids.remove(same, |id| id == 2), Some(2));
        assert_eq!(ids.get(same, |id| id == 2), None);
        assert_eq!(ids.get(same, |id| id == 1), Some(1));
        assert_eq!(ids.get(Hashed(8), |_| true), None);
    }
}
