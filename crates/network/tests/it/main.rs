//! Tests of the network engine against what others say: fixtures, a naive evaluator, reference programs.

/// Prints a line that the test harness does not swallow: what was skipped or counted is for people to read.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // Nobody listening is no reason to fail.
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod calico;
mod cilium;
mod entries;
mod fixtures;
mod live;
mod naive;
mod rules;
mod tables;
mod worlds;
