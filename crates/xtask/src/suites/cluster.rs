//! End-to-end tests against a real control plane.

use super::suite::{Outcome, Session};
use crate::{apiserver, cargo_tests::Tests, skips};
use anyhow::Result;

/// The end-to-end tests of the binary.
const BINARY_TESTS: &str = "crates/ironhull/tests/cluster/main.rs";

/// Tests the harness, then what the binary does in a cluster.
pub(crate) fn cluster(session: &mut Session) -> Result<Outcome> {
    if let Some(why) = apiserver::missing() {
        skips::announce("cluster", why);
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    let programs = match apiserver::provide(&session.context) {
        Ok(programs) => programs,
        Err(error) => return Ok(session.without("cluster", &error)),
    };
    let mut targets = vec![("ironhull-testkit", "it", Some("control_plane"))];
    if session.context.root.join(BINARY_TESTS).is_file() {
        targets.push(("ironhull", "cluster", None));
    }
    let mut passed = 0;
    for (package, target, filter) in targets {
        let cargo = ["--locked", "-p", package, "--test", target].map(str::to_owned).to_vec();
        let tests = Tests { cargo, filter, verbose: false, env: programs.variables() };
        passed += tests.run(&session.context, &mut session.skips, |_| ())?.passed;
    }
    // What the suite `tests` had to leave out without the programs has been run now.
    session.skips.resolve("IRONHULL_CONTROL_PLANE is not set");
    session.skips.resolve("IRONHULL_KUBECTL is not set");
    let left_out =
        session.skips.all().find(|skip| skip.contains("IRONHULL_CONTROL_PLANE")).map(str::to_owned);
    Ok(left_out.map_or_else(|| Outcome::Passed(format!("{passed} tests")), Outcome::Skipped))
}
