//! Integration tests: the compliance suite in both dialects, functions, scopes and budgets, and the reference.

/// Prints a line that the test harness does not swallow: what was skipped or counted is for people to read.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // Nobody listening is no reason to fail.
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod certificates;
mod differences;
mod fixtures;
mod functions;
mod oracle;
mod random;
mod surroundings;
mod totality;
