//! One cluster as others describe it: the objects, the pairs of ends that are asked about, and what another
//! program answers for each. The form is that of `tests/naive/README.md`.

use std::net::IpAddr;

use ironhull_network::Profile;
use ironhull_network::algebra::{Conns, PortSet, Protocol};
use ironhull_network::engine::{End, Network, Solver, Verdict, WorkloadEntry};
use ironhull_network::input::Input;
use ironhull_value::Value;

use crate::python::Total;
use crate::worlds;

/// What a comparison found.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) clusters: u64,
    pub(crate) probes: u64,
    /// Probes where something hung on a part that the engine does not understand for certain.
    pub(crate) unknown: u64,
    /// Probes where nothing was allowed, and where everything was.
    pub(crate) shut: u64,
    pub(crate) open: u64,
    pub(crate) differences: Vec<String>,
}

impl Total for Tally {
    fn add(&mut self, other: Self) {
        self.clusters += other.clusters;
        self.probes += other.probes;
        self.unknown += other.unknown;
        self.shut += other.shut;
        self.open += other.open;
        self.differences.extend(other.differences);
    }
}

impl Tally {
    /// Says the figures, keeps every difference in a file, and fails when there is one, when fewer clusters
    /// were compared than wanted, or when the answers are all the same.
    pub(crate) fn judge(&self, name: &str, wanted: u64) {
        say!(
            "{name}: {} clusters, {} probes ({} shut, {} open, {} with something unknown), {} differences",
            self.clusters,
            self.probes,
            self.shut,
            self.open,
            self.unknown,
            self.differences.len()
        );
        let file = format!("{}-differences.txt", name.replace(' ', "-"));
        let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        std::fs::write(&kept, self.differences.join("\n\n")).expect("the differences are written");
        let shown = |text: &String| text.lines().take(4).collect::<Vec<_>>().join("\n");
        let first: Vec<String> = self.differences.iter().take(8).map(shown).collect();
        assert!(first.is_empty(), "all in {}; the first:\n{}", kept.display(), first.join("\n\n"));
        assert!(self.clusters >= wanted, "only {} of {wanted} clusters were compared", self.clusters);
        assert!(self.unknown * 20 <= self.probes, "too much is unknown to compare anything");
        let mixed = self.probes - self.shut.min(self.probes) - self.open.min(self.probes);
        assert!(mixed * 50 > self.probes, "only {mixed} of {} answers say more than yes or no", self.probes);
    }
}

/// A number from the environment.
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable}: {error}: {text}")))
}

/// The text of a list in a request: what stands behind this key and before that one, as the generator
/// writes them.
pub(crate) fn part<'t>(request: &'t str, key: &str, before: &str) -> &'t str {
    request
        .split_once(&format!("\"{key}\":"))
        .and_then(|(_, rest)| rest.rsplit_once(&format!(",\"{before}\":")))
        .unwrap_or_else(|| panic!("no {key} before {before} in {request}"))
        .0
}

/// Compares one cluster: `request` with the objects and probes, `answer` with the results.
pub(crate) fn compare(profile: Profile, request: &str, answer: &str, tally: &mut Tally) {
    let (asked, answered) = (worlds::value(request), worlds::value(answer));
    assert!(answered.get("error").is_none(), "the other side did not understand: {answer}\n{request}");
    let world = worlds::of_list(part(request, "objects", "probes"));
    let input = Input::of(&world);
    let network = Network::new(&input, profile);
    let mut solver = Solver::default();
    tally.clusters += 1;
    let (probes, results) = (asked.dig_items(&["probes"]), answered.dig_items(&["results"]));
    assert_eq!(probes.len(), results.len(), "an answer for each probe");
    for (probe, result) in probes.iter().zip(results) {
        if profile != Profile::NetpolAnalyzer
            && (is_lost(&input, probe.get("from")) || is_lost(&input, probe.get("to")))
        {
            continue;
        }
        tally.probes += 1;
        let theirs = allowed(result);
        let ours = probe_of(&network, &mut solver, probe);
        let sure = ours.allowed.difference(&Conns::other_protocols());
        let possible = ours.allowed.union(&ours.unknown);
        tally.unknown += u64::from(!ours.unknown.is_empty());
        tally.shut += u64::from(theirs.is_empty());
        tally.open += u64::from(theirs.union(&Conns::other_protocols()).is_all());
        if !(theirs.includes(&sure) && possible.includes(&theirs)) {
            tally.differences.push(format!(
                "{profile}: {probe:?}\nours {} (unknown {})\ntheirs {theirs}\nproblems {:?}\n{request}",
                ours.allowed,
                ours.unknown,
                input.problems.iter().map(|problem| &problem.message).collect::<Vec<_>>()
            ));
        }
    }
}

/// Whether an end is a pod in its node's network without any address. The evaluator knows nothing of its
/// node; the engine knows that it is one, which is all that `nodes: {}` asks.
fn is_lost(input: &Input, end: Option<&Value>) -> bool {
    let pod = end.and_then(|end| end.dig_str(&["pod"]));
    input.workloads.iter().any(|workload| {
        pod == Some(format!("{}/{}", workload.namespace, workload.name).as_str())
            && workload
                .pods
                .iter()
                .any(|pod| pod.host_network && pod.addresses.is_empty() && pod.host_addresses.is_empty())
    })
}

/// What a result allows.
fn allowed(result: &Value) -> Conns {
    let mut conns = Conns::none();
    for protocol in Protocol::ALL {
        for range in result.dig_items(&["allowed", protocol.name()]) {
            let bound =
                |at: usize| range.item(at).and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
            let (low, high) = (bound(0).expect("a port"), bound(1).expect("a port"));
            conns = conns.union(&Conns::of(protocol, PortSet::range(low, high)));
        }
    }
    conns
}

/// The workload that an end names.
pub(crate) fn workload<'n>(network: &'n Network, end: &Value) -> Option<(u32, &'n WorkloadEntry)> {
    let (namespace, name) = end.dig_str(&["pod"])?.split_once('/')?;
    network
        .workloads()
        .find(|(_, entry)| entry.workload.namespace == namespace && entry.workload.name == name)
}

/// The address that an end names.
pub(crate) fn address(end: &Value) -> Option<IpAddr> {
    end.dig_str(&["ip"])?.parse().ok()
}

/// One probe between pods or addresses, with what the evaluator's first and fourth choice add: a pod always
/// reaches itself, and its own node reaches it.
pub(crate) fn probe_of(network: &Network, solver: &mut Solver, probe: &Value) -> Verdict {
    let end = |end: &'static str| probe.get(end).expect("both ends are named");
    let (from, to) = (end("from"), end("to"));
    let (from_pod, to_pod) = (workload(network, from), workload(network, to));
    if let (Some((a, _)), Some((b, _))) = (from_pod, to_pod)
        && a == b
    {
        return Verdict::all();
    }
    // A pod in its node's network is its node.
    let mut sources: Vec<IpAddr> = address(from).into_iter().collect();
    let host =
        from_pod.into_iter().flat_map(|(_, entry)| &entry.workload.pods).filter(|pod| pod.host_network);
    sources.extend(host.flat_map(|pod| pod.addresses.iter().chain(&pod.host_addresses)));
    if !network.profile().is_netpol_analyzer()
        && let Some((_, entry)) = to_pod
        && entry.workload.pods.iter().flat_map(|pod| &pod.host_addresses).any(|host| sources.contains(host))
    {
        return Verdict::all();
    }
    let as_end = |end: &Value, pod: Option<(u32, &WorkloadEntry)>| match pod {
        Some((_, entry)) => End::Class(entry.classes[0]),
        None => End::Address(address(end).expect("a pod that is there, or an address")),
    };
    let verdict = solver.between(network, &as_end(from, from_pod), &as_end(to, to_pod));
    solver.verdict(verdict).clone()
}
