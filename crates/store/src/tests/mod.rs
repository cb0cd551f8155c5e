//! A disk that loses power, fills up or fails, below the whole store.

mod disk;
mod failing;
mod power;

use std::time::Duration;

use crate::handle::Handle;
use crate::open::{begin, builder, inspect};
use crate::{Entry, Limits, Store, StoreError};
use disk::Disk;

const WIDE: Limits = Limits { bytes: 1 << 30, entries: u64::MAX, age: Duration::from_hours(1_000_000) };

fn entry(id: &str, at: i64) -> Entry {
    let body = id.bytes().cycle().take(id.len() * 97 % 5000).collect();
    Entry { id: id.into(), at, keys: vec!["all".into(), format!("id:{id}")], body }
}

/// The store on this disk, made when the disk is empty.
fn store(disk: &Disk, limits: Limits) -> Result<Store, StoreError> {
    let disk = disk.clone();
    let opener = move || {
        let empty = disk.is_empty();
        let open = || {
            let database = builder().create_with_backend(disk.clone())?;
            if empty {
                begin(&database)?;
            }
            inspect(&database, "disk")?;
            Ok(database)
        };
        open().map_err(|fault: crate::error::Fault| fault.at("disk"))
    };
    Store::with(Handle::open("disk".into(), opener)?.impatient(), limits)
}
