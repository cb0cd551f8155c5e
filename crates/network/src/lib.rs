//! Who can talk to whom, why, and what to change.
//!
//! Lives here: reading the network policies of every generation into one form, the engine that decides
//! connections between pods, addresses and names, and the answers built on it: lists, explanations,
//! differences, exposure, assertions, pictures and generated policies.
//!
//! Never lives here: reading files, talking to a cluster, sending a packet.

pub mod picture;
