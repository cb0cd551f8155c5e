//! What every subcommand reads: manifests or a live cluster, and whose reading of the standard.

use std::path::Path;

use anyhow::bail;
use clap::Args;
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::{Profile, place};
use ironhull_world::{GroupKind, Origin, World};

use crate::cli::{Cluster, Global, Inputs};
use crate::config::Config;
use crate::inputs::{self, Read};
use crate::output::notice;

#[derive(Args, Debug)]
pub(crate) struct Source {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    /// Whose reading to follow where the standard leaves a choice: netpol-analyzer, upstream, calico,
    /// cilium or ovn; netpol-analyzer for files and upstream for a live cluster without it.
    #[arg(long, value_name = "NAME", value_parser = profile)]
    pub(super) profile: Option<Profile>,
    #[command(flatten)]
    pub(super) cluster: Cluster,
}

impl Source {
    /// The same options for one other path: for a command that reads two.
    pub(super) fn of_path(&self, path: &Path) -> Self {
        let inputs = Inputs { paths: vec![path.to_owned()], filename: Vec::new(), ..self.inputs.clone() };
        Self { inputs, profile: self.profile, cluster: Cluster::default() }
    }
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::of(name).ok_or_else(|| {
        let names: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
        format!("there are {}", names.join(", "))
    })
}

/// A cluster that can be asked.
pub(super) struct Opened {
    pub(super) read: Read,
    pub(super) input: Input,
    pub(super) network: Network,
    pub(super) solver: Solver,
    pub(super) entries: Entries,
}

impl Opened {
    pub(super) fn world(&self) -> &World {
        &self.read.world
    }
}

/// Reads, and tells on standard error what was wrong and what is assumed.
pub(super) fn open(source: &Source, global: &Global) -> anyhow::Result<Opened> {
    open_with(source, &[], global)
}

/// The same, with more kinds that a live cluster is asked for.
pub(super) fn open_with(
    source: &Source,
    also: &[GroupKind<'static>],
    global: &Global,
) -> anyhow::Result<Opened> {
    let config = Config::find(global.config.as_deref())?;
    let read = read(source, also, &config, global.quiet)?;
    refuse_nothing(&read)?;
    tell_unread(&read, global.quiet);
    let live =
        read.world.objects().next().is_some_and(|object| matches!(object.origin, Origin::Cluster { .. }));
    let profile = source.profile.unwrap_or(if live { Profile::Upstream } else { Profile::NetpolAnalyzer });
    let input = Input::of(&read.world);
    for problem in &input.problems {
        let object = &problem.object;
        let what = if problem.unsupported { "not modelled" } else { "invalid" };
        notice(
            global.quiet,
            &format!(
                "{what}: {}: {}: {}; {}",
                place(object, &problem.path),
                object.key,
                problem.message,
                problem.fix
            ),
        );
    }
    if source.profile.is_none()
        && let Some(vendor) = input.policies.iter().find_map(|policy| Profile::of_kind(&policy.kind))
    {
        notice(
            global.quiet,
            &format!(
                "there are policies of {vendor}, and what the standard leaves open is read as {profile} does; `--profile {vendor}` reads it as {vendor} does"
            ),
        );
    }
    let network = Network::new(&input, profile);
    let entries = Entries::of(&read.world, &network);
    for note in entries.notes() {
        notice(global.quiet, &format!("{}: {}", place(&note.object, &note.path), note.message));
    }
    Ok(Opened { read, input, network, solver: Solver::default(), entries })
}

/// An input without any object is an error: nothing was checked.
pub(super) fn refuse_nothing(read: &Read) -> anyhow::Result<()> {
    if read.world.is_empty() {
        let seen = &read.counts;
        bail!(
            "no Kubernetes object was found: {} files read, {} other documents, {} things not evaluated",
            seen.files,
            seen.foreign,
            seen.not_evaluated.len()
        );
    }
    Ok(())
}

/// Tells on standard error what could not be read.
pub(super) fn tell_unread(read: &Read, quiet: bool) {
    for finding in &read.findings {
        notice(quiet, &format!("not read: {}: {}", finding.subject, finding.message));
    }
}

pub(super) fn read(
    source: &Source,
    also: &[GroupKind<'static>],
    config: &Config,
    quiet: bool,
) -> anyhow::Result<Read> {
    let needed = [&ironhull_network::kinds_read(), also].concat();
    inputs::read_or_list(&source.cluster, &source.inputs, config, &needed, quiet)
}
