//! What our webhook adds to the time of a create, through a real API server, beside Kyverno's.
//!
//! The work is done by `crates/testkit/examples/creates`: it does not measure before each engine has refused a
//! bad Pod, by the same policies.

use super::ours;
use crate::{apiserver, context::Context, skips, table::Table, tools};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

const WHAT: &str = "creates through an API server";
const KYVERNO: &str = "kyverno 1.19.1";
const KYVERNO_PROGRAM: &str = "github.com/kyverno/kyverno/cmd/kyverno";

/// `policies` are the texts of ClusterPolicies; they are made to refuse.
pub(crate) fn run(context: &Context, dir: &Path, policies: &[String], quick: bool) -> Result<()> {
    println!();
    if let Some(why) = apiserver::missing() {
        skips::announce(WHAT, why);
        return Ok(());
    }
    let programs = apiserver::provide(context)?;
    let file = dir.join("enforce.yaml");
    let enforce =
        |text: &String| text.replace("validationFailureAction: Audit", "validationFailureAction: Enforce");
    fs::write(&file, policies.iter().map(enforce).collect::<Vec<_>>().join("\n---\n"))?;
    let peer = if quick { None } else { peer(context) };
    let kinds =
        peer.as_ref().map_or_else(|| context.root.join("deploy/crds/kyverno.yaml"), |peer| peer.1.clone());
    let mut command = context
        .cargo()
        .args(["run", "--quiet", "--release", "-p", "ironhull-testkit", "--example", "creates"])
        .env("IRONHULL", ours::binary(context))
        .env("POLICIES", &file)
        .env("KINDS", kinds);
    for (name, value) in programs.variables() {
        command = command.env(&name, value);
    }
    if let Some((program, _)) = &peer {
        command = command.env("KYVERNO", program);
    }
    let report: Value = serde_json::from_str(&command.output_text()?).context("no JSON")?;
    show(&report, policies.len())
}

/// The peer's program and the folder with its kinds.
fn peer(context: &Context) -> Option<(PathBuf, PathBuf)> {
    let source = context.root.join("oracles/kyverno/admission");
    let found = || {
        let program = tools::go_package(context, "kyverno", &source, KYVERNO_PROGRAM)?;
        let list = context.cmd("go").cwd(&source).env("GOTOOLCHAIN", "local");
        let folder =
            list.args(["list", "-m", "-f", "{{.Dir}}", "github.com/kyverno/kyverno"]).output_text()?;
        Ok((program, Path::new(folder.trim()).join("config/crds")))
    };
    found().map_err(|error: anyhow::Error| skips::announce(KYVERNO, &format!("{error:#}"))).ok()
}

fn show(report: &Value, policies: usize) -> Result<()> {
    let figures = report["latencyUs"].as_object().context("no figures")?;
    let without = figures.get("without").context("no figures without a webhook")?;
    let creates = without["creates"].as_f64().context("no count of creates")?;
    let mut table = Table::new(&[
        "creates through the API server",
        ">p50",
        ">p90",
        ">p99",
        ">added p50",
        ">added p99",
        ">CPU a create",
        ">resident",
    ]);
    for (name, title) in [("without", "no webhook"), ("ironhull", "ironhull serve"), ("kyverno", KYVERNO)] {
        let Some(row) = figures.get(name) else { continue };
        let time = |figure: &str| row[figure].as_f64().with_context(|| format!("{name}: no {figure}"));
        let added = |figure: &str| {
            let base = without[figure].as_f64().with_context(|| format!("no {figure}"))?;
            Ok::<_, anyhow::Error>(format!("{:.2} ms", (time(figure)? - base) / 1e3))
        };
        let plain = |figure: &str| Ok::<_, anyhow::Error>(format!("{:.2} ms", time(figure)? / 1e3));
        let own = |with: String| if name == "without" { String::new() } else { with };
        table.row([
            title,
            &plain("p50")?,
            &plain("p90")?,
            &plain("p99")?,
            &own(added("p50")?),
            &own(added("p99")?),
            &row["cpuSeconds"]
                .as_f64()
                .map_or_else(String::new, |cpu| format!("{:.2} ms", cpu / creates * 1e3)),
            &row["resident"].as_f64().map_or_else(String::new, |bytes| format!("{:.0} MB", bytes / 1e6)),
        ]);
    }
    let number = |name: &str| report[name].as_u64().with_context(|| format!("no {name}"));
    println!("{}", table.render());
    println!(
        "{policies} policies; {} Pods a second for {} s, {} times each; a bad Pod is refused by {} of them",
        number("rate")?,
        number("seconds")?,
        number("rounds")?,
        report["refusedBy"].as_array().map_or(0, Vec::len),
    );
    for (name, row) in figures {
        println!("{name}: p50 of the rounds {} us, p99 {} us", row["p50Rounds"], row["p99Rounds"]);
    }
    Ok(())
}
