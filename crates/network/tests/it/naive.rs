//! The engine against the naive evaluator of `tests/naive`, on random clusters.
//!
//! - `IRONHULL_NAIVE_CASES`: how many clusters, 2,000 by default
//! - `IRONHULL_NAIVE_SEED`: which ones

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ironhull_network::Profile;
use ironhull_network::algebra::{Conns, PortSet, Protocol};
use ironhull_network::engine::{End, Network, Solver, Verdict};
use ironhull_network::input::Input;
use ironhull_value::Value;

use crate::worlds;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/naive")
}

pub(crate) fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What a comparison found.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) clusters: u64,
    pub(crate) probes: u64,
    /// Probes where something hung on a part that the engine does not understand for certain.
    pub(crate) unknown: u64,
    pub(crate) differences: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.clusters += other.clusters;
        self.probes += other.probes;
        self.unknown += other.unknown;
        self.differences.extend(other.differences);
    }
}

#[test]
fn the_engine_agrees_with_the_naive_evaluator() {
    if Command::new("python3").arg("--version").output().is_err() {
        say!("SKIPPED: naive evaluator: there is no python3");
        return;
    }
    let cases = number("IRONHULL_NAIVE_CASES", 2_000);
    let mut total = Tally::default();
    let share = cases / 4;
    std::thread::scope(|scope| {
        let runs = [
            ("upstream", 0, share),
            ("upstream", share, share),
            ("upstream", 2 * share, share),
            ("netpol-analyzer", 0, cases - 3 * share),
        ];
        let parts: Vec<_> = runs
            .into_iter()
            .map(|(profile, first, count)| scope.spawn(move || compare(profile, first, count, 0)))
            .collect();
        for part in parts {
            total.add(part.join().expect("a comparison ends"));
        }
    });
    say!(
        "naive evaluator: {} clusters, {} probes, {} with something unknown, {} differences",
        total.clusters,
        total.probes,
        total.unknown,
        total.differences.len()
    );
    // With the requests, to look at what a failure is about.
    let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("naive-differences.txt");
    std::fs::write(&kept, total.differences.join("\n\n")).expect("the differences are written");
    let shown = |text: &String| text.lines().take(4).collect::<Vec<_>>().join("\n");
    let first: Vec<String> = total.differences.iter().take(8).map(shown).collect();
    assert!(first.is_empty(), "all in {}; the first:\n{}", kept.display(), first.join("\n\n"));
    assert!(total.clusters >= cases, "only {} clusters were compared", total.clusters);
    assert!(total.unknown * 20 < total.probes, "too much is unknown to compare anything");
}

#[test]
fn three_seeded_bugs_are_noticed() {
    if Command::new("python3").arg("--version").output().is_err() {
        say!("SKIPPED: naive evaluator: there is no python3");
        return;
    }
    for bug in 1..=3 {
        let tally = compare("upstream", 0, 150, bug);
        assert!(!tally.differences.is_empty(), "bug {bug} went unnoticed in {} clusters", tally.clusters);
    }
}

/// Compares `count` clusters, with a bug seeded into the evaluator or not.
fn compare(profile: &str, first: u64, count: u64, bug: u8) -> Tally {
    let seed = number("IRONHULL_NAIVE_SEED", 1);
    // What netpol-analyzer does with IPv6 is a mistake that nobody wants repeated.
    let without = if profile == "netpol-analyzer" { "ipv6,cnp" } else { "" };
    let generate = |out: Stdio| {
        Command::new("python3")
            .arg(folder().join("worlds.py"))
            .args(["--seed", &seed.to_string(), "--first", &first.to_string(), "--count", &count.to_string()])
            .args(["--profile", profile, "--probes", "16", "--without", without])
            .stdout(out)
            .spawn()
            .expect("the generator starts")
    };
    let mut requests = generate(Stdio::piped());
    let mut copy = generate(Stdio::piped());
    let mut answers = Command::new("python3")
        .arg(folder().join("evaluator.py"))
        .args(["--bug", &bug.to_string()])
        .stdin(copy.stdout.take().expect("a pipe"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the evaluator starts");
    let mut tally = Tally::default();
    let profile = Profile::of(profile).expect("a profile");
    let lines = |out| BufReader::new(out).lines().map(|line| line.expect("a line"));
    let theirs = lines(answers.stdout.take().expect("a pipe"));
    // The two are of different types behind the same trait.
    let ours =
        BufReader::new(requests.stdout.take().expect("a pipe")).lines().map(|line| line.expect("a line"));
    for (request, answer) in ours.zip(theirs) {
        one(profile, &request, &answer, &mut tally);
    }
    for mut child in [requests, copy, answers] {
        assert!(child.wait().expect("it ends").success());
    }
    tally
}

pub(crate) fn one(profile: Profile, request: &str, answer: &str, tally: &mut Tally) {
    let (request_value, answer_value) = (worlds::value(request), worlds::value(answer));
    // The objects stand between these two keys, as the generator writes them.
    let objects = request.split_once("\"objects\":").and_then(|(_, rest)| rest.rsplit_once(",\"probes\":"));
    let world = worlds::of_list(objects.expect("objects").0);
    let input = Input::of(&world);
    let network = Network::new(&input, profile);
    let mut solver = Solver::default();
    tally.clusters += 1;
    assert!(answer_value.get("error").is_none(), "the evaluator did not understand: {answer}\n{request}");
    let results = answer_value.dig_items(&["results"]);
    // Where a pod in its node's network has no address, the evaluator knows nothing of its node; the engine
    // knows that it is one, which is all that `nodes: {}` asks.
    let lost = |end: Option<&Value>| {
        let pod = end.and_then(|end| end.dig_str(&["pod"]));
        input.workloads.iter().any(|workload| {
            pod == Some(format!("{}/{}", workload.namespace, workload.name).as_str())
                && workload
                    .pods
                    .iter()
                    .any(|pod| pod.host_network && pod.addresses.is_empty() && pod.host_addresses.is_empty())
        })
    };
    for (probe, result) in request_value.dig_items(&["probes"]).iter().zip(results) {
        if profile != Profile::NetpolAnalyzer && (lost(probe.get("from")) || lost(probe.get("to"))) {
            continue;
        }
        tally.probes += 1;
        let theirs = allowed(result);
        let ours = probe_of(&network, &mut solver, probe);
        let possible = ours.allowed.union(&ours.unknown);
        tally.unknown += u64::from(!ours.unknown.is_empty());
        let agree = theirs.includes(&without_other(&ours.allowed)) && possible.includes(&theirs);
        if !agree {
            tally.differences.push(format!(
                "{profile}: {probe:?}\nours {} (unknown {})\nnaive {theirs}\nproblems {:?}\n{request}",
                ours.allowed,
                ours.unknown,
                input.problems.iter().map(|problem| &problem.message).collect::<Vec<_>>()
            ));
        }
    }
}

fn without_other(conns: &Conns) -> Conns {
    conns.difference(&Conns::other_protocols())
}

fn allowed(result: &Value) -> Conns {
    let mut conns = Conns::none();
    for protocol in Protocol::ALL {
        for range in result.dig_items(&["allowed", protocol.name()]) {
            let bound =
                |at: usize| range.item(at).and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
            if let (Some(low), Some(high)) = (bound(0), bound(1)) {
                conns = conns.union(&Conns::of(protocol, PortSet::range(low, high)));
            }
        }
    }
    conns
}

/// One probe between pods or addresses, with what the evaluator's first and fourth choice add: a pod always
/// reaches itself, and its own node reaches it.
fn probe_of(network: &Network, solver: &mut Solver, probe: &Value) -> Verdict {
    let pod = |end: &Value| {
        let (namespace, name) = end.dig_str(&["pod"])?.split_once('/')?;
        network
            .workloads()
            .find(|(_, entry)| entry.workload.namespace == namespace && entry.workload.name == name)
    };
    let end = |end: &'static str| probe.get(end).expect("both ends are named");
    let (from, to) = (end("from"), end("to"));
    let (from_pod, to_pod) = (pod(from), pod(to));
    if let (Some((a, _)), Some((b, _))) = (from_pod, to_pod)
        && a == b
    {
        return Verdict::all();
    }
    let address = |end: &Value| end.dig_str(&["ip"]).and_then(|text| text.parse().ok());
    // A pod in its node's network is its node.
    let mut sources: Vec<std::net::IpAddr> = address(from).into_iter().collect();
    let host =
        from_pod.into_iter().flat_map(|(_, entry)| &entry.workload.pods).filter(|pod| pod.host_network);
    sources.extend(host.flat_map(|pod| pod.addresses.iter().chain(&pod.host_addresses)));
    if !network.profile().is_netpol_analyzer()
        && let Some((_, entry)) = to_pod
        && entry.workload.pods.iter().flat_map(|pod| &pod.host_addresses).any(|host| sources.contains(host))
    {
        return Verdict::all();
    }
    let as_end = |end: &Value, pod: Option<(u32, &ironhull_network::engine::WorkloadEntry)>| match pod {
        Some((_, entry)) => End::Class(entry.classes[0]),
        None => End::Address(address(end).expect("an address")),
    };
    let verdict = solver.between(network, &as_end(from, from_pod), &as_end(to, to_pod));
    solver.verdict(verdict).clone()
}
