//! A bar for what takes longer than a second.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Counts steps, and shows a bar on standard error once a second has passed; never when that is piped.
pub(crate) struct Progress {
    started: Instant,
    total: u64,
    done: AtomicU64,
    what: &'static str,
    enabled: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    const PATIENCE: Duration = Duration::from_secs(1);

    pub(crate) fn new(what: &'static str, total: usize, quiet: bool) -> Self {
        Self {
            started: Instant::now(),
            total: total as u64,
            done: AtomicU64::new(0),
            what,
            enabled: !quiet && stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    /// One step more.
    pub(crate) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.enabled || self.started.elapsed() < Self::PATIENCE {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(self.total);
            if let Ok(style) = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} {eta}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(self.what);
            bar
        });
        bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}
