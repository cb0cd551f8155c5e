//! Comparisons with the reference implementation, in one binary so that it links once.

mod answers;
mod cases;
mod oracle;
mod process;
mod random;
mod scalars;
mod shrink;
