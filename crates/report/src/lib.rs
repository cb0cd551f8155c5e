//! Findings in every output format.
//!
//! Lives here: the [`Report`], which is everything that a scan found out, and one module for each format,
//! a pure function from a report to text.
//!
//! Never lives here: an opinion about a finding, a terminal, a file.

mod model;

pub use model::{Format, InputCounts, NotEvaluated, Report, Style, Undecided};
