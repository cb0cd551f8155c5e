//! The thread that writes, and the ways to give it work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::entry::{Entry, Limits};
use crate::error::StoreError;
use crate::evict::{Applied, apply};
use crate::handle::Handle;
use crate::health::Pulse;
use crate::queue::{Job, Queue, Task};
use crate::receipt::{Receipt, Reply};
use crate::tables::Tables;

/// Gives entries to the one thread that writes them. Cheap to clone; the thread ends, after everything that
/// waits is written, when the store and all its writers are gone.
#[derive(Clone)]
pub struct Writer {
    pub(crate) core: Arc<Core>,
}

impl Writer {
    /// Adds an entry when there is room in the queue. Never waits. `false` when the entry was dropped, which is
    /// counted.
    ///
    /// The entry is durable some ten milliseconds later, unless [`Health`](crate::Health) says that writing fails.
    #[must_use = "false means that the entry is lost"]
    pub fn offer(&self, entry: Entry) -> bool {
        let taken = entry.flaw(&self.core.limits).is_none()
            && self.core.queue.offer(Job { task: Task::Add(entry), reply: None }).is_ok();
        if !taken {
            self.core.pulse.dropped(1);
        }
        taken
    }

    /// Adds an entry and gives a receipt for it. Waits while the queue is full.
    pub fn record(&self, entry: Entry) -> Receipt {
        let (reply, receipt) = Receipt::pair();
        self.record_then(entry, reply);
        receipt
    }

    /// Adds an entry and calls back when it is durable or lost. Waits while the queue is full.
    ///
    /// The call comes on the thread of the writer: hand the answer on (a oneshot channel, a waker) and return.
    pub fn record_then(&self, entry: Entry, then: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
        if let Some(reason) = entry.flaw(&self.core.limits) {
            self.core.pulse.dropped(1);
            return then(Err(StoreError::Refused { reason }));
        }
        let job = Job { task: Task::Add(entry), reply: Some(Box::new(then)) };
        if let Err(job) = self.core.queue.push(job) {
            self.core.pulse.dropped(1);
            answer(job.reply, &Err(StoreError::Closed));
        }
    }

    /// Waits until everything that was given before is written. An error is that of the last commit; what was
    /// lost in earlier ones is counted in [`Health`](crate::Health).
    pub fn flush(&self) -> Result<(), StoreError> {
        self.wait(Task::Flush)
    }

    /// Evicts what is too old at this time, in milliseconds since 1970. Entries tell the time as well; a caller
    /// whose cluster is quiet does it with this, every minute or so.
    ///
    /// Waits for the first transaction of it. When there is more than one can take, the rest follows.
    pub fn prune(&self, now: i64) -> Result<(), StoreError> {
        self.wait(Task::Prune(now))
    }

    fn wait(&self, task: Task) -> Result<(), StoreError> {
        let (reply, receipt) = Receipt::pair();
        match self.core.queue.push(Job { task, reply: Some(reply) }) {
            Ok(()) => receipt.wait(),
            Err(_) => Err(StoreError::Closed),
        }
    }
}

/// The open store with its thread. Whoever drops the last reference waits for the thread.
pub(crate) struct Core {
    pub(crate) handle: Arc<Handle>,
    pub(crate) pulse: Arc<Pulse>,
    limits: Limits,
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Core {
    pub(crate) fn start(handle: Handle, limits: Limits) -> Result<Arc<Self>, StoreError> {
        let place = handle.place().to_owned();
        let (handle, pulse) = (Arc::new(handle), Arc::new(Pulse::default()));
        let queue = Arc::new(Queue::default());
        let mut work = Work {
            handle: Arc::clone(&handle),
            pulse: Arc::clone(&pulse),
            queue: Arc::clone(&queue),
            limits,
            now: None,
        };
        let thread = thread::Builder::new().name("decision-record".into()).spawn(move || work.run());
        let thread = thread.map_err(|error| StoreError::Io { place, reason: error.to_string() })?;
        Ok(Arc::new(Self { handle, pulse, limits, queue, thread: Some(thread) }))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.queue.close();
        let Some(thread) = self.thread.take() else { return };
        // A callback may hold the last writer; the thread cannot wait for itself.
        if thread.thread().id() != thread::current().id() {
            let _ = thread.join();
        }
    }
}

/// What the thread has.
struct Work {
    handle: Arc<Handle>,
    pulse: Arc<Pulse>,
    queue: Arc<Queue>,
    limits: Limits,
    /// The newest time that was told.
    now: Option<i64>,
}

impl Work {
    fn run(&mut self) {
        // Limits may be lower than at the last time.
        let mut more = true;
        while let Some(jobs) = self.queue.take(more) {
            more = self.round(jobs);
        }
    }

    /// One commit. Whether there is more to evict.
    fn round(&mut self, jobs: Vec<Job>) -> bool {
        let (mut added, mut replies) = (Vec::new(), Vec::new());
        for job in jobs {
            match job.task {
                Task::Add(entry) => {
                    self.now = Some(entry.at);
                    added.push(entry);
                }
                Task::Prune(now) => self.now = Some(now),
                Task::Flush => {}
            }
            replies.extend(job.reply);
        }
        let outcome = self.commit(&added);
        match &outcome {
            Ok(applied) => self.pulse.written(added.len(), applied.evicted),
            Err(error) => self.pulse.failed(added.len(), error),
        }
        let more = outcome.as_ref().is_ok_and(|applied| applied.more);
        let outcome = outcome.map(drop);
        for reply in replies {
            answer(Some(reply), &outcome);
        }
        more
    }

    fn commit(&self, added: &[Entry]) -> Result<Applied, StoreError> {
        self.handle.write(|txn| {
            let mut tables = Tables::open(txn)?;
            let applied = apply(&mut tables, added, &self.limits, self.now)?;
            tables.finish()?;
            Ok(applied)
        })
    }
}

/// Calls back. A callback that panics must not end the thread.
fn answer(reply: Option<Reply>, outcome: &Result<(), StoreError>) {
    if let Some(reply) = reply {
        let _ = catch_unwind(AssertUnwindSafe(|| reply(outcome.clone())));
    }
}
