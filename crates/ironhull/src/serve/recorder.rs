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

/// How many decisions of a second are kept in which no policy said anything worth keeping. To write one costs more
/// than to make it.
const ROUTINE: u64 = 500;

/// Takes decisions.
pub(crate) struct Recorder {
    queue: SyncSender<Decision>,
    store: Store,
    dropped: Arc<AtomicU64>,
    /// The second in which routine was counted last, and how much of it there was.
    second: AtomicU64,
    routine: AtomicU64,
    thinned: AtomicU64,
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
        let (second, routine, thinned) = Default::default();
        Ok(Self { queue, store, dropped, second, routine, thinned })
    }

    /// Takes a decision, if there is room: a request never waits for the disk.
    pub(crate) fn take(&self, decision: Decision) {
        if decision.is_routine() && !self.has_room_for_routine(decision.at) {
            self.thinned.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(decision) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Two threads at the turn of a second may let a few more through.
    fn has_room_for_routine(&self, at: i64) -> bool {
        let second = u64::try_from(at / 1000).unwrap_or_default();
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.routine.store(0, Ordering::Relaxed);
        }
        self.routine.fetch_add(1, Ordering::Relaxed) < ROUTINE
    }

    /// Decisions of routine that were left out because there were too many in a second.
    pub(crate) fn thinned(&self) -> u64 {
        self.thinned.load(Ordering::Relaxed)
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
