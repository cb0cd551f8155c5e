//! `ironhull except`.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum, ValueHint};
use ironhull_kube::{ResourcePath, Write};
use ironhull_network::explain::yaml;
use ironhull_value::Value;
use serde_json::Value as Json;

use super::block_on;
use super::exception::{Terms, make};
use super::source::{Source, SourceArgs};
use crate::cli::Global;
use crate::config::Config;
use crate::exit::Exit;
use crate::output::{notice, print};
use crate::serve::api::span;
use crate::serve::clock::{seconds, timestamp};
use crate::serve::recorded::Recorded;

#[derive(Args, Debug)]
pub(crate) struct Except {
    /// The id of the decision, the last word of the refusal.
    #[arg(value_name = "ID")]
    id: String,
    /// For how long: 4h, 7d.
    #[arg(long = "for", value_name = "TIME")]
    time: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who answers for it; whoever runs this without it.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only these containers, as far as checks of Pod Security are excepted; may be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    containers: Vec<String>,
    /// The namespace of the exception itself: one whose exceptions count.
    #[arg(long, value_name = "NAMESPACE", default_value = "ironhull-system")]
    exception_namespace: String,
    /// Write it to the cluster that kubectl talks to.
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    source: SourceArgs,
    /// Policies to prove it with, with --record alone: a server has its own. May be repeated.
    #[arg(long = "policy", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// yaml or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// As people write it.
    Yaml,
    /// For programs.
    Json,
}

pub(crate) fn run(args: &Except, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::find(global.config.as_deref())?;
    let length = span(&args.time).filter(|length| *length > 0);
    let length = length.with_context(|| format!("--for {}: write for how long, 4h or 7d", args.time))?;
    anyhow::ensure!(!args.reason.trim().is_empty(), "--reason is empty; say why, so that others can tell");
    let owner =
        args.owner.clone().or_else(|| std::env::var("USER").ok()).filter(|owner| !owner.trim().is_empty());
    let owner = owner.context("say with --owner who answers for it")?;
    block_on(async {
        let source = args.source.open(&args.policies, &config, global.quiet).await?;
        let decision = source.decision(&args.id).await?.decision;
        let terms = Terms {
            owner: &owner,
            reason: &args.reason,
            expires: &timestamp(seconds() + length),
            namespace: &args.exception_namespace,
            containers: &args.containers,
        };
        let exception = make(&decision, &terms).map_err(anyhow::Error::msg)?;
        let is_enough = prove(&source, &decision, &exception, global.quiet).await?;
        if args.apply {
            apply(args, &exception, global.quiet).await?;
        } else {
            print(&match args.output {
                Form::Json => format!("{exception:#}\n"),
                Form::Yaml => text(&exception)?,
            })?;
        }
        Ok(if is_enough { Exit::Clean } else { Exit::Tripped })
    })
}

fn text(exception: &Json) -> anyhow::Result<String> {
    let value: Value = serde_json::from_value(exception.clone())?;
    let text = yaml(&value);
    Ok(if text.ends_with('\n') { text } else { format!("{text}\n") })
}

/// Decides the recorded request again with the exception, and says what comes of it.
async fn prove(source: &Source, decision: &Recorded, exception: &Json, quiet: bool) -> anyhow::Result<bool> {
    let (before, found) =
        (source.evaluate(decision, None).await?, source.evaluate(decision, Some(exception)).await?);
    let (Some(before), Some(found)) = (before, found) else {
        notice(quiet, "not proven: the policies that refused are not at hand; give them with --policy");
        return Ok(true);
    };
    if before.allowed {
        // What is let through anyway proves nothing.
        let title = decision.title();
        notice(quiet, &format!("not proven: by what decides now {title} is let through without it as well"));
        return Ok(true);
    }
    if found.allowed {
        notice(quiet, &format!("proven: with it {} is let through", decision.title()));
    } else {
        notice(
            false,
            &format!(
                "not enough: with it {} would still be refused by {}",
                decision.title(),
                found.refused_by.join(", ")
            ),
        );
    }
    Ok(found.allowed)
}

async fn apply(args: &Except, exception: &Json, quiet: bool) -> anyhow::Result<()> {
    let cluster = args.source.server.place.connect().await?;
    let name = exception["metadata"]["name"].as_str().unwrap_or_default();
    let path = ResourcePath::new("ironhull.dev", "v1alpha1", "exceptions")
        .in_namespace(&args.exception_namespace)
        .named(name);
    let value: Value = serde_json::from_value(exception.clone())?;
    let written = cluster.apply(&path, &value, Write { force: true, ..Write::default() }).await;
    written.with_context(|| format!("writing the exception {}/{name}", args.exception_namespace))?;
    let expires = exception["spec"]["expires"].as_str().unwrap_or_default();
    notice(quiet, &format!("exception {}/{name} holds until {expires}", args.exception_namespace));
    Ok(())
}
