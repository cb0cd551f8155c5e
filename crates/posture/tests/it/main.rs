//! Tests of the rules.

mod catalogue;
mod concealment;
mod incremental;
mod literate;
mod reach;
