//! The binary as its users run it.

mod bad_input;
#[cfg(feature = "cluster")]
mod cluster;
mod commands;
mod docs;
mod gates;
mod install;
mod network_answers;
mod network_check;
mod network_exposure;
mod network_generate;
mod network_lint;
mod network_verify;
mod policy_apply;
mod policy_bad_input;
mod policy_explain;
mod policy_export;
mod policy_given;
mod policy_lint;
mod policy_test;
mod run;
#[cfg(feature = "cluster")]
mod served;
#[cfg(feature = "cluster")]
mod why;
