//! Kinds of which a review takes long to be decided.
//!
//! Deciding is work for the processor and takes some microseconds, so it is done where requests are read. A policy that
//! takes seconds would hold up all other requests there, and probes with them: objects of a kind that once took long are
//! decided on threads of their own for a while, as many as there are processors.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ironhull_value::CompactString;
use tokio::sync::Semaphore;

/// What is long. A thousand times the usual, and more than what a busy machine makes of it.
const LONG: Duration = Duration::from_millis(100);

/// How long that is remembered.
const WHILE: Duration = Duration::from_mins(2);

/// What is known to take long.
pub(crate) struct Slow {
    /// Whether there is any: what is asked for each request takes no lock then.
    is_any: AtomicBool,
    until: Mutex<HashMap<CompactString, Instant>>,
    /// For deciding it.
    pub(crate) threads: Arc<Semaphore>,
}

impl Default for Slow {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            is_any: AtomicBool::default(),
            until: Mutex::default(),
            threads: Arc::new(Semaphore::new(threads)),
        }
    }
}

impl Slow {
    /// Takes note of how long it took.
    pub(crate) fn note(&self, kind: &CompactString, took: Duration) {
        if took >= LONG {
            let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
            until.insert(kind.clone(), Instant::now() + WHILE);
            self.is_any.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a kind took long a while ago.
    pub(crate) fn is_known(&self, kind: &CompactString) -> bool {
        if !self.is_any.load(Ordering::Relaxed) {
            return false;
        }
        let now = Instant::now();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.retain(|_, until| now < *until);
        self.is_any.store(!until.is_empty(), Ordering::Relaxed);
        until.contains_key(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_is_known_for_a_while() {
        let (slow, pod, job) = (Slow::default(), CompactString::from("Pod"), CompactString::from("Job"));
        slow.note(&pod, Duration::from_millis(5));
        assert!(!slow.is_known(&pod));
        slow.note(&pod, Duration::from_secs(1));
        assert!(slow.is_known(&pod) && !slow.is_known(&job));
        slow.until.lock().unwrap().insert(pod.clone(), Instant::now());
        assert!(!slow.is_known(&pod) && !slow.is_any.load(Ordering::Relaxed));
    }
}
