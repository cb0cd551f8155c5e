//! `ironhull policy bench`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueHint};
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::request::Request;
use ironhull_policy::kyverno::set::Set;
use serde_json::json;

use super::given::Given;
use super::ports::AtHand;
use super::review::Reviewer;
use super::source::{exceptions, policies};
use crate::cli::{Global, Inputs, Plain};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{notice, print};

#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Files and directories with policies.
    #[arg(value_name = "POLICY", required = true, value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Files and directories with the resources, or `-`.
    #[arg(short, long = "resource", value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    resources: Vec<PathBuf>,
    /// Files and directories with PolicyExceptions and Exceptions of ours.
    #[arg(short, long = "exception", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    exceptions: Vec<PathBuf>,
    #[command(flatten)]
    given: Given,
    /// How long to measure, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    seconds: u64,
    /// text or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Plain,
}

/// What one policy took for all resources.
struct Row {
    name: String,
    time: Duration,
    /// How many answers its rules gave.
    answers: usize,
}

pub(super) fn run(args: &Bench, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::find(global.config.as_deref())?;
    let started = Instant::now();
    let policies = policies(&args.policies, &config, global.quiet)?;
    let compiling = started.elapsed();
    let wanted = Inputs { paths: args.resources.clone(), max_input: 512 << 20, ..Inputs::default() };
    let read = inputs::read(&wanted, &config, global.quiet)?;
    anyhow::ensure!(!read.world.is_empty(), "there is no Kubernetes object among the resources");
    let set = Set::new(policies.compiled);
    anyhow::ensure!(
        !set.policies().is_empty(),
        "no policy can be evaluated, so that nothing can be measured"
    );
    let exceptions = exceptions(&args.exceptions, &config, global.quiet)?;
    let entries = policies.entries.iter().chain(read.world.objects()).map(|object| &object.value);
    let ports = AtHand::new(&read.world, exceptions, args.given.read()?, entries);
    let reviewer = Reviewer::new(&set, &ports, &[]);
    let limit = Duration::from_secs(args.seconds.max(1));
    notice(global.quiet, &format!("measuring for {} seconds", 2 * limit.as_secs()));
    let pass = || -> Result<usize, String> {
        let mut answers = 0;
        for object in read.world.objects() {
            reviewer.review(object, &mut |_, response| answers += response.rules.len())?;
        }
        Ok(answers)
    };
    let answers = pass().map_err(anyhow::Error::msg)?;
    let (all, passes) = best(limit, || pass().map_or(0, |answers| answers));
    let requests: Vec<Request<'_>> =
        read.world.objects().map(|object| Request::create(&object.value)).collect();
    let share = limit / u32::try_from(set.policies().len()).unwrap_or(u32::MAX);
    let mut rows: Vec<Row> = set
        .policies()
        .iter()
        .map(|policy| {
            let once = || requests.iter().map(|request| ask(policy, request, &ports)).sum();
            Row { name: policy.policy.name().to_owned(), answers: once(), time: best(share, once).0 }
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.time));
    let found = Found {
        policies: set.policies().len(),
        resources: read.world.len(),
        compiling,
        all,
        passes,
        answers,
    };
    print(&match args.output {
        Plain::Text => text(&found, &rows),
        Plain::Json => json(&found, &rows)?,
    })?;
    Ok(Exit::Clean)
}

struct Found {
    policies: usize,
    resources: usize,
    compiling: Duration,
    all: Duration,
    passes: usize,
    answers: usize,
}

/// Everything that one policy says of one request.
fn ask(policy: &Compiled, request: &Request<'_>, ports: &AtHand<'_>) -> usize {
    let mut answers = 0;
    if policy.policy.mutates() {
        answers += policy.mutate(request, ports, Some(ports)).rules.len();
    }
    if policy.policy.validates() {
        answers += policy.validate(request, ports).rules.len();
    }
    if policy.policy.generates() {
        answers += policy.generate(request, ports, ports).0.rules.len();
    }
    answers
}

/// The fastest run, as the others were disturbed, and how many there were.
fn best(limit: Duration, mut run: impl FnMut() -> usize) -> (Duration, usize) {
    let started = Instant::now();
    let (mut best, mut count) = (Duration::MAX, 0);
    while count == 0 || started.elapsed() < limit {
        let start = Instant::now();
        std::hint::black_box(run());
        best = best.min(start.elapsed());
        count += 1;
    }
    (best, count)
}

fn text(found: &Found, rows: &[Row]) -> String {
    let each = |time: Duration| micros(time) / lossy(found.resources);
    let mut out = format!(
        "{} policies, {} resources, {} answers\nread and compiled in {:.1} ms\n\n{:>12.2} us a resource, all policies together (best of {} runs)\n\n",
        found.policies,
        found.resources,
        found.answers,
        micros(found.compiling) / 1000.0,
        each(found.all),
        found.passes
    );
    for row in rows {
        let _ =
            writeln!(out, "{:>12.2} us a resource  {}  ({} answers)", each(row.time), row.name, row.answers);
    }
    out
}

fn json(found: &Found, rows: &[Row]) -> anyhow::Result<String> {
    let each = |time: Duration| micros(time) / lossy(found.resources);
    let rows = rows.iter().map(
        |row| json!({"policy": row.name, "microseconds-a-resource": each(row.time), "answers": row.answers}),
    );
    let all = json!({
        "policies": found.policies,
        "resources": found.resources,
        "answers": found.answers,
        "compile-milliseconds": micros(found.compiling) / 1000.0,
        "microseconds-a-resource": each(found.all),
        "runs": found.passes,
        "by-policy": rows.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts of objects")]
fn lossy(count: usize) -> f64 {
    count as f64
}
