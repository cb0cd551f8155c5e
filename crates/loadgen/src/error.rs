//! Why nothing was sent.

use std::path::PathBuf;

/// What stops a run before it begins.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A body is no review.
    #[error("{origin}: not an AdmissionReview: {why}")]
    Review {
        /// The file, with the line for JSONL.
        origin: String,
        /// What is wrong.
        why: String,
    },
    /// There is nothing to send.
    #[error("{}: there are no reviews in it", .0.display())]
    Empty(PathBuf),
    /// The address is none.
    #[error("{url}: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The certificate to trust is none.
    #[error("{}: there is no certificate in it", .0.display())]
    Authority(PathBuf),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// Nobody answers.
    #[error("cannot connect to {address}: {why}")]
    Connect {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        why: String,
    },
    /// A figure of the plan makes no sense.
    #[error("{0}")]
    Plan(&'static str),
}
