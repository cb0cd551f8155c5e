//! `cargo xtask bench`: our figures beside those of peers, on the same input, in the same run.
//!
//! A figure is printed only for checks on which both sides found the same subjects; the rest is listed with
//! what differs. Nothing here runs in tests: wall time is measured, never asserted.

mod admission;
mod compare;
mod creates;
mod delta;
mod duel;
pub(crate) mod measure;
mod network;
mod ours;
mod peers;
mod pod_security;
mod policy;

use crate::{context::Context, corpus};
use anyhow::Result;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// What to measure; everything without it.
    #[arg(value_enum)]
    what: Option<What>,
    /// Leave out checkov, network-config-analyzer and Kyverno's admission controller, which take minutes.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// A repository of 1,100 manifests.
    Scan,
    /// Pod Security over many pods, beside the reference library.
    PodSecurity,
    /// One small file: the time to the first answer.
    Cold,
    /// A dump of 50,000 objects.
    Dump,
    /// One object changed: evaluating again.
    Delta,
    /// Kyverno's policies over pods, beside its own command line.
    Policy,
    /// The webhooks of `serve` under load.
    Admission,
    /// Lists of connections, beside netpol-analyzer and network-config-analyzer.
    Network,
}

const ALL: &[What] = &[
    What::Scan,
    What::Cold,
    What::Dump,
    What::PodSecurity,
    What::Delta,
    What::Policy,
    What::Admission,
    What::Network,
];
const DUMP_OBJECTS: usize = 50_000;

/// Runs the measurements. `false` when one of ours could not be made.
pub(crate) fn run(context: &Context, args: &Args) -> Result<bool> {
    ours::build(context)?;
    let mut whole = true;
    for what in ALL.iter().filter(|what| args.what.is_none_or(|wanted| wanted == **what)) {
        println!("\n==> bench {what:?}");
        if let Err(error) = run_one(context, *what, args.quick) {
            println!("bench {what:?}: {error:#}");
            whole = false;
        }
    }
    Ok(whole)
}

fn run_one(context: &Context, what: What, quick: bool) -> Result<()> {
    let all: &[peers::Kind] = &[peers::Kind::KubeScore, peers::Kind::KubeLinter, peers::Kind::Checkov];
    let fast = &all[..2];
    let usual = if quick { fast } else { all };
    match what {
        What::Scan => {
            duel::run(context, &corpus::repository(context)?, usual, duel::Runs { own: 5, fast: 5, slow: 1 })
        }
        What::Cold => {
            duel::run(context, &corpus::single(context)?, usual, duel::Runs { own: 21, fast: 21, slow: 3 })
        }
        What::Dump => {
            let dump = corpus::cluster_dump(context, DUMP_OBJECTS)?;
            // Even the fast peers take a minute and gigabytes for it.
            duel::run(context, &dump, fast, duel::Runs { own: 3, fast: 1, slow: 1 })
        }
        What::PodSecurity => pod_security::run(context),
        What::Delta => delta::run(context),
        What::Policy => policy::run(context),
        What::Admission => admission::run(context, quick),
        What::Network => network::run(context, quick),
    }
}
