//! Findings in every output format.
//!
//! Lives here: the [`Report`], which is everything that a scan found out, and one module for each format,
//! a pure function from a report to text.
//!
//! Never lives here: an opinion about a finding, a terminal, a file.

mod model;

pub use model::{Format, InputCounts, NotEvaluated, Report, Style, Undecided};
/// TEMPORARY
pub fn render(report: &Report, _format: Format, _style: Style) -> String {
    report
        .findings
        .iter()
        .map(|f| {
            format!(
                "{:?} {} {} {}\n",
                f.place().map(|p| (p.source.name().to_string(), p.start.line)),
                f.severity(),
                f.rule.id,
                f.message
            )
        })
        .collect()
}
/// TEMPORARY
pub fn schema() -> serde_json::Value {
    serde_json::Value::Null
}
