//! The binary as its users run it.

mod bad_input;
#[cfg(feature = "cluster")]
mod cluster;
mod commands;
#[cfg(feature = "cluster")]
mod demo;
mod docs;
#[cfg(feature = "cluster")]
mod ending;
mod gates;
mod install;
#[cfg(feature = "cluster")]
mod kyverno_metrics;
mod network_answers;
mod network_check;
mod network_exposure;
mod network_generate;
mod network_lint;
mod network_verify;
#[cfg(all(feature = "cluster", target_os = "linux"))]
mod overload;
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
mod traces;
#[cfg(feature = "cluster")]
mod why;
