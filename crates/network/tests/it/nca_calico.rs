//! The engine against network-config-analyzer 2.1.0, on random policies of Calico.
//!
//! - `IRONHULL_NCA`: the virtual environment in which it is installed; nothing is compared without
//! - `IRONHULL_NCA_CASES`: how many clusters, 100 by default
//! - `IRONHULL_NAIVE_SEED`: which ones

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use ironhull_network::Profile;

use crate::naive::{Tally, folder, number, one};

#[test]
fn the_engine_agrees_with_nca_on_calico() {
    let cases = number("IRONHULL_NCA_CASES", 100);
    let Some(tally) = compare(cases, &[]) else { return };
    say!(
        "nca on Calico: {} clusters, {} probes, {} with something unknown, {} differences",
        tally.clusters,
        tally.probes,
        tally.unknown,
        tally.differences.len()
    );
    let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("nca-differences.txt");
    std::fs::write(&kept, tally.differences.join("\n\n")).expect("the differences are written");
    let shown = |text: &String| text.lines().take(4).collect::<Vec<_>>().join("\n");
    let first: Vec<String> = tally.differences.iter().take(8).map(shown).collect();
    assert!(first.is_empty(), "all in {}; the first:\n{}", kept.display(), first.join("\n\n"));
    assert!(tally.clusters >= cases, "only {} clusters were compared", tally.clusters);
    assert_eq!(tally.unknown, 0, "what is generated is all understood");
}

#[test]
fn a_seeded_difference_to_nca_is_noticed() {
    if let Some(tally) = compare(30, &["--bug"]) {
        assert!(!tally.differences.is_empty(), "it went unnoticed in {} clusters", tally.clusters);
    }
}

/// Compares this many clusters. `None` where nca is not installed.
fn compare(cases: u64, more: &[&str]) -> Option<Tally> {
    let Some(venv) = std::env::var_os("IRONHULL_NCA") else {
        say!("SKIPPED: nca on Calico: IRONHULL_NCA names no virtual environment");
        return None;
    };
    let mut nca = Command::new(std::path::Path::new(&venv).join("bin/python"))
        .arg(folder().join("check_nca_calico.py"))
        .args(["--seed", &number("IRONHULL_NAIVE_SEED", 1).to_string(), "--count", &cases.to_string()])
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .expect("nca starts");
    let mut lines =
        BufReader::new(nca.stdout.take().expect("a pipe")).lines().map(|line| line.expect("a line"));
    let mut tally = Tally::default();
    while let Some(request) = lines.next() {
        let answer = lines.next().expect("an answer behind every request");
        one(Profile::Calico, &request, &answer, &mut tally);
    }
    assert!(nca.wait().expect("it ends").success());
    Some(tally)
}
