//! Decisions on their way to the store: made into JSON and written beside the path of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use ironhull_store::{Entry, Store};
use serde_json::json;

use super::decision::Decision;
use super::log;

/// Decisions that wait to be written. Each holds its objects in memory, some 50 KB for a pod.
const QUEUE: usize = 256;

/// Takes decisions.
pub(crate) struct Recorder {
    queue: SyncSender<Decision>,
    store: Store,
    dropped: Arc<AtomicU64>,
}

impl Recorder {
    /// Records into a store.
    pub(crate) fn start(store: Store) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel::<Decision>(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = store.writer();
        let lost = Arc::clone(&dropped);
        std::thread::Builder::new().name("decisions".to_owned()).spawn(move || {
            for decision in waiting {
                let Ok(body) = serde_json::to_vec(&decision.json()) else {
                    lost.fetch_add(1, Ordering::Relaxed);
                    continue;
                };
                let keys = decision.keys();
                let entry = Entry { id: decision.id, at: decision.at, keys, body };
                if !writer.offer(entry) {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            if let Err(error) = writer.flush() {
                log::error("the last decisions could not be written", json!({ "error": error.to_string() }));
            }
        })?;
        Ok(Self { queue, store, dropped })
    }

    /// Takes a decision, if there is room: a request never waits for the disk.
    pub(crate) fn take(&self, decision: Decision) {
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(decision) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Where they are.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Decisions that were not recorded.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
