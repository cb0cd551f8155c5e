//! Checking what must always hold.

use redb::{ReadTransaction, ReadableTableMetadata};

use crate::error::Fault;
use crate::record::decode;
use crate::tables::{Counters, ENTRIES, IDS, KEYS, META, TIMES};

/// Problems that are told; more are only counted.
const TOLD: usize = 20;

/// What a check of the whole record found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Entries that were read.
    pub entries: u64,
    /// What they cost together.
    pub bytes: u64,
    /// How many things are wrong. A record with any should be moved away.
    pub wrong: u64,
    /// The first of them, in words.
    pub problems: Vec<String>,
}

impl Verified {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.wrong == 0
    }

    fn expect(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.wrong += 1;
            if self.problems.len() < TOLD {
                self.problems.push(problem());
            }
        }
    }
}

/// Every entry can be read, is found by its id, its time and each of its keys, and nothing else is in an index;
/// the counters are the sums.
pub(crate) fn verify(txn: &ReadTransaction) -> Result<Verified, Fault> {
    let counters = Counters::read(&txn.open_table(META)?)?;
    let (entries, ids) = (txn.open_table(ENTRIES)?, txn.open_table(IDS)?);
    let (times, keys) = (txn.open_table(TIMES)?, txn.open_table(KEYS)?);
    let mut found = Verified::default();
    let mut pairs = 0;
    for item in entries.range::<u64>(..)? {
        let (place, bytes) = item?;
        let place = place.value();
        found.entries += 1;
        found.expect(place < counters.next, || format!("entry {place} is behind the last one"));
        let entry = match decode(bytes.value()) {
            Ok(entry) => entry,
            Err(fault) => {
                found.expect(false, || format!("entry {place}: {fault:?}"));
                continue;
            }
        };
        found.bytes = found.bytes.saturating_add(entry.cost());
        let by_id = ids.get(entry.id.as_str())?.map(|place| place.value());
        found.expect(by_id == Some(place), || format!("entry {place} is not found by its id"));
        let by_time = times.get((entry.at, place))?.is_some();
        found.expect(by_time, || format!("entry {place} is not found by its time"));
        for key in entry.distinct_keys() {
            pairs += 1;
            let by_key = keys.get((key, place))?.is_some();
            found.expect(by_key, || format!("entry {place} is not found by the key {key:?}"));
        }
    }
    // As each entry is in each index, an index of the same size has nothing else.
    let count = found.entries;
    for (name, length, expected) in
        [("ids", ids.len()?, count), ("times", times.len()?, count), ("keys", keys.len()?, pairs)]
    {
        found.expect(length == expected, || format!("{length} {name} for {expected}"));
    }
    let sums = (counters.entries, counters.bytes);
    let expected = (found.entries, found.bytes);
    found.expect(sums == expected, || format!("the counters say {sums:?}, the entries {expected:?}"));
    Ok(found)
}
