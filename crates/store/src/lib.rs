//! The record of admission decisions, and small state beside it, in one embedded file.
//!
//! Lives here: keeping entries by id, by key and by time within limits of bytes, number and age; writing them
//! on a thread of its own, many in one durable commit ([`Writer`]); small named tables ([`Kv`]); opening,
//! checking and mending the file.
//!
//! Never lives here: what a decision is, what has to be redacted, which keys an entry has, and what time it is.
//! An [`Entry`] comes with its time and its keys, and its body is bytes that are given back as they were.
//!
//! ```
//! use std::time::Duration;
//! use ironhull_store::{Entry, Limits, Store};
//!
//! let store = Store::in_memory(Limits { bytes: 64 << 20, entries: 10_000, age: Duration::from_hours(168) })?;
//! let writer = store.writer();
//! let entry = Entry {
//!     id: "k3v7q2m5x4ab".into(),
//!     at: 1_790_000_000_000,
//!     keys: vec!["object:apps/Deployment/shop/web".into(), "denied".into()],
//!     body: br#"{"allowed":false}"#.to_vec(),
//! };
//! writer.record(entry.clone()).wait()?; // on disk from here on, had it been a file
//! assert_eq!(store.get("k3v7q2m5x4ab")?, Some(entry.clone()));
//! assert_eq!(store.by_key("denied", 10)?, [entry]);
//! # Ok::<(), ironhull_store::StoreError>(())
//! ```
//!
//! What is promised:
//!
//! - **Acknowledged is durable.** A [`Receipt`] says yes after the commit has been synced to disk. An entry is
//!   there whole, with all its indexes, or not at all.
//! - **Admission never waits.** [`Writer::offer`] returns at once. What does not fit into the queue is counted
//!   as dropped, and so is what could not be written; [`Store::health`] says how many and why.
//! - **Bounded.** Within every commit the oldest entries go, a bounded number at a time. The queue is bounded
//!   by number and by bytes, and a page of answers as well.
//! - **A bad file is an error that says what to do**, never a panic and never an empty answer.
//!
//! Decision 9 (`docs/decisions/0009-decision-record.md`) has the reasons and the measurements.

mod checksum;
mod entry;
mod error;
mod evict;
mod handle;
mod health;
mod kv;
mod open;
mod queue;
mod receipt;
mod record;
mod store;
mod tables;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use entry::{Cursor, Entry, Limits, Page};
pub use error::StoreError;
pub use health::{Health, Stats};
pub use kv::Kv;
pub use receipt::Receipt;
pub use store::Store;
pub use verify::Verified;
pub use writer::Writer;
