//! What a webhook adds to the time of a create, through a real API server.
//!
//! Pods are created at fixed times, with no webhook registered, with `ironhull serve`, and where given with
//! another engine: one after the other, round after round, so that drift of the machine shows. Each engine
//! must first refuse a Pod that breaks the policies, and all of them by the same policies; else nothing is
//! measured. Prints JSON. `cargo xtask bench admission` runs it.
//!
//! Variables: those of the control plane, and `IRONHULL` (the program), `POLICIES` (a file with ClusterPolicies),
//! `KINDS` (a folder or file with their CRDs), `KYVERNO` (the admission controller; may be left out), `ROUNDS`,
//! `DURATION` (seconds) and `RATE`.

mod cluster;
mod engines;
mod load;
mod pods;

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use cluster::Cluster;
use engines::Engine;
use load::{Figures, Load};
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let rounds: usize = number("ROUNDS", 2)?;
    let load = Load { seconds: number("DURATION", 15)?, rate: number("RATE", 100)?, warm_up: 5 };
    let mut engines = vec![Engine::ironhull(path("IRONHULL")?)];
    engines.extend(path("KYVERNO").ok().map(Engine::kyverno));
    let cluster = Cluster::start(&path("KINDS")?, &path("POLICIES")?)?;
    let mut without = Figures::default();
    let mut with: Vec<Figures> = engines.iter().map(|_| Figures::default()).collect();
    let mut refusing: Vec<Vec<String>> = Vec::new();
    for _ in 0..rounds {
        say("without")?;
        without.add(load.run(&cluster, None)?);
        cluster.clear_pods()?;
        for (engine, figures) in engines.iter().zip(&mut with) {
            say(engine.name)?;
            let running = engine.start(&cluster)?;
            refusing.push(running.wait_until_it_refuses(&cluster)?);
            figures.add(load.run(&cluster, Some(running.id()))?);
            running.end()?;
            cluster.clear_pods()?;
        }
    }
    same(&refusing)?;
    let mut out = Map::new();
    out.insert("without".to_owned(), without.report());
    for (engine, figures) in engines.iter().zip(&with) {
        out.insert(engine.name.to_owned(), figures.report());
    }
    let report = json!({
        "rate": load.rate,
        "seconds": load.seconds,
        "rounds": rounds,
        "refusedBy": refusing.first(),
        "latencyUs": Value::Object(out),
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

/// Engines that refuse for different reasons do not do the same work.
fn same(refusing: &[Vec<String>]) -> Result<()> {
    match refusing.windows(2).find(|pair| pair[0] != pair[1]) {
        None => Ok(()),
        Some(pair) => Err(format!("not refused by the same policies: {:?}, {:?}", pair[0], pair[1]).into()),
    }
}

fn path(name: &str) -> Result<PathBuf> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty());
    Ok(value.map(PathBuf::from).ok_or_else(|| format!("{name} is not set"))?)
}

fn number<T: std::str::FromStr<Err: Error + 'static>>(name: &str, usual: T) -> Result<T> {
    Ok(std::env::var(name).ok().map(|text| text.parse()).transpose()?.unwrap_or(usual))
}

/// What is done now, with the load of the machine: a figure counts only where that is our own.
fn say(what: &str) -> Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    Ok(writeln!(std::io::stderr(), "creates: {what} (load average {load})")?)
}
