//! The binary as its users run it.

mod bad_input;
#[cfg(feature = "cluster")]
mod cluster;
mod commands;
mod docs;
mod gates;
mod network_exposure;
mod run;
