//! What waits for the writer: bounded by number and by bytes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::entry::Entry;
use crate::receipt::Reply;

/// Entries that may wait.
const MOST: usize = 8192;
/// Bytes that may wait. One larger entry may wait alone.
const MOST_BYTES: usize = 8 << 20;
/// Entries of one commit. More of them take no less time each.
const BATCH: usize = 512;
/// Bytes of one commit: what the cache of redb holds of changed pages, so that they are written once.
const BATCH_BYTES: usize = 2 << 20;
/// How long an entry waits for others when nobody waits for it. On a quiet cluster this is the most that is
/// lost when the machine stops.
const LINGER: Duration = Duration::from_millis(20);

/// Something for the writer to do.
pub(crate) struct Job {
    pub(crate) task: Task,
    /// Called after the commit.
    pub(crate) reply: Option<Reply>,
}

/// What to do.
pub(crate) enum Task {
    Add(Entry),
    /// Evict what is too old at this time.
    Prune(i64),
    /// Nothing but the reply.
    Flush,
}

/// The queue.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    drained: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    bytes: usize,
    /// Jobs that somebody waits for.
    urgent: usize,
    closed: bool,
}

impl Queue {
    /// Puts a job in if there is room for it; gives it back otherwise.
    pub(crate) fn offer(&self, job: Job) -> Result<(), Job> {
        let state = self.lock();
        if state.closed || !state.has_room(&job) {
            return Err(job);
        }
        self.put(state, job);
        Ok(())
    }

    /// Puts a job in, and waits for room. Gives it back when the queue is closed.
    pub(crate) fn push(&self, job: Job) -> Result<(), Job> {
        let state = self.lock();
        let full = |state: &mut State| !state.closed && !state.has_room(&job);
        let state = self.drained.wait_while(state, full).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(job);
        }
        self.put(state, job);
        Ok(())
    }

    /// No job comes in any more; those inside are still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }

    /// The jobs of the next commit, or `None` when the queue is closed and empty. Waits for the first one, unless
    /// there is other work; then it may be none.
    pub(crate) fn take(&self, other_work: bool) -> Option<Vec<Job>> {
        let mut state = self.lock();
        if !other_work {
            let idle = |state: &mut State| !state.closed && state.jobs.is_empty();
            state = self.filled.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
            state = self.linger(state);
        }
        if state.jobs.is_empty() && state.closed {
            return None;
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some(job) = state.jobs.pop_front() else { break };
            bytes += job.bytes();
            state.urgent -= usize::from(job.reply.is_some());
            batch.push(job);
        }
        state.bytes -= bytes;
        self.drained.notify_all();
        Some(batch)
    }

    fn linger<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let until = Instant::now() + LINGER;
        while !state.closed && state.urgent == 0 && state.jobs.len() < BATCH && state.bytes < BATCH_BYTES {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (state, _) = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    fn put(&self, mut state: MutexGuard<'_, State>, job: Job) {
        state.bytes += job.bytes();
        state.urgent += usize::from(job.reply.is_some());
        state.jobs.push_back(job);
        // The writer that lingers need not wake for each entry.
        let wake = state.jobs.len() == 1
            || state.urgent > 0
            || state.jobs.len() >= BATCH
            || state.bytes >= BATCH_BYTES;
        drop(state);
        if wake {
            self.filled.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self, job: &Job) -> bool {
        self.jobs.is_empty() || (self.jobs.len() < MOST && self.bytes + job.bytes() <= MOST_BYTES)
    }
}

impl Job {
    fn bytes(&self) -> usize {
        match &self.task {
            Task::Add(entry) => entry.weight(),
            Task::Prune(_) | Task::Flush => 0,
        }
    }
}
