//! The engine against the naive evaluator of `tests/naive`, on random clusters.
//!
//! - `IRONHULL_ORACLE_CASES`: a tenth of it is how many clusters; without it 300, to keep `cargo test` quick
//! - `IRONHULL_ORACLE_SEED`: which ones

use std::io::Write as _;
use std::process::{Command, Stdio};

use ironhull_network::Profile;

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
