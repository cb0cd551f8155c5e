//! Decisions on their way to the store: made into JSON and written beside the path of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use ironhull_store::{Entry, Store};
use serde_json::json;

use super::clock::milliseconds;
use super::decision::Decision;
use super::log;

/// Decisions that wait to be written.
const QUEUE: usize = 256;

/// Bytes of the reviews of decisions that wait. Each holds its objects in memory, at several times their text.
const MOST_WAITING: usize = 8 << 20;

/// How many decisions of a second are kept in which no policy said anything worth keeping. To write one costs more
/// than to make it.
const ROUTINE: u64 = 500;

/// Takes decisions.
pub(crate) struct Recorder {
    queue: SyncSender<(Decision, usize)>,
    waiting: Arc<AtomicUsize>,
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
        let (queue, waiting) = sync_channel::<(Decision, usize)>(QUEUE);
        let bytes = Arc::new(AtomicUsize::new(0));
        let taken = Arc::clone(&bytes);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = store.writer();
        let lost = Arc::clone(&dropped);
        std::thread::Builder::new().name("decisions".to_owned()).spawn(move || {
            for (decision, size) in waiting {
                let (json, keys) = (serde_json::to_vec(&decision.json()), decision.keys());
                let (id, at) = (decision.id.clone(), decision.at);
                drop(decision);
                taken.fetch_sub(size, Ordering::Relaxed);
                let Ok(body) = json else {
                    lost.fetch_add(1, Ordering::Relaxed);
                    continue;
                };
                if !writer.offer(Entry { id, at, keys, body }) {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            if let Err(error) = writer.flush() {
                log::error("the last decisions could not be written", json!({ "error": error.to_string() }));
            }
        })?;
        let (second, routine, thinned) = Default::default();
        Ok(Self { queue, waiting: bytes, store, dropped, second, routine, thinned })
    }

    /// Whether a decision shall be recorded: one that let a request through as it came, with no policy that said
    /// anything worth keeping, is routine.
    pub(crate) fn wants(&self, is_routine: bool) -> bool {
        let is_wanted = !is_routine || self.has_room_for_routine(milliseconds());
        if !is_wanted {
            self.thinned.fetch_add(1, Ordering::Relaxed);
        }
        is_wanted
    }

    /// Takes a decision about a review of so many bytes, if there is room: a request never waits for the disk.
    pub(crate) fn take(&self, decision: Decision, size: usize) {
        let waiting = self.waiting.fetch_add(size, Ordering::Relaxed);
        // One that is too large comes through alone.
        let has_room = waiting == 0 || waiting.saturating_add(size) <= MOST_WAITING;
        if !has_room || self.queue.try_send((decision, size)).is_err() {
            self.waiting.fetch_sub(size, Ordering::Relaxed);
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
