//! Spans on their way to a collector: a bounded queue, batches, and a count of what was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::endpoint::Sent;
use crate::{Endpoint, Span, wire};

/// How much is held, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Groups of spans that wait.
    pub queue: usize,
    /// Spans that are sent together.
    pub batch: usize,
    /// How long a span waits for others.
    pub pause: Duration,
    /// How often a batch is sent; each time after twice the pause before.
    pub attempts: u32,
}

impl Default for Limits {
    /// The batch and the pause are those of the OpenTelemetry specification.
    fn default() -> Self {
        Self { queue: 1024, batch: 512, pause: Duration::from_secs(5), attempts: 3 }
    }
}

/// What became of spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Taken by the collector.
    pub sent: u64,
    /// Dropped because the queue was full.
    pub dropped: u64,
    /// Not taken by the collector.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

enum Message {
    Spans(Vec<Span>),
    Flush(oneshot::Sender<()>),
}

/// Takes spans and sends them.
pub struct Exporter {
    queue: mpsc::Sender<Message>,
    counters: Arc<Counters>,
}

/// Hears once when a collector fails (with the reason) and once when it works again (`None`).
pub type Tell = Box<dyn Fn(Option<&str>) + Send>;

/// Who tells, and to whom.
struct Sender {
    endpoint: Endpoint,
    resource: Vec<(String, String)>,
    limits: Limits,
    counters: Arc<Counters>,
    tell: Tell,
    is_failing: bool,
}

impl Exporter {
    /// Sends to a collector, from a task of the runtime that this is called in. `resource` says who we are; `tell` hears
    /// when the collector fails and when it works again.
    #[must_use]
    pub fn start(endpoint: Endpoint, resource: Vec<(String, String)>, limits: Limits, tell: Tell) -> Self {
        let (queue, waiting) = mpsc::channel(limits.queue.max(1));
        let counters = Arc::new(Counters::default());
        let sender =
            Sender { endpoint, resource, limits, counters: Arc::clone(&counters), tell, is_failing: false };
        tokio::spawn(sender.run(waiting));
        Self { queue, counters }
    }

    /// Takes spans that belong together, if there is room. Never waits.
    pub fn offer(&self, spans: Vec<Span>) {
        let count = spans.len();
        if self.queue.try_send(Message::Spans(spans)).is_err() {
            add(&self.counters.dropped, count);
        }
    }

    /// Sends what waits, and returns when it is sent or cannot be.
    pub async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            let _ = is_done.await;
        }
    }

    /// What became of spans so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { sent, dropped, failed } = &*self.counters;
        Counts { sent: of(sent), dropped: of(dropped), failed: of(failed) }
    }
}

impl Sender {
    async fn run(mut self, mut waiting: mpsc::Receiver<Message>) {
        while let Some(first) = waiting.recv().await {
            let until = Instant::now() + self.limits.pause;
            let (mut spans, mut done) = (Vec::new(), None);
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Spans(more) => spans.extend(more),
                    Message::Flush(told) => done = Some(told),
                }
                if spans.len() < self.limits.batch && done.is_none() {
                    next = timeout_at(until, waiting.recv()).await.ok().flatten();
                }
            }
            if !spans.is_empty() {
                self.send(&spans).await;
            }
            if let Some(done) = done {
                let _ = done.send(());
            }
        }
    }

    async fn send(&mut self, spans: &[Span]) {
        let mut pause = Duration::from_secs(1);
        for attempt in 1..=self.limits.attempts.max(1) {
            let body = wire::request(&self.resource, env!("CARGO_PKG_VERSION"), spans);
            let (why, is_over) = match self.endpoint.send(body).await {
                Sent::Taken => {
                    add(&self.counters.sent, spans.len());
                    self.heard(None);
                    return;
                }
                Sent::Later(why) => (why, attempt == self.limits.attempts.max(1)),
                Sent::Never(why) => (why, true),
            };
            self.heard(Some(&why));
            if is_over {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        add(&self.counters.failed, spans.len());
    }

    fn heard(&mut self, why: Option<&str>) {
        if self.is_failing != why.is_some() {
            self.is_failing = why.is_some();
            (self.tell)(why);
        }
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
