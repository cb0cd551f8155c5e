//! Package `regexp`: Go's syntax and messages, translated for the `regex` crate.

mod ast;
mod class;
mod emit;
mod generate;
mod parse;
mod pattern;

pub(crate) use generate::{Chance, generate};
pub(crate) use pattern::Pattern;
