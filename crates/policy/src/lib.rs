//! Policies that people write, and what they decide.
//!
//! Lives here: Kyverno's classic policies ([`kyverno`]), their tests and their reports; exceptions of our own.
//!
//! Never lives here: reading files, talking to a cluster, answering a webhook. What a policy looks up
//! elsewhere goes through ports.

pub mod exception;
pub mod gate;
pub mod kyverno;
