//! The store from outside: real files, real processes.

mod bounds;
mod crash;
mod kv;
mod model;
mod newest;
mod opening;
mod writing;

use std::time::Duration;

use ironhull_store::{Entry, Limits};

/// Limits that nothing here reaches.
const WIDE: Limits = Limits { bytes: 1 << 30, entries: u64::MAX, age: Duration::from_hours(1_000_000) };

fn entry(id: &str, at: i64, keys: &[&str], body: &[u8]) -> Entry {
    Entry { id: id.into(), at, keys: keys.iter().map(|&key| key.into()).collect(), body: body.to_vec() }
}
