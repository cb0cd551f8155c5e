//! `ironhull network verify`: the computed answers against packets that a kernel lets through or not.

mod report;
mod trial;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use ironhull_manifest::{Limits, read_owned};
use ironhull_network::input::Input;
use ironhull_network::picture::{Options as Drawing, Picture};
use ironhull_network::verify::{Options, Plan, plan, scenario};
use ironhull_network::{Format, Profile, nft};
use ironhull_value::Interner;
use ironhull_world::{Carriers, Catalog, World, objects_of};

use self::report::Report;
use super::output::{Form, To, write_all};
use super::source::{Source, open};
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::{notice, print};

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    source: Source,
    /// Build every pod as a network namespace of this machine's kernel; needs root, iproute2 and nftables.
    #[arg(long, required = true)]
    namespaces: bool,
    /// Probe these ports too, beside those that the policies mention.
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    ports: Vec<u16>,
    /// Build at most so many pods.
    #[arg(long, value_name = "N", default_value_t = 60)]
    limit_pods: usize,
    /// Verify so many random clusters in place of manifests.
    #[arg(long, value_name = "N", conflicts_with_all = ["paths", "filename", "cluster", "context", "kubeconfig"])]
    random: Option<u64>,
    /// The first random cluster; the next ones follow.
    #[arg(long, value_name = "SEED", default_value_t = 1, requires = "random")]
    seed: u64,
    /// Load this ruleset into the kernel in place of the one that the policies compile to.
    #[arg(long, value_name = "FILE", conflicts_with = "random")]
    ruleset: Option<PathBuf>,
    /// Only print the nftables ruleset that the policies compile to.
    #[arg(long, conflicts_with = "random")]
    print_ruleset: bool,
    /// How to show the result, and where: text or json; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = text_or_json)]
    output: Vec<To>,
}

pub(super) fn run(args: &Verify, global: &Global) -> anyhow::Result<Exit> {
    if args.source.profile.is_some_and(|profile| profile != Profile::Upstream) {
        bail!("`network verify` compares with the standard's own reading; leave --profile out");
    }
    let options = Options { ports: args.ports.clone(), limit_pods: Some(args.limit_pods) };
    let mut report = Report::default();
    if let Some(count) = args.random {
        needs()?;
        // So that there is something to try where the policies of a cluster name no port.
        let options = Options { ports: [80, 8080].into_iter().chain(options.ports).collect(), ..options };
        for seed in args.seed..args.seed.saturating_add(count) {
            let plan = plan(&of_text(seed), &options);
            let title = format!("random cluster {seed}");
            report.add(title, trial::run(&plan, &nft::compile(&plan.input))?);
        }
    } else {
        let input = open(&args.source, global)?.input;
        let plan = plan(&input, &options);
        let ruleset = match &args.ruleset {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the ruleset {}", file.display()))?,
            None => nft::compile(&plan.input),
        };
        if args.print_ruleset {
            print(&ruleset)?;
            return Ok(Exit::Clean);
        }
        needs()?;
        warn_of_nothing(&plan, global);
        report.add("the manifests".to_owned(), trial::run(&plan, &ruleset)?);
    }
    let json = report.json()?;
    let answer = |format| if format == Format::Json { json.clone() } else { report.text() };
    write_all(&args.output, &Drawing::default(), answer, Picture::default)?;
    Ok(if report.differs() { Exit::Tripped } else { Exit::Clean })
}

fn text_or_json(text: &str) -> Result<To, String> {
    let to: To = text.parse()?;
    match to.form {
        Form::Written(Format::Text | Format::Json) => Ok(to),
        _ => Err("`network verify` writes text and json".to_owned()),
    }
}

/// Whether this machine can do it.
fn needs() -> anyhow::Result<()> {
    match ironhull_prober::missing() {
        Some(missing) => Err(anyhow::Error::new(missing).context("SKIPPED: nothing was verified")),
        None => Ok(()),
    }
}

fn warn_of_nothing(plan: &Plan, global: &Global) {
    if plan.input.policies.is_empty() {
        notice(global.quiet, "there is no policy: everything is expected to be allowed");
    }
}

fn of_text(seed: u64) -> Input {
    let text = scenario(seed).into_bytes();
    let mut interner = Interner::new();
    let parsed = read_owned(format!("random cluster {seed}"), text, &Limits::default(), &mut interner);
    let documents: Vec<_> = parsed.documents.into_iter().map(std::sync::Arc::new).collect();
    let mut catalog = Catalog::new();
    for document in &documents {
        catalog.learn(&document.value);
    }
    let objects: Vec<_> =
        documents.iter().flat_map(|document| objects_of(document, None, "", &catalog).objects).collect();
    Input::of(&World::from_files(objects, Carriers::default()))
}
