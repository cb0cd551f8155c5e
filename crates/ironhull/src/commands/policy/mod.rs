//! `ironhull policy`: policies that people write. One file a subcommand.

mod apply;
mod lint;
mod ports;
mod report;
mod source;
mod test;

use clap::Subcommand;

use crate::cli::Global;
use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Judge resources by policies, change them, and show what would be made.
    Apply(Box<apply::Apply>),
    /// Say what is wrong with policies and exceptions themselves.
    Lint(lint::Lint),
    /// Run the tests of policies that are written for Kyverno.
    Test(test::Test),
}

/// Runs a subcommand.
pub(super) fn run(command: &Policy, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Policy::Apply(apply) => apply::run(apply, global),
        Policy::Lint(lint) => lint::run(lint, global),
        Policy::Test(test) => test::run(test, global),
    }
}
