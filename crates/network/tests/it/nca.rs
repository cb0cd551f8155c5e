//! The engine against network-config-analyzer 2.1.0, another analyzer of NetworkPolicy, on random clusters.
//! What it is known to do differently is kept out of them by `tests/naive/check_nca.py`, which says why.
//!
//! - `IRONHULL_ORACLE_NCA`: the folder of a Python environment that has it. Without it the test is skipped.
//! - `IRONHULL_ORACLE_CASES`: a 200th of it is how many clusters, 3,000 at most; 100 without it.
//! - `IRONHULL_ORACLE_SEED`: which ones.

use std::path::PathBuf;
use std::process::Command;

use ironhull_network::Profile;

use crate::probes::{self, Tally};
use crate::python::{self, Piece};

#[test]
fn oracle_network_config_analyzer_agrees() {
    let Some(environment) = std::env::var_os("IRONHULL_ORACLE_NCA").map(PathBuf::from) else {
        say!("SKIPPED: network-config-analyzer: IRONHULL_ORACLE_NCA does not name its Python environment");
        return;
    };
    let wanted = probes::number("IRONHULL_ORACLE_CASES").map_or(100, |cases| (cases / 200).clamp(1, 3_000));
    let seed = probes::number("IRONHULL_ORACLE_SEED").unwrap_or(1);
    let compare = |piece: Piece<()>| {
        let mut command = Command::new(environment.join("bin").join("python"));
        command
            .arg(python::script("check_nca.py"))
            .arg(&environment)
            .args(["--answers", "--seed", &seed.to_string()])
            .args(["--first", &piece.first.to_string(), "--count", &piece.count.to_string()]);
        let (mut child, answers) = python::start(&mut command);
        let mut tally = Tally::default();
        for answer in answers {
            probes::compare(Profile::Upstream, &answer, &answer, &mut tally);
        }
        assert!(child.wait().expect("it ends").success(), "check_nca.py failed");
        tally
    };
    let work = [Piece { kind: (), first: 0, count: wanted }];
    python::spread(&work, 25, compare).judge("network-config-analyzer", wanted);
}
