//! `ironhull why`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::json;

use super::show;
use super::source::{Source, SourceArgs};
use super::walk::{Target, Walk, walk};
use super::{block_on, reach};
use crate::cli::{Global, Plain};
use crate::config::Config;
use crate::exit::Exit;
use crate::output::print;
use crate::serve::api::decisions::Filter;
use crate::serve::recorded::Recorded;

#[derive(Args, Debug)]
pub(crate) struct Why {
    /// The id of a decision, the last word of a refusal; or a workload whose pods do not come: deploy/x, sts/x, rs/x,
    /// job/x, pod/x …
    #[arg(value_name = "ID|KIND/NAME")]
    what: String,
    /// The namespace of the workload.
    #[arg(short, long, value_name = "NAME", default_value = "default")]
    namespace: String,
    #[command(flatten)]
    source: SourceArgs,
    /// Policies for the steps, with --record alone: a server has its own. May be repeated.
    #[arg(long = "policy", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// text or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Plain,
}

pub(crate) fn run(args: &Why, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::find(global.config.as_deref())?;
    block_on(async {
        match Target::parse(&args.what, &args.namespace) {
            None => {
                let source = args.source.open(&args.policies, &config, global.quiet).await?;
                tell(args, &source, &args.what, &[]).await
            }
            Some(target) => {
                let target = target.map_err(anyhow::Error::msg)?;
                of_workload(args, &config, global, &target).await
            }
        }
    })
}

/// Tells of a decision, and how it was found.
async fn tell(args: &Why, source: &Source, id: &str, steps: &[String]) -> anyhow::Result<Exit> {
    let answer = source.decision(id).await?;
    match args.output {
        Plain::Json => {
            let mut whole = serde_json::to_value(&answer)?;
            if !steps.is_empty() {
                whole["walk"] = json!(steps);
            }
            print(&format!("{whole:#}\n"))?;
        }
        Plain::Text => print(&format!("{}{}", way(steps), show::decision(&answer)))?,
    }
    Ok(Exit::Clean)
}

fn way(steps: &[String]) -> String {
    let mut text: String = steps.iter().map(|step| format!("{step}\n")).collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

async fn of_workload(args: &Why, config: &Config, global: &Global, target: &Target) -> anyhow::Result<Exit> {
    let place: &reach::Where = &args.source.server.place;
    let cluster = place.connect().await?;
    let mut walk = walk(&cluster, target).await?;
    let source = args.source.open(&args.policies, config, global.quiet).await?;
    if let Some(id) = walk.id.clone() {
        return tell(args, &source, &id, &walk.steps).await;
    }
    let found = candidates(&source, target, &walk).await?;
    if let Some(newest) = found.iter().max_by_key(|one| one.at) {
        walk.steps.push(format!("the record has a refusal of {}", newest.title()));
        return tell(args, &source, &newest.id, &walk.steps).await;
    }
    walk.steps
        .push("the record has no refusal of it or of its pods, so that nothing here holds it up".to_owned());
    match args.output {
        Plain::Json => print(&format!("{:#}\n", json!({ "walk": walk.steps })))?,
        Plain::Text => print(&way(&walk.steps))?,
    }
    Ok(Exit::Tripped)
}

/// Refusals of the objects that the walk came by.
async fn candidates(source: &Source, target: &Target, walk: &Walk) -> anyhow::Result<Vec<Recorded>> {
    let mut found = Vec::new();
    for outcome in ["denied", "error"] {
        for (kind, name) in &walk.candidates {
            let filter = Filter {
                namespace: Some(target.namespace.clone()),
                kind: Some(kind.clone()),
                name: Some(name.clone()),
                outcome: Some(outcome.to_owned()),
                ..Filter::default()
            };
            found.extend(source.page(&filter, 1, None, false).await?.items);
        }
    }
    Ok(found)
}
