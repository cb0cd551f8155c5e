//! `ironhull serve` under load: the server on one core, the load generator on another.
//!
//! Every row starts a server of its own, waits until it is ready, and asks the generator for its figures. A row
//! with a request that was not answered is an error, never a figure.

use super::ours;
use crate::{context::Context, corpus, run::is_on_path, skips, table::Table};
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const SECONDS: &str = "8";
/// Policies of which none is about what is asked.
const OTHERS: usize = 10_000;

/// One row.
struct Row<'a> {
    name: &'a str,
    policies: Option<&'a Path>,
    /// Arguments of the server.
    server: &'a [&'a str],
    pace: Pace,
}

#[derive(Clone, Copy)]
enum Pace {
    /// As fast as it goes.
    Most,
    /// So many a second, at fixed times.
    Rate(u32),
}

/// What the generator says of a row.
struct Figures {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
    resident: f64,
}

pub(crate) fn run(context: &Context, quick: bool) -> Result<()> {
    let source = context.fixtures().join("kyverno/policies/pod-security");
    let found = super::policy::pod_security(&source);
    if found.is_empty() {
        skips::announce("serve under load", "Kyverno's policies are not beside the checkout");
        return Ok(());
    }
    context.cargo().args(["build", "--quiet", "--release", "-p", "ironhull-loadgen"]).run()?;
    if !is_on_path("taskset") {
        println!("there is no `taskset`: server and generator share the cores");
    }
    let dir = corpus::bench_dir(context)?.join("admission");
    fs::create_dir_all(&dir)?;
    let texts = found.iter().map(fs::read_to_string).collect::<std::io::Result<Vec<_>>>()?;
    let usual = dir.join("policies.yaml");
    fs::write(&usual, texts.join("\n---\n"))?;
    let hundred = dir.join("hundred.yaml");
    fs::write(&hundred, many(&texts, 100))?;
    let others = dir.join("others.yaml");
    fs::write(&others, (0..OTHERS).map(other).collect::<String>())?;

    let nothing: &[&str] = &["--record-size", "0"];
    let named = |name| Row { name, policies: Some(&usual), server: nothing, pace: Pace::Most };
    let usual_name = format!("{} policies", found.len());
    let rows = [
        named(&usual_name),
        Row { pace: Pace::Rate(5_000), ..named(&usual_name) },
        Row { server: &[], ..named("the same, decisions recorded in memory") },
        Row { policies: Some(&hundred), ..named("100 policies that are all about pods") },
        Row { policies: None, ..named("no policy") },
        Row { policies: Some(&others), ..named("10,000 policies about something else") },
    ];
    let mut table =
        Table::new(&["", "load", ">answers a second", ">p50", ">p99", ">server CPU", ">resident"]);
    for row in &rows {
        let figures = measure(context, row).with_context(|| row.name.to_owned())?;
        let load = match row.pace {
            Pace::Most => "64 under way".to_owned(),
            Pace::Rate(rate) => format!("{rate} a second"),
        };
        table.row([
            row.name,
            &load,
            &format!("{:.0}", figures.rate),
            &format!("{:.2} ms", figures.p50 / 1e3),
            &format!("{:.2} ms", figures.p99 / 1e3),
            &format!("{:.0} us", figures.cpu * 1e6),
            &format!("{:.0} MB", figures.resident / 1e6),
        ]);
    }
    println!("{}", table.render());
    println!("$ taskset -c 0 ironhull serve --offline -p policies.yaml --record-size 0");
    println!("$ taskset -c 1 ironhull-loadgen --bodies crates/loadgen/reviews --in-flight 64 | --rate 5000");
    super::creates::run(context, &dir, &texts, quick)
}

fn measure(context: &Context, row: &Row<'_>) -> Result<Figures> {
    let (port, probe) = (free_port()?, free_port()?);
    let mut command = on_core(0, &ours::binary(context));
    command.args(["serve", "--quiet", "--offline", "--mode", "enforce"]);
    command.args([
        "--address",
        &format!("127.0.0.1:{port}"),
        "--probe-address",
        &format!("127.0.0.1:{probe}"),
    ]);
    if let Some(policies) = row.policies {
        command.arg("-p").arg(policies);
    }
    command.args(row.server).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Running(command.spawn().context("cannot start the server")?);
    until_ready(probe)?;
    let mut command = on_core(1, &context.target.join("release").join("ironhull-loadgen"));
    command.args([
        "--url",
        &format!("https://127.0.0.1:{port}/validate"),
        "--insecure-for-loopback",
        "--bodies",
    ]);
    command.arg(context.root.join("crates/loadgen/reviews"));
    command.args([
        "--duration",
        SECONDS,
        "--warm-up",
        "2",
        "-o",
        "json",
        "--pid",
        &server.0.id().to_string(),
    ]);
    match row.pace {
        Pace::Most => command.args(["--in-flight", "64"]),
        Pace::Rate(rate) => command.args(["--rate", &rate.to_string()]),
    };
    let output = command.output().context("cannot start the generator")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("not every request was answered: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    figures(&text)
}

fn figures(text: &str) -> Result<Figures> {
    let report: Value = serde_json::from_str(text).context("the generator printed no JSON")?;
    let number =
        |path: &str| report.pointer(path).and_then(Value::as_f64).with_context(|| format!("no {path}"));
    Ok(Figures {
        rate: number("/rate")?,
        p50: number("/latencyUs/p50")?,
        p99: number("/latencyUs/p99")?,
        cpu: number("/server/cpuSeconds")? / number("/answered")?.max(1.0),
        resident: number("/server/resident")?,
    })
}

/// A program that is ended when nobody needs it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn on_core(core: usize, program: &Path) -> Command {
    if !is_on_path("taskset") {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// A port that nobody has at the moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn until_ready(port: u16) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if is_ready(port).unwrap_or(false) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("the server was not ready within 30 s")
}

fn is_ready(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

/// Policies again and again under other names, until there are so many.
fn many(texts: &[String], count: usize) -> String {
    let named = |place: usize, text: &String| text.replacen("\n  name: ", &format!("\n  name: p{place}-"), 1);
    let all: Vec<String> =
        texts.iter().cycle().take(count).enumerate().map(|(place, text)| named(place, text)).collect();
    all.join("\n---\n")
}

/// About another namespace, label, name or kind than what is asked.
fn other(number: usize) -> String {
    let other = format!("other-{number}");
    let resources = match number % 4 {
        0 => json!({"kinds": ["Pod"], "namespaces": [other]}),
        1 => json!({"kinds": ["Pod"], "selector": {"matchLabels": {"app": other}}}),
        2 => json!({"kinds": ["Pod"], "names": [other]}),
        _ => json!({"kinds": ["CronJob"]}),
    };
    let policy = json!({
        "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": format!("p{number:05}")},
        "spec": {"rules": [{
            "name": "r", "match": {"any": [{"resources": resources}]},
            "validate": {"failureAction": "Enforce", "pattern": {"metadata": {"name": "?*"}}},
        }]},
    });
    format!("{policy}\n---\n")
}
