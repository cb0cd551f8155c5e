//! What is kept, and within which limits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::error::StoreError;

/// One decision. The store knows nothing about it but this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id that people are shown: 1 to 128 bytes. An entry with an id that is there already replaces it, so
    /// that writing again after a doubtful failure does no harm.
    pub id: String,
    /// When it was decided, in milliseconds since 1970 by the caller's clock.
    pub at: i64,
    /// What it is found by, besides its id, such as `object:apps/Deployment/shop/web` or `denied`. At most 256
    /// keys of at most 1024 bytes.
    pub keys: Vec<String>,
    /// The decision itself, already redacted.
    pub body: Vec<u8>,
}

/// How much is kept. The oldest goes first, in the order in which it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all entries together with their indexes, as [`Entry::cost`] counts them. That is about what they
    /// take on the disk; the file itself grows by doubling, so its volume should have twice this and 16 MiB. One
    /// entry may have an eighth of it.
    pub bytes: u64,
    /// Number of entries.
    pub entries: u64,
    /// Age of an entry against the newest time that the writer was told, by an entry or by
    /// [`Writer::prune`](crate::Writer::prune). The store has no clock of its own.
    pub age: Duration,
}

/// A place in the order of time, between two entries. Given by one [`Page`] for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub(crate) at: i64,
    pub(crate) sequence: u64,
}

impl fmt::Display for Cursor {
    /// For whoever keeps it outside of this process: `at.sequence`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.sequence)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let parts = text
            .split_once('.')
            .and_then(|(at, sequence)| Some(Self { at: at.parse().ok()?, sequence: sequence.parse().ok()? }));
        parts.ok_or_else(|| StoreError::Refused { reason: format!("{text:?} is no place in the record") })
    }
}

/// Some entries, in the order of the question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries; may be fewer than were asked for when they are large.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Cursor>,
}

const MAX_ID: usize = 128;
const MAX_KEYS: usize = 256;
const MAX_KEY: usize = 1024;
/// No limit is large enough for a larger entry: redb needs one run of pages for each value.
const MAX_COST: u64 = 64 << 20;
const PAGE: u64 = 4096;

impl Entry {
    /// The bytes that this entry takes in the file, from above: the value in whole pages when it does not share
    /// one, the indexes with the slack that trees of random keys have.
    ///
    /// The sum over all entries is kept in the file, hence this is part of its format.
    pub fn cost(&self) -> u64 {
        let keys: usize = self.keys.iter().map(|key| key.len() + 32).sum();
        let value = (self.body.len() + keys + self.id.len() + 64) as u64;
        // Redb's allocator gives runs of 1, 2, 4 … pages. Two values fit into a page up to half its size.
        let value = if value <= PAGE / 2 {
            value + value / 2
        } else {
            value.div_ceil(PAGE).next_power_of_two().saturating_mul(PAGE)
        };
        let indexes = (2 * keys + 2 * self.id.len() + 64) as u64;
        value.saturating_add(indexes)
    }

    /// Why this entry cannot be kept, if so.
    pub(crate) fn flaw(&self, limits: &Limits) -> Option<String> {
        if self.id.is_empty() || self.id.len() > MAX_ID {
            return Some(format!("its id has {} bytes, expected 1 to {MAX_ID}", self.id.len()));
        }
        if self.keys.len() > MAX_KEYS {
            return Some(format!("it has {} keys, at most {MAX_KEYS} are kept", self.keys.len()));
        }
        if let Some(key) = self.keys.iter().find(|key| key.len() > MAX_KEY) {
            return Some(format!("one of its keys has {} bytes, at most {MAX_KEY} are kept", key.len()));
        }
        let (cost, most) = (self.cost(), limits.entry());
        (cost > most).then(|| format!("it takes {cost} bytes, at most {most} are kept of one decision"))
    }

    /// Bytes in memory, near enough for the bound of the queue.
    pub(crate) fn weight(&self) -> usize {
        let keys: usize = self.keys.iter().map(|key| key.len() + size_of::<String>()).sum();
        size_of::<Self>() + self.id.len() + self.body.len() + keys
    }

    /// The keys without repetition, in order.
    pub(crate) fn distinct_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl Limits {
    /// The most that one entry may cost.
    fn entry(&self) -> u64 {
        (self.bytes / 8).min(MAX_COST)
    }

    /// Entries from before this time are too old.
    pub(crate) fn oldest(&self, now: i64) -> i64 {
        now.saturating_sub(i64::try_from(self.age.as_millis()).unwrap_or(i64::MAX))
    }
}
