//! What can go wrong with a control plane.

use std::io;
use std::path::PathBuf;

/// Why the harness could not do something. No text holds a key or a token.
#[derive(Debug, thiserror::Error)]
pub enum ControlPlaneError {
    /// A file, a port or a process.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended while it was being waited for.
    #[error("{program} ended before it was ready\n{tail}")]
    Ended {
        /// Its name.
        program: String,
        /// The end of its log.
        tail: String,
    },
    /// Nothing ended, but it did not become ready.
    #[error("the control plane was not ready within {seconds} s: {last}\n{tails}")]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// The last thing that was not as it should be.
        last: String,
        /// The ends of the logs.
        tails: String,
    },
    /// A certificate or key could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The answer is not HTTP.
    #[error("the API server's answer cannot be read: {0}")]
    Answer(String),
    /// The API server said no.
    #[error("{what}: {status} {message}")]
    Refused {
        /// What was asked.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The message of the `Status`.
        message: String,
    },
    /// The audit log holds a line that is no JSON.
    #[error("line {line} of {} is not an audit event", path.display())]
    Audit {
        /// The log.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The variable `IRONHULL_KUBECTL` is not set.
    #[error("IRONHULL_KUBECTL is not set; `cargo xtask test --only cluster` sets it")]
    NoKubectl,
}

/// Names what was tried when it fails.
pub(super) trait Tried<T> {
    fn tried(self, what: impl FnOnce() -> String) -> Result<T, ControlPlaneError>;
}

impl<T> Tried<T> for io::Result<T> {
    fn tried(self, what: impl FnOnce() -> String) -> Result<T, ControlPlaneError> {
        self.map_err(|source| ControlPlaneError::Io { what: what(), source })
    }
}
