//! Pod Security over many pods: ours in process, and the reference library behind its line protocol.
//!
//! The two figures are not of the same thing (the reference also reads and writes JSON), so they stand in
//! two lines with no ratio; the reference's own time without the protocol is not to be had from outside.

use super::measure::Spec;
use crate::{context::Context, corpus, skips, tools};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::{fmt::Write as _, fs};

const PODS: usize = 20_000;

pub(crate) fn run(context: &Context) -> Result<()> {
    if let Err(error) = reference(context) {
        skips::announce("reference library", &format!("{error:#}"));
    }
    context.cargo().args(["bench", "--quiet", "-p", "ironhull-podsecurity"]).run()
}

fn reference(context: &Context) -> Result<()> {
    let binary =
        tools::go_build(context, "pod-security", &context.root.join("oracles").join("pod-security"))?;
    let dir = corpus::bench_dir(context)?;
    let mut lines = String::new();
    for pod in corpus::pods(PODS) {
        let _ = writeln!(lines, "{}", json!({"level": "restricted", "version": "latest", "pod": pod}));
    }
    let input = dir.join("pods.jsonl");
    fs::write(&input, lines)?;
    let output = dir.join("pods.answers.jsonl");
    let usage = Spec { program: binary, args: Vec::new(), stdin: Some(input) }.measure_good(&output)?;
    let answers = fs::read_to_string(&output)?;
    let (mut allowed, mut refused) = (0, 0);
    for line in answers.lines() {
        match serde_json::from_str::<Value>(line)?.get("allowed").and_then(Value::as_bool) {
            Some(true) => allowed += 1,
            Some(false) => refused += 1,
            None => bail!("the reference could not decide: {line}"),
        }
    }
    if allowed + refused != PODS {
        bail!("{} answers for {PODS} pods", allowed + refused);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = PODS as f64 / usage.wall_seconds;
    println!(
        "reference library, JSON in and out: {rate:.0} pods/s, {:.2} s CPU, {allowed} allowed, {refused} refused",
        usage.cpu_seconds
    );
    Ok(())
}
