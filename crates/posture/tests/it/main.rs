//! Tests of the rules.

mod catalogue;
mod incremental;
mod literate;
mod reach;
