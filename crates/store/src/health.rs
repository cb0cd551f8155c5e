//! How the store is doing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::StoreError;

/// What happened since the store was opened. Can always be had, also when the file cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Entries that are durable.
    pub recorded: u64,
    /// Entries that are not in the record: the queue was full, they were refused, or they could not be written.
    pub dropped: u64,
    /// Entries that went because of a limit.
    pub evicted: u64,
    /// The last attempt to write failed.
    pub failing: bool,
    /// Why the last write that failed did so. Stays when writing works again.
    pub last_error: Option<StoreError>,
}

/// What the record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Number of entries.
    pub entries: u64,
    /// What they take, as [`Entry::cost`](crate::Entry::cost) counts.
    pub bytes: u64,
    /// Length of the file in bytes; 0 in memory. Parts of it may be holes that take no room on the disk.
    pub file_bytes: u64,
    /// The lowest time of an entry, in milliseconds since 1970.
    pub oldest: Option<i64>,
    /// The highest time of an entry.
    pub newest: Option<i64>,
    /// What happened since the store was opened.
    pub health: Health,
}

/// The counters behind [`Health`], changed by the writer.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    recorded: AtomicU64,
    dropped: AtomicU64,
    evicted: AtomicU64,
    failing: AtomicBool,
    last_error: Mutex<Option<StoreError>>,
}

impl Pulse {
    pub(crate) fn read(&self) -> Health {
        Health {
            recorded: self.recorded.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            evicted: self.evicted.load(Ordering::Relaxed),
            failing: self.failing.load(Ordering::Relaxed),
            last_error: self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    pub(crate) fn written(&self, entries: usize, evicted: u64) {
        self.recorded.fetch_add(entries as u64, Ordering::Relaxed);
        self.evicted.fetch_add(evicted, Ordering::Relaxed);
        self.failing.store(false, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, entries: usize, error: &StoreError) {
        self.dropped(entries);
        self.failing.store(true, Ordering::Relaxed);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }

    pub(crate) fn dropped(&self, entries: usize) {
        self.dropped.fetch_add(entries as u64, Ordering::Relaxed);
    }
}
