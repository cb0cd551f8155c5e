//! The engine against network-config-analyzer 2.1.0, on random policies of Calico.
//!
//! - `IRONHULL_ORACLE_NCA`: the folder of a Python environment that has it. Without it the test is skipped.
//! - `IRONHULL_ORACLE_CASES`: a 200th of it is how many clusters, 1,000 at most; 100 without it.
//! - `IRONHULL_ORACLE_SEED`: which ones.

use std::path::Path;
use std::process::Command;

use ironhull_network::Profile;

use crate::probes::{self, Tally};
use crate::python;

#[test]
fn oracle_network_config_analyzer_agrees_on_calico() {
    let cases = probes::number("IRONHULL_ORACLE_CASES").map_or(100, |cases| (cases / 200).clamp(1, 1_000));
    let Some(tally) = compare(cases, &[]) else { return };
    assert_eq!(tally.unknown, 0, "what is generated is all understood");
    tally.judge("network-config-analyzer on Calico", cases);
}

#[test]
fn oracle_network_config_analyzer_notices_a_seeded_difference_on_calico() {
    if let Some(tally) = compare(30, &["--bug"]) {
        assert!(!tally.differences.is_empty(), "it went unnoticed in {} clusters", tally.clusters);
    }
}

/// Compares this many clusters. `None` where nca is not installed.
fn compare(cases: u64, more: &[&str]) -> Option<Tally> {
    let Some(environment) = std::env::var_os("IRONHULL_ORACLE_NCA") else {
        say!(
            "SKIPPED: network-config-analyzer on Calico: IRONHULL_ORACLE_NCA does not name its Python environment"
        );
        return None;
    };
    let seed = probes::number("IRONHULL_ORACLE_SEED").unwrap_or(1);
    let mut command = Command::new(Path::new(&environment).join("bin").join("python"));
    command
        .arg(python::script("check_nca_calico.py"))
        .args(["--seed", &seed.to_string(), "--count", &cases.to_string()])
        .args(more);
    let (mut nca, mut lines) = python::start(&mut command);
    let mut tally = Tally::default();
    while let Some(request) = lines.next() {
        let answer = lines.next().expect("an answer behind every request");
        probes::compare(Profile::Calico, &request, &answer, &mut tally);
    }
    assert!(nca.wait().expect("it ends").success());
    Some(tally)
}
