//! `ironhull network generate`.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum, ValueHint};
use compact_str::CompactString;
use ironhull_network::generate::{
    Aggregate, Confidence, Generated, Options, Template, generate, picture, write_report,
};
use ironhull_network::picture::Options as Drawing;
use ironhull_network::{Format, Profile};
use ironhull_world::kinds;

use super::flow_files::{self, Flows};
use super::output::{To, write_all};
use super::source::{Source, open_with};
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::{notice, print, write_file};

#[derive(Args, Debug)]
pub(crate) struct Generate {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    flows: Flows,
    /// Look for addresses in env, arguments and ConfigMaps, and for what Services and Ingresses let in.
    #[arg(long)]
    from_manifests: bool,
    /// Leave out addresses in manifests that are less certain than this.
    #[arg(long, value_name = "LEVEL", default_value = "medium")]
    confidence: Level,
    /// Policies for whole namespaces: default-deny, beside those of the workloads, or
    /// namespace-segmentation instead of them.
    #[arg(long, value_name = "NAME")]
    template: Option<TemplateArg>,
    /// Only policies of this namespace; may be repeated.
    #[arg(long = "only-namespace", value_name = "NAMESPACE")]
    namespaces: Vec<String>,
    /// The workload that is the ingress controller, for Ingresses and for lists that name it.
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = workload)]
    ingress_controller: Option<(CompactString, CompactString)>,
    /// Let every IPv4 address stand for its block of this length; 32 is the address itself.
    #[arg(long, value_name = "LENGTH", value_parser = clap::value_parser!(u8).range(8..=32))]
    aggregate: Option<u8>,
    /// Let every IPv6 address stand for its block of this length.
    #[arg(long, value_name = "LENGTH", value_parser = clap::value_parser!(u8).range(16..=128))]
    aggregate_v6: Option<u8>,
    /// Join neighbouring blocks until no rule has more of them than this.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(2..))]
    max_cidrs: Option<u16>,
    /// Write one file a policy below this directory, instead of all to standard output.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output_dir: Option<PathBuf>,
    /// Where to put the report, which goes to standard error without it: text, md, csv, json, dot, svg or html, with
    /// `=FILE` behind it. Without a file it takes the place of the policies on standard output.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Medium,
    High,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TemplateArg {
    DefaultDeny,
    NamespaceSegmentation,
}

fn workload(text: &str) -> Result<(CompactString, CompactString), String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
            Ok((namespace.into(), name.into()))
        }
        _ => Err("write NAMESPACE/NAME".to_owned()),
    }
}

pub(super) fn run(args: &Generate, global: &Global) -> anyhow::Result<Exit> {
    let with_evidence = !args.flows.files.is_empty() || args.from_manifests;
    if !with_evidence && args.template.is_none() {
        bail!(
            "nothing to generate from: name observed connections with --flows, add --from-manifests, or choose a --template"
        );
    }
    let read = flow_files::read(&args.flows, args.source.inputs.max_input, global.quiet)?;
    let also: &[_] = if args.from_manifests { &[kinds::CONFIG_MAP] } else { &[] };
    let opened = open_with(&args.source, also, global)?;
    let options = options(args);
    let exists = |namespace: &str, name: &str| {
        opened.input.workloads.iter().any(|workload| workload.namespace == namespace && workload.name == name)
    };
    if let Some((namespace, name)) = &options.ingress_controller {
        ensure!(
            exists(namespace, name),
            "--ingress-controller {namespace}/{name}: there is no such workload in the input"
        );
    }
    for namespace in &options.namespaces {
        let known = opened.input.workloads.iter().any(|workload| workload.namespace == *namespace)
            || opened.input.namespaces.iter().any(|own| own.name == *namespace);
        ensure!(known, "--only-namespace {namespace}: there is no such namespace in the input");
    }
    let mut generated = generate(opened.world(), &opened.input, &read.files, &options)?;
    if !with_evidence {
        // A template alone is not about what is known of workloads.
        generated.without_evidence.clear();
    }
    write(args, global, &generated)?;
    if !generated.broken.is_empty() {
        return Ok(Exit::Tripped);
    }
    let complete = generated.is_complete() && read.lost == 0;
    Ok(if complete || args.flows.allow_incomplete { Exit::Clean } else { Exit::Tripped })
}

fn options(args: &Generate) -> Options {
    Options {
        from_manifests: args.from_manifests,
        least: match args.confidence {
            Level::Medium => Confidence::Medium,
            Level::High => Confidence::High,
        },
        template: args.template.map(|template| match template {
            TemplateArg::DefaultDeny => Template::DefaultDeny,
            TemplateArg::NamespaceSegmentation => Template::NamespaceSegmentation,
        }),
        namespaces: args.namespaces.iter().map(CompactString::from).collect(),
        aggregate: Aggregate {
            v4: args.aggregate,
            v6: args.aggregate_v6,
            most: args.max_cidrs.map(usize::from),
        },
        ingress_controller: args.ingress_controller.clone(),
        profile: args.source.profile.unwrap_or(Profile::Upstream),
    }
}

fn write(args: &Generate, global: &Global, generated: &Generated) -> anyhow::Result<()> {
    if let Some(directory) = &args.output_dir {
        for policy in &generated.policies {
            let file = directory.join(policy.namespace.as_str()).join(format!("{}.yaml", policy.name));
            write_file(&file, &policy.text)?;
        }
        let count = generated.policies.len();
        notice(global.quiet, &format!("{count} files written below {}", directory.display()));
    } else if args.output.iter().all(To::has_file) {
        print(&generated.stream())?;
    }
    if args.output.is_empty() {
        // What is incomplete is said even when asked to be quiet: the exit code hangs on it.
        let worth_it = !generated.is_complete() || !generated.broken.is_empty();
        notice(global.quiet && !worth_it, write_report(generated, Format::Text).trim_end());
        return Ok(());
    }
    write_all(&args.output, &Drawing::default(), |form| write_report(generated, form), || picture(generated))
}
