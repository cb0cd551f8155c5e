//! One cluster: built, probed, compared.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::{Context as _, bail};
use ironhull_network::algebra::Protocol;
use ironhull_network::verify::{Expected, Plan, Try, why};
use ironhull_prober::{Host, Lab, Outcome, Probe, Prober, Program, Transport};

/// What came of it.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) hosts: usize,
    pub(super) ports: Vec<u16>,
    pub(super) probed: usize,
    pub(super) reached: usize,
    /// For building, probing and asking again.
    pub(super) seconds: f64,
    pub(super) undecided: usize,
    pub(super) left_out: Vec<String>,
    pub(super) differences: Vec<Difference>,
}

/// A connection of which the engine says one thing and the kernel another.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) tried: Try,
    pub(super) outcome: Outcome,
    pub(super) why: Vec<String>,
}

/// Builds the hosts, loads the ruleset, tries everything.
pub(super) fn run(plan: &Plan, ruleset: &str) -> anyhow::Result<Trial> {
    let start = Instant::now();
    let hosts: Vec<Host> = plan
        .hosts
        .iter()
        .enumerate()
        .map(|(id, host)| Host { name: id.to_string(), v4: host.v4, v6: host.v6 })
        .collect();
    let mut lab = Lab::build(&hosts, &plan.ports, &program()?)?;
    let mut left_out = plan.left_out.clone();
    let mut tries: Vec<&Try> = plan.tries.iter().collect();
    if lab.lacks_v6() {
        left_out.push("IPv6: this machine has none".to_owned());
        tries.retain(|one| one.address.is_ipv4());
    }
    if tries.is_empty() {
        bail!("there is nothing to probe: no pod, or no port");
    }
    control(plan, &mut lab, &tries)?;
    lab.load(ruleset).context("the kernel did not take the ruleset")?;
    let outcomes = probe(&mut lab, &tries)?;
    let reached = outcomes.iter().filter(|outcome| **outcome == Outcome::Reached).count();
    // A machine that is busy may lose a packet: what differs is asked again, alone.
    let mut suspects: Vec<(&Try, Outcome)> =
        tries.iter().copied().zip(outcomes).filter(|(one, outcome)| !agrees(one, *outcome)).collect();
    if !suspects.is_empty() {
        let again: Vec<&Try> = suspects.iter().map(|(one, _)| *one).collect();
        let outcomes = probe(&mut lab, &again)?;
        suspects = again.into_iter().zip(outcomes).filter(|(one, outcome)| !agrees(one, *outcome)).collect();
    }
    let title = |id: usize| plan.hosts.get(id).map_or_else(String::new, |host| host.title.clone());
    let differences = suspects
        .into_iter()
        .enumerate()
        .map(|(number, (one, outcome))| Difference {
            from: title(one.from),
            to: title(one.to),
            tried: one.clone(),
            outcome,
            // The whole matrix is computed for each: enough of them to learn from.
            why: if number < super::report::MOST_SHOWN { why(plan, one) } else { Vec::new() },
        })
        .collect();
    Ok(Trial {
        hosts: hosts.len(),
        ports: plan.ports.clone(),
        probed: tries.len(),
        reached,
        seconds: start.elapsed().as_secs_f64(),
        undecided: plan.undecided,
        left_out,
        differences,
    })
}

/// Without a ruleset everything must be reached, or what is denied later proves nothing.
fn control(plan: &Plan, lab: &mut Lab, tries: &[&Try]) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    let first: Vec<&Try> =
        tries.iter().copied().filter(|one| seen.insert((one.from, one.address, one.protocol))).collect();
    let outcomes = probe(lab, &first)?;
    for (one, outcome) in first.iter().zip(outcomes) {
        if outcome != Outcome::Reached {
            let title = plan.hosts.get(one.from).map_or("", |host| host.title.as_str());
            bail!(
                "the namespaces do not work: without any rule, {title} should reach {} at {} {}, but the probe {outcome}",
                one.address,
                one.protocol,
                one.port
            );
        }
    }
    Ok(())
}

fn probe(lab: &mut Lab, tries: &[&Try]) -> anyhow::Result<Vec<Outcome>> {
    let probes: Vec<Probe> = tries
        .iter()
        .map(|one| Probe {
            from: one.from.to_string(),
            to: one.address,
            transport: if one.protocol == Protocol::Udp { Transport::Udp } else { Transport::Tcp },
            port: one.port,
        })
        .collect();
    Ok(lab.probe_all(&probes)?)
}

fn agrees(one: &Try, outcome: Outcome) -> bool {
    match one.expected {
        Expected::Allowed => outcome == Outcome::Reached,
        Expected::Denied => outcome != Outcome::Reached,
    }
}

/// This program is its own agent.
fn program() -> anyhow::Result<Program> {
    let executable = std::env::current_exe().context("cannot find this program's own file")?;
    let words = |command: &str| vec![command.to_owned()];
    Ok(Program { executable, agent: words("__network-probe"), janitor: words("__network-janitor") })
}
