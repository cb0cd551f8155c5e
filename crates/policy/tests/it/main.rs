//! Comparisons with the reference implementations, in one binary so that it links once.

mod engine;
mod oracle;
