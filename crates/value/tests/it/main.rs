//! Comparisons with the reference implementations, in one binary so that it links once.

mod answers;
mod cases;
mod oracle;
mod random;
