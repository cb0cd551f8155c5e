//! The binary as its users run it.

mod bad_input;
mod commands;
mod docs;
mod gates;
mod run;
