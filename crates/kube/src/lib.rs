//! The objects of a live cluster.
//!
//! Lives here: finding a kubeconfig, talking to the API server, its discovery, its lists and watches, and
//! writing to it. What is listed or watched for a world is already reduced: nothing that a Secret holds is in
//! it, nor in any error. Only who reads one object with [`Cluster::get`] gets all of it.
//!
//! Never lives here: what an object means, or a message to the terminal. [`list`] blocks, so its caller needs
//! no asynchronous runtime; [`Cluster`] and [`LiveWorld`] run in the caller's.

mod access;
mod api;
mod cluster;
mod config;
mod discovery;
mod error;
mod failure;
mod list;
mod live;
mod objects;
mod path;
mod proxy;
mod query;
mod raw;
mod token;
mod write;

pub use access::Access;
pub use cluster::{Cluster, Page, Selection};
pub use discovery::{Found, Resource, Resources, Subresource};
pub use error::KubeError;
pub use failure::Failure;
pub use list::{ClusterOptions, Listed, list};
pub use live::{Depth, KindState, LiveWorld, State, Timing, Wanted};
pub use path::ResourcePath;
pub use token::token;
pub use write::{Deletion, Write};
