//! `ironhull network simulate`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueHint};
use ironhull_network::flows::{Services, resolve};
use ironhull_network::input::Input;
use ironhull_network::picture::Options as Drawing;
use ironhull_network::policy::Policy;
use ironhull_network::simulate::{Mode, picture, simulate, write};
use ironhull_network::{Profile, place};

use super::flow_files::{self, Flows};
use super::output::{To, write_all};
use super::source::{Source, open};
use crate::cli::{Global, Inputs};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::notice;

#[derive(Args, Debug)]
pub(crate) struct Simulate {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    flows: Flows,
    /// Files and directories with the new policies; without it the present ones are asked.
    #[arg(long = "policy", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Take the present policies away first, instead of adding the new ones to them.
    #[arg(long, requires = "policies")]
    replace: bool,
    /// How to show it, and where: text, md, csv, json, dot, svg or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
}

pub(super) fn run(args: &Simulate, global: &Global) -> anyhow::Result<Exit> {
    if args.flows.files.is_empty() {
        bail!("nothing to simulate: name a file of observed connections with --flows");
    }
    let read = flow_files::read(&args.flows, args.source.inputs.max_input, global.quiet)?;
    let opened = open(&args.source, global)?;
    let policies = policies(args, global)?;
    let profile = args.source.profile.unwrap_or(Profile::Upstream);
    let services = Services::of(opened.world(), &opened.input);
    let resolved = resolve(&opened.input, &services, &read.files);
    let mode = if args.replace { Mode::Replace } else { Mode::Add };
    let simulation = simulate(&resolved, &read.files, &policies, mode, profile);
    write_all(&args.output, &Drawing::default(), |form| write(&simulation, form), || picture(&simulation))?;
    let incomplete = read.lost > 0 || !simulation.not_judged.is_empty();
    let tripped = simulation.breaks_anything() || (incomplete && !args.flows.allow_incomplete);
    Ok(if tripped { Exit::Tripped } else { Exit::Clean })
}

/// The new policies. That there is none where some were named is an error: it would break nothing.
fn policies(args: &Simulate, global: &Global) -> anyhow::Result<Vec<Arc<Policy>>> {
    if args.policies.is_empty() {
        return Ok(Vec::new());
    }
    let config = Config::find(global.config.as_deref())?;
    let own = &args.source.inputs;
    let wanted = Inputs {
        paths: args.policies.clone(),
        namespace: own.namespace.clone(),
        max_input: own.max_input,
        no_render: own.no_render,
        no_ignore: own.no_ignore,
        ..Inputs::default()
    };
    let read = inputs::read(&wanted, &config, global.quiet)?;
    for finding in &read.findings {
        notice(global.quiet, &format!("not read: {}: {}", finding.subject, finding.message));
    }
    let input = Input::of(&read.world);
    for problem in &input.problems {
        let at = place(&problem.object, &problem.path);
        notice(global.quiet, &format!("{at}: {}: {}; {}", problem.object.key, problem.message, problem.fix));
    }
    if input.policies.is_empty() {
        let paths: Vec<String> = args.policies.iter().map(|path| path.display().to_string()).collect();
        bail!(
            "there is no network policy in {}; --policy names files or directories with the new ones",
            paths.join(", ")
        );
    }
    Ok(input.policies)
}
