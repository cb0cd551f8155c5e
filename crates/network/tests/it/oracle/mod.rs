//! The engine against netpol-analyzer 1.4.4 (`oracles/network`) on random clusters, connection by connection:
//! its list against ours, and its evaluation of single packets, which is other code, against our answers.
//!
//! Accepted, because `tests/naive/README.md` proves them to be mistakes, and counted:
//!
//! - its list lacks ports, and its own evaluation says that they are allowed;
//! - an analysis ended because it met a named port of an address.
//!
//! What its evaluation denies we may never list. Its evaluation takes a protocol without a port for every
//! protocol, against its own list, so it gets such policies with the ports 1 to 65535 spelled out.
//!
//! - `IRONHULL_ORACLE_NETWORK`: the built program. Without it the test is skipped.
//! - `IRONHULL_ORACLE_CASES`: a hundredth of it is how many clusters; 200 without it.
//! - `IRONHULL_ORACLE_SEED`: which ones.

mod listed;
mod packets;

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};

use ironhull_network::algebra::Conns;
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::{Profile, list};
use ironhull_value::Value;

use self::listed::Listed;
use self::packets::Packet;
use crate::probes::{self, part};
use crate::python::{self, Piece, Total};
use crate::worlds;

/// How it ends when it meets a named port in an egress rule that selects addresses.
const NAMED_TO_ADDRESS: &str = "cannot convert named port for an IP destination";

#[derive(Debug, Default)]
struct Tally {
    clusters: u64,
    /// Lists with the same rows, and those that allow the same with the addresses cut at other places.
    same: u64,
    cut: u64,
    connections: u64,
    packets: u64,
    /// Analyses that ended at a named port of an address, of the list and of packets.
    ended: u64,
    packets_ended: u64,
    /// Clusters in whose list ports are lost, and how many connections those are.
    lost_clusters: u64,
    lost: u64,
    false_allows: u64,
    differences: Vec<String>,
}

impl Total for Tally {
    fn add(&mut self, other: Self) {
        self.clusters += other.clusters;
        self.same += other.same;
        self.cut += other.cut;
        self.connections += other.connections;
        self.packets += other.packets;
        self.ended += other.ended;
        self.packets_ended += other.packets_ended;
        self.lost_clusters += other.lost_clusters;
        self.lost += other.lost;
        self.false_allows += other.false_allows;
        self.differences.extend(other.differences);
    }
}

#[test]
fn netpol_analyzer_agrees_connection_by_connection() {
    let Ok(program) = std::env::var("IRONHULL_ORACLE_NETWORK") else {
        say!("SKIPPED: network oracle: IRONHULL_ORACLE_NETWORK does not name the built program");
        return;
    };
    if !python::is_there("network oracle") {
        return;
    }
    let wanted = probes::number("IRONHULL_ORACLE_CASES").map_or(200, |cases| (cases / 100).max(1));
    // Most without the named ports that end an analysis, so that there is something to compare.
    let some = wanted / 8;
    let work = [
        Piece {
            kind: "cnp,ipv6,equal_priorities,empty_ports,named_ports_to_addresses",
            first: 0,
            count: wanted - some,
        },
        Piece { kind: "cnp,ipv6,equal_priorities,empty_ports", first: wanted - some, count: some },
    ];
    let total = python::spread(&work, 25, |piece| compare(&program, piece));
    judge(&total, wanted);
}

fn judge(total: &Tally, wanted: u64) {
    say!(
        "netpol-analyzer: {} clusters, {} lists with the same rows, {} cut at other addresses, {} \
         connections, {} packets; accepted: {} lists and {} packet runs that ended at a named port of an address, {} lists with lost ports ({} \
         connections); {} differences, {} false allows",
        total.clusters,
        total.same,
        total.cut,
        total.connections,
        total.packets,
        total.ended,
        total.packets_ended,
        total.lost_clusters,
        total.lost,
        total.differences.len(),
        total.false_allows
    );
    let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("netpol-analyzer-differences.txt");
    std::fs::write(&kept, total.differences.join("\n\n")).expect("the differences are written");
    let shown = |text: &String| text.lines().take(5).collect::<Vec<_>>().join("\n");
    let first: Vec<String> = total.differences.iter().take(6).map(shown).collect();
    assert!(first.is_empty(), "all in {}; the first:\n{}", kept.display(), first.join("\n\n"));
    assert_eq!(total.false_allows, 0);
    assert!(total.clusters >= wanted, "only {} of {wanted} clusters were compared", total.clusters);
    let whole = total.same + total.cut;
    assert!(whole * 4 > wanted * 3, "only {whole} of {wanted} lists could be compared whole");
    assert!(total.packets > wanted * 20, "only {} packets were compared", total.packets);
}

fn compare(program: &str, piece: Piece<&str>) -> Tally {
    let seed = probes::number("IRONHULL_ORACLE_SEED").unwrap_or(1);
    let more = ["--written", "--profile", "netpol-analyzer", "--probes", "24", "--without", piece.kind];
    let (mut generator, requests) = python::start(&mut python::worlds(seed, piece.first, piece.count, &more));
    let mut oracle = Oracle::start(program);
    let mut tally = Tally::default();
    for request in requests {
        one(&mut oracle, &request, &mut tally);
    }
    oracle.end();
    assert!(generator.wait().expect("it ends").success());
    tally
}

/// The program behind its line protocol.
struct Oracle {
    child: Child,
    input: ChildStdin,
    answers: Box<dyn Iterator<Item = String>>,
}

impl Oracle {
    fn start(program: &str) -> Self {
        let (mut child, answers) = python::start(Command::new(program).stdin(Stdio::piped()));
        let input = child.stdin.take().expect("a pipe");
        Self { child, input, answers: Box::new(answers) }
    }

    fn ask(&mut self, request: &str) -> Value {
        writeln!(self.input, "{request}").expect("the oracle reads");
        worlds::value(&self.answers.next().expect("an answer"))
    }

    fn end(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        assert!(child.wait().expect("it ends").success());
    }
}

fn one(oracle: &mut Oracle, request: &str, tally: &mut Tally) {
    let written = part(request, "written", "objects");
    let objects = part(request, "objects", "probes");
    tally.clusters += 1;
    let reply = oracle.ask(&format!("{{\"id\":0,\"objects\":{written}}}"));
    match (reply.dig_str(&["error"]), reply.dig_str(&["connections"])) {
        // Only rules with named ports can have met it.
        (Some(error), _) if error.contains(NAMED_TO_ADDRESS) => tally.ended += 1,
        (None, Some(text)) => lists(oracle, written, objects, text, tally),
        _ => tally.differences.push(format!("list: ours has no error, theirs {reply:?}\n{written}")),
    }
    packets(oracle, request, objects, tally);
}

/// The whole list, made from the same manifests.
fn lists(oracle: &mut Oracle, written: &str, objects: &str, text: &str, tally: &mut Tally) {
    let world = worlds::of_list(written);
    let network = Network::new(&Input::of(&world), Profile::NetpolAnalyzer);
    let entries = Entries::of(&world, &network);
    let mut solver = Solver::default();
    let list = list::list(&network, &mut solver, &entries, &list::Options::default());
    let own = list::write(&list, &solver, ironhull_network::Format::Json);
    let theirs = Listed::read(text);
    tally.connections += u64::try_from(theirs.len()).unwrap_or(0);
    let ours = Listed::read(&own);
    if ours.rows() == theirs.rows() {
        tally.same += 1;
        return;
    }
    let (mut lost, mut other) = (0, 0);
    for (from, to) in ours.pairs_with(&theirs) {
        let (our, their) = (ours.allowed(&from, &to), theirs.allowed(&from, &to));
        if our == their {
            continue;
        }
        // Their evaluation must take our side wherever the list does not, and we may only have more.
        let missing = our.difference(&their);
        let asked = Packet::at_edges(&from.name(), &to.name(), &missing);
        let confirmed = their.difference(&our).is_empty()
            && Packet::ask(oracle, objects, &asked)
                .is_ok_and(|allowed| !allowed.is_empty() && allowed.iter().all(|allowed| *allowed));
        if confirmed {
            lost += 1;
        } else {
            other += 1;
            tally.false_allows += u64::from(!missing.is_empty());
            tally.differences.push(format!(
                "list: {} => {}\nours {our}\ntheirs {their}\n{written}",
                from.name(),
                to.name()
            ));
        }
    }
    tally.cut += u64::from(lost + other == 0);
    tally.lost += lost;
    tally.lost_clusters += u64::from(lost > 0);
}

/// Single packets on both sides of every border that our answer draws.
fn packets(oracle: &mut Oracle, request: &str, objects: &str, tally: &mut Tally) {
    let world = worlds::of_list(objects);
    let network = Network::new(&Input::of(&world), Profile::NetpolAnalyzer);
    let mut solver = Solver::default();
    let asked = worlds::value(request);
    let (mut packets, mut answers) = (Vec::new(), Vec::new());
    for probe in asked.dig_items(&["probes"]) {
        let name = |end: &str| {
            let end = probe.get(end).expect("both ends are named");
            end.dig_str(&["pod"]).or_else(|| end.dig_str(&["ip"])).expect("a pod or an address").to_owned()
        };
        let (from, to) = (name("from"), name("to"));
        if from == to {
            continue;
        }
        let ours = probes::probe_of(&network, &mut solver, probe);
        assert!(ours.unknown.is_empty(), "nothing is unknown in a valid cluster: {request}");
        let denied = Conns::all().difference(&ours.allowed);
        for packet in Packet::at_edges(&from, &to, &ours.allowed) {
            answers.push(packet.is_in(&ours.allowed));
            packets.push(packet);
        }
        for packet in Packet::at_edges(&from, &to, &denied) {
            answers.push(packet.is_in(&ours.allowed));
            packets.push(packet);
        }
    }
    match Packet::ask(oracle, objects, &packets) {
        Err(error) if error.contains(NAMED_TO_ADDRESS) => tally.packets_ended += 1,
        Err(error) => {
            tally.differences.push(format!("packets: ours has no error, theirs {error}\n{objects}"));
        }
        Ok(theirs) => {
            tally.packets += u64::try_from(theirs.len()).unwrap_or(0);
            for ((packet, our), their) in packets.iter().zip(answers).zip(theirs) {
                if our != their {
                    tally.false_allows += u64::from(our);
                    tally.differences.push(format!("{packet:?}: ours {our}, theirs {their}\n{objects}"));
                }
            }
        }
    }
}
