//! Tests of the network engine against what others say: fixtures, a naive evaluator, reference programs.

/// Prints a line that the test harness does not swallow: what was skipped or counted is for people to read.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // Nobody listening is no reason to fail.
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod algebra;
mod assertions;
mod bad_input;
mod blast;
mod calico;
mod calico_limits;
mod cilium;
mod cilium_limits;
mod entries;
mod explain;
mod fixtures;
mod live;
mod merge;
mod naive;
mod nca;
mod nca_calico;
mod oracle;
mod pod_addresses;
mod probes;
mod python;
mod random;
mod rules;
mod tables;
mod worlds;
