//! Who can talk to whom, why, and what to change.
//!
//! Lives here: reading the network policies of every generation into one form ([`policy`]), the engine that
//! decides connections between pods, addresses and names ([`engine`]), and the answers built on it: lists,
//! explanations, differences, exposure, assertions, pictures and generated policies.
//!
//! Never lives here: reading files, talking to a cluster, sending a packet.

pub mod algebra;
pub mod ends;
pub mod engine;
pub mod entry;
pub mod input;
pub mod list;
pub mod picture;
pub mod policy;
mod profile;

pub use profile::Profile;
