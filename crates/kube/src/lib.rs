//! The objects of a live cluster.
//!
//! Lives here: finding a kubeconfig, talking to the API server, its discovery and its lists. What comes out
//! is already reduced: nothing that a Secret holds leaves this crate, not in an object and not in an error.
//!
//! Never lives here: what an object means, or a message to the terminal. The calls block, so no caller needs
//! an asynchronous runtime; the runtime, the client and TLS stay inside.

mod api;
mod config;
mod discovery;
mod error;
mod failure;
mod list;
mod objects;
mod proxy;
mod query;

pub use error::KubeError;
pub use list::{ClusterOptions, Listed, list};
