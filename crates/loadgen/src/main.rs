//! The command line of the load generator.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{ArgGroup, Parser, ValueEnum};
use ironhull_loadgen::{Bodies, Pace, Plan, Target, Trust, run};

/// Sends admission reviews and says how long the answers took.
#[derive(Debug, Parser)]
#[command(name = "ironhull-loadgen")]
#[command(group(ArgGroup::new("trust").required(true).args(["ca", "insecure_for_loopback"])))]
#[command(group(ArgGroup::new("what").required(true).args(["bodies", "template"])))]
#[command(group(ArgGroup::new("pace").required(true).args(["rate", "in_flight"])))]
struct Arguments {
    /// Where to send them, https://127.0.0.1:9443/validate
    #[arg(long)]
    url: String,
    /// The authority's certificate (PEM)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Take any certificate; on loopback only
    #[arg(long)]
    insecure_for_loopback: bool,
    /// Recorded reviews: a JSONL file, or a directory of .json and .jsonl
    #[arg(long, value_name = "PATH")]
    bodies: Option<PathBuf>,
    /// One review in which @UID@ and @NAME@ change with each request
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Requests a second, at fixed times (open loop)
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// As fast as answers come, with so many under way (closed loop)
    #[arg(long, value_name = "N")]
    in_flight: Option<usize>,
    /// Connections
    #[arg(long, value_name = "N", default_value_t = 4)]
    connections: usize,
    /// Seconds that are counted
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    duration: Duration,
    /// Seconds before that
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    warm_up: Duration,
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// HTTP/1.1 instead of HTTP/2
    #[arg(long)]
    http1: bool,
    /// The server's process, to say what it used
    #[arg(long)]
    pid: Option<u32>,
    /// How to print the figures
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Json,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// 0 when every request was answered, 1 when some failed, 2 when nothing could be sent.
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match work(arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn work(arguments: Arguments) -> Result<u64> {
    let trust = arguments.ca.map_or(Trust::Loopback, Trust::Authority);
    let bodies = match (&arguments.template, &arguments.bodies) {
        (Some(file), _) => Bodies::template(file)?,
        (None, Some(path)) => Bodies::recorded(path)?,
        (None, None) => anyhow::bail!("either --bodies or --template is needed"),
    };
    let pace = match (arguments.rate, arguments.in_flight) {
        (Some(rate), _) => Pace::Rate(rate),
        (None, Some(count)) => Pace::InFlight(count),
        (None, None) => anyhow::bail!("either --rate or --in-flight is needed"),
    };
    let plan = Plan {
        target: Target::new(&arguments.url, &trust, arguments.http1)?,
        bodies,
        connections: arguments.connections,
        pace,
        warm_up: arguments.warm_up,
        duration: arguments.duration,
        timeout: arguments.timeout,
        pid: arguments.pid,
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let report = runtime.block_on(run(&plan))?;
    let text = match arguments.output {
        Output::Text => report.to_string(),
        Output::Json => serde_json::to_string_pretty(&report)? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(report.failures())
}
