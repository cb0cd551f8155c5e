//! What goes wrong.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address or end what uses it")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// What is wrong with certificates. Texts never have any of a key in them.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no certificate in what was given.
    #[error("there is no certificate in it; a PEM block `CERTIFICATE` is expected")]
    NoCertificate,
    /// There is no key in what was given.
    #[error("there is no private key in it; a PEM block `PRIVATE KEY` is expected")]
    NoKey,
    /// A certificate is not one.
    #[error("a certificate cannot be read")]
    Certificate,
    /// The key is of another kind, or belongs to another certificate.
    #[error("the private key cannot be used with the certificate: {0}")]
    Key(String),
    /// A certificate ended.
    #[error("the certificate ended {ago} s ago; clients refuse it")]
    Expired {
        /// For how many seconds.
        ago: i64,
    },
    /// A certificate has not begun.
    #[error("the certificate begins in {ahead} s; clients refuse it until then. Is the clock right?")]
    NotYet {
        /// In how many seconds it does.
        ahead: i64,
    },
    /// A server's certificate where an authority's is needed.
    #[error("the certificate is not one of an authority; it cannot make others")]
    NotAnAuthority,
    /// A certificate could not be made.
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
}
