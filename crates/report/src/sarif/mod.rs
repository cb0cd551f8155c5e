//! SARIF 2.1.0, within what GitHub code scanning takes.
//!
//! Every location has a relative URI, because GitHub refuses a result without a file: objects without text
//! get one that says where they live (`cluster/shop/Deployment/web`). What could not be judged is a
//! notification of the invocation, and so is what had to be left out.

mod convert;
mod uri;
mod wire;

use crate::Report;

/// Results that GitHub takes from one run.
const MOST_RESULTS: usize = 25_000;

/// The report as SARIF.
pub(crate) fn render(report: &Report) -> String {
    render_at_most(report, MOST_RESULTS)
}

fn render_at_most(report: &Report, most: usize) -> String {
    let mut text = serde_json::to_string_pretty(&convert::log(report, most)).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
