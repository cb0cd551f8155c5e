//! `ironhull network`: who can talk to whom. One file a subcommand; `source.rs` is what they all read.

mod flow_files;
mod generate;
mod list;
mod output;
mod simulate;
mod source;

use clap::Subcommand;

use crate::cli::Global;
use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    /// List every connection that the policies allow.
    List(Box<list::List>),
    /// Make least-privilege policies from observed flows and manifests, and prove that they keep what was seen.
    Generate(Box<generate::Generate>),
    /// Say which observed flows new policies would break.
    Simulate(Box<simulate::Simulate>),
}

/// Runs a subcommand.
pub(super) fn run(command: &Network, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Network::List(list) => list::run(list, global),
        Network::Generate(generate) => generate::run(generate, global),
        Network::Simulate(simulate) => simulate::run(simulate, global),
    }
}
