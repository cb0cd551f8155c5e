//! Opening, and every question that can be asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::ReadableTable;

use crate::entry::{Cursor, Entry, Limits, Page};
use crate::error::{Fault, StoreError};
use crate::handle::Handle;
use crate::health::{Health, Stats};
use crate::kv::Kv;
use crate::open;
use crate::record::decode;
use crate::tables::{Counters, ENTRIES, IDS, KEYS, META, TIMES};
use crate::verify::{Verified, verify};
use crate::writer::{Core, Writer};

/// Bytes of one answer with several entries; one more entry may pass it.
const ANSWER: usize = 8 << 20;

/// Entries that one answer looks at, whether they are wanted or not.
const LOOKED_AT: usize = 20_000;

/// The record of decisions in one file. One process has it open at a time. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    core: Arc<Core>,
    path: Option<PathBuf>,
}

impl Store {
    /// Opens the record at this path, or makes it, readable for nobody else. The directory must be there.
    ///
    /// Every page is checked, which takes about a second for each gigabyte. After a crash the last
    /// acknowledged state is there. Limits may differ from those of the last time.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, StoreError> {
        let owned = path.to_owned();
        let handle = Handle::open(path.display().to_string(), move || open::file(&owned))?;
        Ok(Self { core: Core::start(handle, limits)?, path: Some(path.to_owned()) })
    }

    /// A record that ends with the process.
    pub fn in_memory(limits: Limits) -> Result<Self, StoreError> {
        Self::with(Handle::open("(memory)".into(), open::memory)?, limits)
    }

    pub(crate) fn with(handle: Handle, limits: Limits) -> Result<Self, StoreError> {
        Ok(Self { core: Core::start(handle, limits)?, path: None })
    }

    /// The way to add entries. All writers share one thread and one queue.
    pub fn writer(&self) -> Writer {
        Writer { core: Arc::clone(&self.core) }
    }

    /// A table of small state in the same file. The name is its own; tables need no making.
    pub fn kv(&self, name: &str) -> Kv {
        Kv::new(Arc::clone(&self.core), name)
    }

    /// The entry with this id.
    pub fn get(&self, id: &str) -> Result<Option<Entry>, StoreError> {
        self.core.handle.read(|txn| {
            let Some(place) = txn.open_table(IDS)?.get(id)?.map(|place| place.value()) else {
                return Ok(None);
            };
            entry(&txn.open_table(ENTRIES)?, place).map(Some)
        })
    }

    /// The entries with this key, the last recorded first. Not more than `limit`, and fewer when they are larger
    /// than eight megabytes together.
    pub fn by_key(&self, key: &str, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.core.handle.read(|txn| {
            let (keys, entries) = (txn.open_table(KEYS)?, txn.open_table(ENTRIES)?);
            let (mut found, mut bytes) = (Vec::new(), 0);
            for item in keys.range::<(&str, u64)>((key, 0)..=(key, u64::MAX))?.rev().take(limit) {
                let (_, place) = item?.0.value();
                let entry = entry(&entries, place)?;
                bytes += entry.weight();
                found.push(entry);
                if bytes >= ANSWER {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// Entries from this time on (milliseconds since 1970, inclusive), by time and then in the order in which they
    /// were recorded. The next page begins `after` the cursor of this one.
    ///
    /// Each page is one consistent state. Entries that are evicted between two pages are missing from the second;
    /// entries that are added at later times are in it.
    pub fn since(&self, at: i64, after: Option<Cursor>, limit: usize) -> Result<Page, StoreError> {
        self.core.handle.read(|txn| {
            let (times, entries) = (txn.open_table(TIMES)?, txn.open_table(ENTRIES)?);
            let first = after.map_or((at, 0), |cursor| (cursor.at, cursor.sequence.saturating_add(1)));
            let (mut page, mut bytes) = (Page::default(), 0);
            let mut last = None;
            for item in times.range(first.max((at, 0))..)? {
                let (at, sequence) = item?.0.value();
                if page.entries.len() >= limit || bytes >= ANSWER {
                    page.next = last;
                    break;
                }
                let entry = entry(&entries, sequence)?;
                bytes += entry.weight();
                page.entries.push(entry);
                last = Some(Cursor { at, sequence });
            }
            Ok(page)
        })
    }

    /// Entries of this time and later that somebody wants, the newest first: of all of them, or of those with a key.
    /// Not more than `limit`; and when so many were looked at that `wanted` did not want, the page ends as well, so
    /// that it may be empty and not be the last.
    pub fn newest(
        &self,
        key: Option<&str>,
        at: i64,
        before: Option<Cursor>,
        limit: usize,
        mut wanted: impl FnMut(&Entry) -> bool,
    ) -> Result<Page, StoreError> {
        self.core.handle.read(|txn| {
            let entries = txn.open_table(ENTRIES)?;
            let (mut page, mut bytes, mut seen, mut last) = (Page::default(), 0, 0, None);
            let mut take = |sequence: u64| -> Result<bool, Fault> {
                if page.entries.len() >= limit || seen >= LOOKED_AT || bytes >= ANSWER {
                    page.next = last;
                    return Ok(false);
                }
                let entry = entry(&entries, sequence)?;
                seen += 1;
                last = Some(Cursor { at: entry.at, sequence });
                if entry.at >= at && wanted(&entry) {
                    bytes += entry.weight();
                    page.entries.push(entry);
                }
                Ok(true)
            };
            if let Some(key) = key {
                let end = before.map_or(u64::MAX, |cursor| cursor.sequence);
                for item in txn.open_table(KEYS)?.range::<(&str, u64)>((key, 0)..(key, end))?.rev() {
                    if !take(item?.0.value().1)? {
                        break;
                    }
                }
            } else {
                let end = before.map_or((i64::MAX, u64::MAX), |cursor| (cursor.at, cursor.sequence));
                if end > (at, 0) {
                    for item in txn.open_table(TIMES)?.range((at, 0)..end)?.rev() {
                        if !take(item?.0.value().1)? {
                            break;
                        }
                    }
                }
            }
            Ok(page)
        })
    }

    /// How much there is, and how writing goes.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let health = self.health();
        self.core.handle.read(|txn| {
            let counters = Counters::read(&txn.open_table(META)?)?;
            let times = txn.open_table(TIMES)?;
            let length = self.path.as_ref().map(|path| path.metadata().map(|metadata| metadata.len()));
            let length = length.transpose().map_err(|error| Fault::Redb(Box::new(error.into())))?;
            Ok(Stats {
                entries: counters.entries,
                bytes: counters.bytes,
                file_bytes: length.unwrap_or(0),
                oldest: times.first()?.map(|(key, _)| key.value().0),
                newest: times.last()?.map(|(key, _)| key.value().0),
                health,
            })
        })
    }

    /// How writing goes. Needs no disk.
    pub fn health(&self) -> Health {
        self.core.pulse.read()
    }

    /// Reads everything and checks that entries and indexes agree. Takes seconds for a large record; writing goes
    /// on meanwhile.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        self.core.handle.read(verify)
    }
}

fn entry(entries: &impl ReadableTable<u64, &'static [u8]>, place: u64) -> Result<Entry, Fault> {
    let bytes = entries.get(place)?;
    let missing = || Fault::Content(format!("entry {place} is in an index and not in the table"));
    decode(bytes.ok_or_else(missing)?.value())
}
