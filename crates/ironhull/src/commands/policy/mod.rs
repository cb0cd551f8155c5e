//! `ironhull policy`: policies that people write. One file a subcommand.

mod apply;
mod bench;
mod effects;
mod explain;
mod export;
mod given;
mod lint;
mod live;
mod ports;
pub(super) mod report;
mod reports;
mod review;
mod source;
mod test;

use std::path::PathBuf;

use clap::Subcommand;
use ironhull_policy::kyverno::engine::{Compiled, Response};
use ironhull_policy::kyverno::set::Set;
use ironhull_world::World;

use self::report::{Collected, Parts};
use crate::cli::Global;
use crate::config::Config;
use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Judge resources by policies, change them, and show what would be made.
    Apply(Box<apply::Apply>),
    /// Tell why policies decide what they decide about resources, step by step.
    Explain(Box<explain::Explain>),
    /// Print what of policies the API server can judge by itself, while Ironhull is away.
    Export(export::Export),
    /// Measure how long policies take for resources, each and together.
    Bench(Box<bench::Bench>),
    /// Say what is wrong with policies and exceptions themselves.
    Lint(lint::Lint),
    /// Run the tests of policies that are written for Kyverno.
    Test(test::Test),
}

/// Runs a subcommand.
pub(super) fn run(command: &Policy, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Policy::Apply(apply) => apply::run(apply, global),
        Policy::Explain(explain) => explain::run(explain, global),
        Policy::Export(export) => export::run(export, global),
        Policy::Bench(bench) => bench::run(bench, global),
        Policy::Lint(lint) => lint::run(lint, global),
        Policy::Test(test) => test::run(test, global),
    }
}

/// What policies say of everything that a scan read.
pub(super) fn scan(
    paths: &[PathBuf],
    exceptions: &[PathBuf],
    world: &World,
    config: &Config,
    with_passes: bool,
    quiet: bool,
) -> anyhow::Result<Parts> {
    let policies = source::policies(paths, config, quiet)?;
    let mut collected = Collected::new(with_passes);
    for (object, problems) in &policies.refused {
        collected.refuse(object, problems);
    }
    collected.unread(policies.unread);
    let set = Set::new(policies.compiled);
    let entries = policies.entries.iter().chain(world.objects()).map(|object| &object.value);
    let exceptions = source::exceptions(exceptions, config, quiet)?;
    let ports = ports::AtHand::new(world, exceptions, given::Known::default(), entries);
    let reviewer = review::Reviewer::new(&set, &ports, &[]);
    for object in world.objects() {
        let hears = &mut |policy: &Compiled, response: &Response| {
            collected.add(&policy.policy, object, response);
        };
        reviewer.review(object, hears).map_err(anyhow::Error::msg)?;
    }
    Ok(collected.into_parts())
}
