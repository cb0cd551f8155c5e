//! One object changed: evaluating it, and what depends on it, again. Measured in process by the benchmark
//! `delta` of the crate that evaluates.

use crate::{context::Context, skips};
use anyhow::Result;

const PACKAGE: &str = "ironhull-posture";
const BENCH: &str = "delta";

pub(crate) fn run(context: &Context) -> Result<()> {
    let folder = context.root.join("crates").join(PACKAGE.trim_start_matches("ironhull-"));
    if !folder.join("benches").join(format!("{BENCH}.rs")).is_file() {
        skips::announce("delta", &format!("{PACKAGE} has no benchmark `{BENCH}`"));
        return Ok(());
    }
    context.cargo().args(["bench", "--quiet", "-p", PACKAGE, "--bench", BENCH]).run()
}
