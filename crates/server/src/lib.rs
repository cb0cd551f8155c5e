//! How others reach Ironhull: listening, TLS, HTTP, certificates.
//!
//! Lives here: a server with limits (connections, bodies, memory, time), certificates that are changed while it
//! runs, and an authority that makes them; the client that asks such a server. What a request means is the business
//! of the [`Handler`].
//!
//! Never lives here: a policy, an object of Kubernetes, a message to the terminal.

mod authority;
mod budget;
mod client;
mod error;
mod exchange;
mod files;
mod first;
mod listen;
mod tls;

pub use authority::{Authority, Issued, Lifetimes};
pub use budget::Budget;
pub use client::{Client, ClientError};
pub use error::{CertificateError, ServeError};
pub use exchange::{Exchange, Handler, Reply};
pub use files::CertificateFiles;
pub use listen::{Limits, Server};
pub use tls::{Certificates, Identity, lifetime_of};
