//! A ceiling for what all bodies together may hold in memory.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a permit stands for: the semaphore counts in 32 bits.
const UNIT: usize = 1024;

/// Memory for bodies. Who finds none waits; that is what holds a sender back.
#[derive(Clone, Debug)]
pub struct Budget {
    room: Arc<Semaphore>,
    units: usize,
}

impl Budget {
    /// So many bytes.
    pub fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).max(1);
        Self { room: Arc::new(Semaphore::new(units)), units }
    }

    /// Takes room for a body, waiting for it until then. `None` if there was none in time. A body larger
    /// than the whole budget takes all of it, so that it comes through alone.
    pub async fn take(&self, bytes: usize, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        let waiting = Arc::clone(&self.room).acquire_many_owned(self.units_of(bytes));
        tokio::time::timeout_at(deadline.into(), waiting).await.ok()?.ok()
    }

    /// Takes room for a body if there is enough at this moment.
    pub fn take_at_once(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_many_owned(self.units_of(bytes)).ok()
    }

    fn units_of(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT).clamp(1, self.units)).unwrap_or(u32::MAX)
    }

    /// Bytes that are taken.
    pub fn taken(&self) -> usize {
        (self.units - self.room.available_permits().min(self.units)) * UNIT
    }
}
