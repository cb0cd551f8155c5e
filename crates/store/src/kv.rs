//! Small state: what is switched on, and how far a trial is.

use std::sync::Arc;

use redb::{ReadableTable, WriteTransaction};

use crate::error::{Fault, StoreError};
use crate::tables::STATE;
use crate::writer::Core;

/// Bytes of a name, of a key.
const MAX_KEY: usize = 1024;
/// Bytes of a value.
const MAX_VALUE: usize = 1 << 20;

/// A named table of small values. Each change is durable when it returns; it waits for a commit of the writer that
/// is under way, so this is nothing for the path of a request.
///
/// Limits of the record do not apply: callers keep the number of keys small.
#[derive(Clone)]
pub struct Kv {
    core: Arc<Core>,
    name: String,
}

impl Kv {
    pub(crate) fn new(core: Arc<Core>, name: &str) -> Self {
        Self { core, name: name.to_owned() }
    }

    /// The value of this key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.core.handle.read(|txn| {
            let value = txn.open_table(STATE)?.get((self.name.as_str(), key))?;
            Ok(value.map(|value| value.value().to_vec()))
        })
    }

    /// Sets the value of this key: at most a megabyte; a key has at most 1024 bytes.
    pub fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.check(key, value)?;
        self.core.handle.write(|txn| self.set(txn, key, Some(value)))
    }

    /// Removes this key. Whether it was there.
    pub fn delete(&self, key: &str) -> Result<bool, StoreError> {
        self.core.handle.write(|txn| {
            let mut table = txn.open_table(STATE)?;
            Ok(table.remove((self.name.as_str(), key))?.is_some())
        })
    }

    /// Makes a new value of the old one, with no other change between; `None` removes the key. Gives what is there
    /// afterwards. Counters are made of this.
    pub fn update(
        &self,
        key: &str,
        change: impl FnOnce(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.core.handle.write(|txn| {
            let old = {
                let table = txn.open_table(STATE)?;
                let value = table.get((self.name.as_str(), key))?;
                value.map(|value| value.value().to_vec())
            };
            let new = change(old.as_deref());
            self.check(key, new.as_deref().unwrap_or_default())?;
            self.set(txn, key, new.as_deref())?;
            Ok(new)
        })
    }

    /// All keys that begin with this, in order, with their values.
    pub fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.core.handle.read(|txn| {
            let table = txn.open_table(STATE)?;
            let mut found = Vec::new();
            for item in table.range::<(&str, &str)>((self.name.as_str(), prefix)..)? {
                let (key, value) = item?;
                let (name, key) = key.value();
                if name != self.name || !key.starts_with(prefix) {
                    break;
                }
                found.push((key.to_owned(), value.value().to_vec()));
            }
            Ok(found)
        })
    }

    fn set(&self, txn: &WriteTransaction, key: &str, value: Option<&[u8]>) -> Result<(), Fault> {
        let mut table = txn.open_table(STATE)?;
        let key = (self.name.as_str(), key);
        match value {
            Some(value) => drop(table.insert(key, value)?),
            None => drop(table.remove(key)?),
        }
        Ok(())
    }

    fn check(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let longest = self.name.len().max(key.len());
        if longest > MAX_KEY {
            let reason = format!("a name or key of state has {longest} bytes, at most {MAX_KEY} are kept");
            return Err(StoreError::Refused { reason });
        }
        if value.len() > MAX_VALUE {
            let reason = format!("a value of state has {} bytes, at most {MAX_VALUE} are kept", value.len());
            return Err(StoreError::Refused { reason });
        }
        Ok(())
    }
}
