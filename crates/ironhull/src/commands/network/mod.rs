//! `ironhull network`: who can talk to whom. One file a subcommand; `source.rs` is what they all read.

mod list;
mod output;
mod source;
mod verify;

use clap::Subcommand;

use crate::cli::Global;
use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    /// List every connection that the policies allow.
    List(Box<list::List>),
    /// Prove the answers: build the pods in the kernel, load the policies, and try real connections.
    Verify(Box<verify::Verify>),
}

/// Runs a subcommand.
pub(super) fn run(command: &Network, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Network::List(list) => list::run(list, global),
        Network::Verify(verify) => verify::run(verify, global),
    }
}
