//! Comparisons with the reference implementations, in one binary so that it links once.

mod mutate_oracle;
mod mutations;
mod oracle;
mod random;
