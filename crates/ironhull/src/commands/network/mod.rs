//! `ironhull network`: who can talk to whom. One file a subcommand; `source.rs` is what they all read.

mod assertion_schema;
mod blast;
mod check;
mod diff;
mod eval;
mod explain;
mod flow_files;
mod generate;
mod lint;
mod list;
mod map;
mod output;
mod pair;
mod report;
mod simulate;
mod source;
mod verify;

use clap::Subcommand;

pub(crate) use self::assertion_schema::schema as assertion_schema;
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    /// List every connection that the policies allow.
    List(Box<list::List>),
    /// Draw who can talk to whom, as a picture or a page to click through.
    Map(Box<map::Map>),
    /// Compare two clusters: which connections were added, removed or changed, and by which edit.
    Diff(Box<diff::Diff>),
    /// Explain step by step why two ends may or may not talk, and what would change that.
    Explain(Box<explain::Explain>),
    /// Answer whether one connection may be made; ends with exit code 1 unless it may.
    #[command(visible_alias = "evaluate")]
    Eval(Box<eval::Eval>),
    /// Show what somebody reaches who has taken over a workload, and how they get there.
    BlastRadius(Box<blast::BlastRadius>),
    /// Make least-privilege policies from observed flows and manifests, and prove that they keep what was seen.
    Generate(Box<generate::Generate>),
    /// Say which observed flows new policies would break.
    Simulate(Box<simulate::Simulate>),
    /// Find what is wrong with the policies: mistakes, rules without effect, cut-off DNS, holes.
    Lint(Box<lint::Lint>),
    /// Check that the network keeps what a file of assertions demands.
    Check(Box<check::Check>),
    /// Prove the answers: build the pods in the kernel, load the policies, and try real connections.
    Verify(Box<verify::Verify>),
}

/// Runs a subcommand.
pub(super) fn run(command: &Network, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Network::List(list) => list::run(list, global),
        Network::Map(map) => map::run(map, global),
        Network::Diff(diff) => diff::run(diff, global),
        Network::Explain(explain) => explain::run(explain, global),
        Network::Eval(eval) => eval::run(eval, global),
        Network::BlastRadius(blast) => blast::run(blast, global),
        Network::Generate(generate) => generate::run(generate, global),
        Network::Simulate(simulate) => simulate::run(simulate, global),
        Network::Lint(lint) => lint::run(lint, global),
        Network::Check(check) => check::run(check, global),
        Network::Verify(verify) => verify::run(verify, global),
    }
}
