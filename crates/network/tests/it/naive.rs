//! The engine against the naive evaluator of `tests/naive`, on random clusters.
//!
//! - `IRONHULL_ORACLE_CASES`: a tenth of it is how many clusters; without it 300, to keep `cargo test` quick
//! - `IRONHULL_ORACLE_SEED`: which ones

use std::io::Write as _;
use std::process::{Command, Stdio};

use ironhull_network::Profile;

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
use crate::probes::{self, Tally};
use crate::python::{self, Piece};

#[test]
fn oracle_the_engine_agrees_with_the_naive_evaluator() {
    if !python::is_there("naive evaluator") {
        return;
    }
    let wanted = probes::number("IRONHULL_ORACLE_CASES").map_or(300, |cases| (cases / 10).max(1));
    let quarter = wanted / 4;
    let work = [
        Piece { kind: Profile::Upstream, first: 0, count: wanted - quarter },
        Piece { kind: Profile::NetpolAnalyzer, first: 0, count: quarter },
    ];
    python::spread(&work, 50, |piece| compare(piece, 0)).judge("naive evaluator", wanted);
}

#[test]
fn three_seeded_bugs_are_noticed() {
    if !python::is_there("naive evaluator") {
        return;
    }
    for bug in 1..=3 {
        let tally = compare(Piece { kind: Profile::Upstream, first: 0, count: 100 }, bug);
        assert!(!tally.differences.is_empty(), "bug {bug} went unnoticed in {} clusters", tally.clusters);
    }
}

/// Compares some clusters, with a bug seeded into the evaluator or not.
fn compare(piece: Piece<Profile>, bug: u8) -> Tally {
    let seed = probes::number("IRONHULL_ORACLE_SEED").unwrap_or(1);
    let profile = piece.kind;
    // What netpol-analyzer does with IPv6 is a mistake that nobody wants repeated.
    let without = if profile.is_netpol_analyzer() { "ipv6,cnp" } else { "" };
    let more = ["--profile", profile.name(), "--probes", "16", "--without", without];
    let (mut generator, requests) = python::start(&mut python::worlds(seed, piece.first, piece.count, &more));
    let mut evaluator = Command::new("python3");
    evaluator.arg(python::script("evaluator.py")).args(["--bug", &bug.to_string()]).stdin(Stdio::piped());
    let (mut evaluator, mut answers) = python::start(&mut evaluator);
    let mut input = evaluator.stdin.take().expect("a pipe");
    let mut tally = Tally::default();
    // One cluster ahead, so that the evaluator works while its last answer is compared.
    let mut before: Option<String> = None;
    for request in requests.map(Some).chain([None]) {
        if let Some(request) = &request {
            writeln!(input, "{request}").expect("the evaluator reads");
        }
        if let Some(before) = std::mem::replace(&mut before, request) {
            probes::compare(profile, &before, &answers.next().expect("an answer"), &mut tally);
        }
    }
    drop(input);
    for child in [&mut generator, &mut evaluator] {
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
