//! Saying that a test leaves something out.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Says `SKIPPED: what, why` where `cargo xtask test` gathers it: in the file that `IRONHULL_SKIPS` names,
/// otherwise on standard error.
pub fn skip(what: &str, why: &str) {
    let line = format!("SKIPPED: {what}, {why}\n");
    let file = std::env::var_os("IRONHULL_SKIPS");
    let written = file.and_then(|file| OpenOptions::new().append(true).open(file).ok());
    let written = written.is_some_and(|mut file| file.write_all(line.as_bytes()).is_ok());
    if !written {
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}
