//! The tables of the file, and the transaction that changes them together.

use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};

use crate::entry::Entry;
use crate::error::Fault;
use crate::record::{decode, encode};

/// The format of the file. A change of tables, of the record or of `Entry::cost` needs the next number.
pub(crate) const FORMAT: u64 = 1;

/// Numbers about the file itself; that this table is there says whose file it is.
pub(crate) const META: TableDefinition<'static, &str, u64> = TableDefinition::new("ironhull.store");
/// Entries by the order in which they were recorded.
pub(crate) const ENTRIES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("decision.entries");
/// Place of each id.
pub(crate) const IDS: TableDefinition<'static, &str, u64> = TableDefinition::new("decision.ids");
/// Places by time. A clock that was set back makes this another order than that of places.
pub(crate) const TIMES: TableDefinition<'static, (i64, u64), ()> = TableDefinition::new("decision.times");
/// Places of each key.
pub(crate) const KEYS: TableDefinition<'static, (&str, u64), ()> = TableDefinition::new("decision.keys");
/// Small state: name of the table and key.
pub(crate) const STATE: TableDefinition<'static, (&str, &str), &[u8]> = TableDefinition::new("state");

const FORMAT_KEY: &str = "format";
const NEXT: &str = "next";
const COUNT: &str = "entries";
const BYTES: &str = "bytes";

/// What is known about all entries without walking them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// The place that the next entry gets.
    pub(crate) next: u64,
    /// How many there are.
    pub(crate) entries: u64,
    /// What they cost together.
    pub(crate) bytes: u64,
}

impl Counters {
    /// As they stand in the file.
    pub(crate) fn read(meta: &impl ReadableTable<&'static str, u64>) -> Result<Self, Fault> {
        Ok(Self { next: number(meta, NEXT)?, entries: number(meta, COUNT)?, bytes: number(meta, BYTES)? })
    }
}

/// The format number of a file.
pub(crate) fn format(meta: &impl ReadableTable<&'static str, u64>) -> Result<u64, Fault> {
    number(meta, FORMAT_KEY)
}

/// Makes all tables in an empty file, so that no reader has to ask whether there is one.
pub(crate) fn initialise(txn: &WriteTransaction) -> Result<(), Fault> {
    let mut meta = txn.open_table(META)?;
    for (name, value) in [(FORMAT_KEY, FORMAT), (NEXT, 0), (COUNT, 0), (BYTES, 0)] {
        meta.insert(name, value)?;
    }
    txn.open_table(ENTRIES)?;
    txn.open_table(IDS)?;
    txn.open_table(TIMES)?;
    txn.open_table(KEYS)?;
    txn.open_table(STATE)?;
    Ok(())
}

/// All tables of entries, open for a change.
pub(crate) struct Tables<'txn> {
    meta: Table<'txn, &'static str, u64>,
    entries: Table<'txn, u64, &'static [u8]>,
    ids: Table<'txn, &'static str, u64>,
    times: Table<'txn, (i64, u64), ()>,
    keys: Table<'txn, (&'static str, u64), ()>,
    pub(crate) counters: Counters,
}

impl<'txn> Tables<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction) -> Result<Self, Fault> {
        let meta = txn.open_table(META)?;
        let counters = Counters::read(&meta)?;
        Ok(Self {
            meta,
            entries: txn.open_table(ENTRIES)?,
            ids: txn.open_table(IDS)?,
            times: txn.open_table(TIMES)?,
            keys: txn.open_table(KEYS)?,
            counters,
        })
    }

    /// Adds an entry behind all others. One with the same id goes.
    pub(crate) fn insert(&mut self, entry: &Entry) -> Result<(), Fault> {
        let before = self.ids.get(entry.id.as_str())?.map(|place| place.value());
        if let Some(place) = before {
            self.remove(place)?;
        }
        let place = self.counters.next;
        self.entries.insert(place, encode(entry).as_slice())?;
        self.ids.insert(entry.id.as_str(), place)?;
        self.times.insert((entry.at, place), ())?;
        for key in entry.distinct_keys() {
            self.keys.insert((key, place), ())?;
        }
        self.counters.next += 1;
        self.counters.entries += 1;
        self.counters.bytes = self.counters.bytes.saturating_add(entry.cost());
        Ok(())
    }

    /// Takes an entry out of all tables.
    pub(crate) fn remove(&mut self, place: u64) -> Result<(), Fault> {
        let Some(bytes) = self.entries.remove(place)?.map(|value| value.value().to_vec()) else {
            return Err(Fault::Content(format!("entry {place} is in an index and not in the table")));
        };
        let entry = decode(&bytes)?;
        self.ids.remove(entry.id.as_str())?;
        self.times.remove((entry.at, place))?;
        for key in entry.distinct_keys() {
            self.keys.remove((key, place))?;
        }
        self.counters.entries = self.counters.entries.saturating_sub(1);
        self.counters.bytes = self.counters.bytes.saturating_sub(entry.cost());
        Ok(())
    }

    /// The place of the entry that was recorded first.
    pub(crate) fn first_recorded(&self) -> Result<Option<u64>, Fault> {
        Ok(self.entries.first()?.map(|(place, _)| place.value()))
    }

    /// Time and place of the entry with the lowest time.
    pub(crate) fn earliest(&self) -> Result<Option<(i64, u64)>, Fault> {
        Ok(self.times.first()?.map(|(key, _)| key.value()))
    }

    /// Writes the counters, last thing before the commit.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        let Counters { next, entries, bytes } = self.counters;
        for (name, value) in [(NEXT, next), (COUNT, entries), (BYTES, bytes)] {
            self.meta.insert(name, value)?;
        }
        Ok(())
    }
}

fn number(meta: &impl ReadableTable<&'static str, u64>, name: &'static str) -> Result<u64, Fault> {
    let value = meta.get(name)?.map(|value| value.value());
    value.ok_or_else(|| Fault::Content(format!("the number {name:?} is missing")))
}
