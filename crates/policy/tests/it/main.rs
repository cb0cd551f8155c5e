//! Upstream's own tests and comparisons with the reference implementations, in one binary so that it links
//! once.

/// Prints a line that the test harness does not swallow: what was skipped or counted is for people to read.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // Nobody listening is no reason to fail.
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod allocations;
mod answer;
mod asked;
mod engine;
mod explain;
mod fixtures;
mod gate;
mod lint;
mod oracle;
mod random;
