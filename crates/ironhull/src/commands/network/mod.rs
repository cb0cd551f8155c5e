//! `ironhull network`: who can talk to whom. One file a subcommand; `source.rs` is what they all read.

mod assertion_schema;
mod check;
mod lint;
mod list;
mod output;
mod report;
mod source;

use clap::Subcommand;

pub(crate) use self::assertion_schema::schema as assertion_schema;
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    /// List every connection that the policies allow.
    List(Box<list::List>),
    /// Find what is wrong with the policies: mistakes, rules without effect, cut-off DNS, holes.
    Lint(Box<lint::Lint>),
    /// Check that the network keeps what a file of assertions demands.
    Check(Box<check::Check>),
}

/// Runs a subcommand.
pub(super) fn run(command: &Network, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Network::List(list) => list::run(list, global),
        Network::Lint(lint) => lint::run(lint, global),
        Network::Check(check) => check::run(check, global),
    }
}
