//! Objects of the tree: sorted, immutable maps.

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::{Key, Value};

/// A JSON object. Entries are sorted by key, as Go's encoder writes them, so that equal maps are equal
/// slices. Cloning shares.
#[derive(Clone, PartialEq)]
pub struct Map(Arc<[(Key, Value)]>);

impl Map {
    /// Up to this size a scan is faster than a binary search: most mismatches differ in length already.
    const SCAN: usize = 8;

    /// A map of entries that are sorted by key without repetition; others are put in order first.
    pub fn from_sorted(entries: Vec<(Key, Value)>) -> Self {
        if entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Self(entries.into());
        }
        entries.into_iter().collect()
    }

    /// A map of the entries from `start` on, which are taken out: who reads a tree keeps those of all its levels in one
    /// list. Of entries with the same key the last one stays.
    pub(crate) fn from_end(entries: &mut Vec<(Key, Value)>, start: usize) -> Self {
        let own = entries.get_mut(start..).unwrap_or_default();
        if !own.is_sorted_by(|(a, _), (b, _)| a < b) {
            // The sort is stable, so that equal keys keep their order and the last one is the newest.
            own.sort_by(|(a, _), (b, _)| a.cmp(b));
            if !own.is_sorted_by(|(a, _), (b, _)| a < b) {
                return entries.drain(start..).collect();
            }
        }
        Self(entries.drain(start..).collect())
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.index_of(key).and_then(|index| self.0.get(index)).map(|(_, value)| value)
    }

    /// The position of `key` among the sorted entries.
    pub fn index_of(&self, key: &str) -> Option<usize> {
        if self.0.len() <= Self::SCAN {
            return self.0.iter().position(|(candidate, _)| candidate.as_str() == key);
        }
        self.0.binary_search_by(|(candidate, _)| candidate.as_str().cmp(key)).ok()
    }

    /// Whether `key` is present, be it with the value null.
    pub fn contains_key(&self, key: &str) -> bool {
        self.index_of(key).is_some()
    }

    /// Whether this is the very same map as `other`, and not only an equal one. Cheap.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Entries in order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &Value)> + DoubleEndedIterator + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Key> + DoubleEndedIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// Entries as a sorted slice.
    pub fn entries(&self) -> &[(Key, Value)] {
        &self.0
    }
}

impl Default for Map {
    /// All empty maps share one allocation.
    fn default() -> Self {
        static EMPTY: LazyLock<Map> = LazyLock::new(|| Map(Arc::from([])));
        EMPTY.clone()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl FromIterator<(Key, Value)> for Map {
    /// Of entries with the same key the last one stays, as in every Kubernetes decoder.
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Self {
        let mut builder = MapBuilder::default();
        builder.entries.extend(entries);
        builder.finish()
    }
}

/// Collects entries in any order and makes a [`Map`] of them.
#[derive(Debug, Default)]
pub struct MapBuilder {
    entries: Vec<(Key, Value)>,
}

impl MapBuilder {
    /// Adds an entry; a later one with the same key replaces it.
    pub fn insert(&mut self, key: Key, value: Value) {
        self.entries.push((key, value));
    }

    /// Sorts, and keeps the last of equal keys.
    pub fn finish(mut self) -> Map {
        // The sort is stable, so equal keys keep their order and the last one is the newest.
        self.entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.entries.reverse();
        self.entries.dedup_by(|(a, _), (b, _)| a == b);
        self.entries.reverse();
        Map(self.entries.into())
    }
}
