//! The open database: transactions that turn every failure into an error, and opening it again after one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::error::{Fault, StoreError};

/// After an error of the disk redb refuses everything until the file is opened again. That is tried when it is
/// next used, and not more often than this.
const PAUSE: Duration = Duration::from_secs(1);

type Opener = Box<dyn Fn() -> Result<Database, StoreError> + Send + Sync>;

/// A database that can be opened again.
pub(crate) struct Handle {
    place: String,
    opener: Opener,
    database: RwLock<Option<Database>>,
    broken: AtomicBool,
    /// When it was last opened again, and why it is not open.
    tried: Mutex<Option<(Instant, StoreError)>>,
    pause: Duration,
}

impl Handle {
    /// Opens it for the first time. `place` names it in errors.
    pub(crate) fn open(
        place: String,
        opener: impl Fn() -> Result<Database, StoreError> + Send + Sync + 'static,
    ) -> Result<Self, StoreError> {
        let database = guarded(|| opener().map_err(Fault::Own)).map_err(|fault| fault.at(&place))?;
        Ok(Self {
            place,
            opener: Box::new(opener),
            database: RwLock::new(Some(database)),
            broken: AtomicBool::new(false),
            tried: Mutex::new(None),
            pause: PAUSE,
        })
    }

    /// Without the pause between attempts to open it again.
    #[cfg(test)]
    pub(crate) fn impatient(mut self) -> Self {
        self.pause = Duration::ZERO;
        self
    }

    /// The name in errors.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Reads one state of the database.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.with(|database| work(&database.begin_read()?))
    }

    /// Changes the database; durable when this returns `Ok`. After an error the change is there whole or not at
    /// all, mostly not.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let mut txn = database.begin_write()?;
            // The other kind of commit trusts checksums that one who chooses the content could aim at.
            txn.set_two_phase_commit(true);
            let value = work(&txn)?;
            txn.commit()?;
            Ok(value)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.mend()?;
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = guard.as_ref().ok_or(StoreError::Closed)?;
        guarded(|| work(database)).map_err(|fault| {
            if fault.needs_reopening() {
                self.broken.store(true, Ordering::Release);
            }
            fault.at(&self.place)
        })
    }

    /// Opens it again when it is broken.
    fn mend(&self) -> Result<(), StoreError> {
        if !self.broken.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.broken.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some((last, error)) = &*tried
            && last.elapsed() < self.pause
        {
            return Err(error.clone());
        }
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Closing gives the lock of the file back. It fails as the last write did, which is known already.
        drop(database.take());
        let opened = guarded(|| (self.opener)().map_err(Fault::Own));
        match opened.map_err(|fault| fault.at(&self.place)) {
            Ok(opened) => {
                *database = Some(opened);
                *tried = None;
                self.broken.store(false, Ordering::Release);
                Ok(())
            }
            Err(error) => {
                *tried = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

/// Runs work of redb. It checks a file when it opens it; pages that change under it later may make it panic,
/// which must not take admission down.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let reason = format!("the storage library failed: {}", words(&*panic));
        // As an error of redb, so that the file is opened and checked again.
        Err(Fault::Redb(Box::new(redb::Error::Corrupted(reason))))
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
