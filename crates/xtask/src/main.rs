//! The project's own tasks, run as `cargo xtask <task>`.
//!
//! One file (or folder) per task; `run`, `tools`, `skips` and `table` are what they share. Nothing here is
//! part of the product: no other crate may depend on this one, and it stays quick to compile because every
//! fresh checkout builds it first.
#![expect(clippy::print_stdout, reason = "a task reports on the terminal")]

mod apiserver;
mod bench;
mod cargo_tests;
mod conformance;
mod context;
mod corpus;
mod generate;
mod hash;
mod oracle;
mod run;
mod skips;
mod suites;
mod table;
mod tidy;
mod tools;

use anyhow::Result;
use clap::{Parser, Subcommand};
use context::Context;
use std::process::ExitCode;

/// Tasks of the Ironhull project.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every suite that this machine can run.
    Test(suites::Args),
    /// Check the shape of the source tree: layers, purity, sizes, documents.
    Tidy,
    /// Write the documents and schemas that come from the code.
    Generate(generate::Args),
    /// Run the fixture suites and say how many cases ran.
    Conformance(conformance::Args),
    /// Compare our engines with the reference ones on random input.
    Oracle(oracle::Args),
    /// Provide kube-apiserver, etcd and kube-controller-manager, and run them on request.
    Apiserver(apiserver::Args),
    /// Measure against peers and print one table.
    Bench(bench::Args),
    /// Run one command and write what it used to a file (for `bench`).
    #[command(hide = true)]
    Measure(bench::measure::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs a task. `false` means it ran and found something wrong.
fn run(task: Task) -> Result<bool> {
    if let Task::Measure(args) = task {
        return bench::measure::run(&args).map(|()| true);
    }
    let context = Context::discover()?;
    match task {
        Task::Test(args) => suites::run(context, &args),
        Task::Tidy => tidy::run(&context),
        Task::Generate(args) => generate::run(&context, &args),
        Task::Conformance(args) => conformance::run(&context, &args),
        Task::Oracle(args) => oracle::run(&context, &args),
        Task::Apiserver(args) => apiserver::run(&context, &args),
        Task::Bench(args) => bench::run(&context, &args),
        Task::Measure(_) => Ok(true),
    }
}
