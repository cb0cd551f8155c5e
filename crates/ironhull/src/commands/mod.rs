//! The commands, one file each.

#[cfg(feature = "cluster")]
pub(crate) mod decisions;
mod generate;
pub(crate) mod install;
pub(crate) mod network;
#[cfg(feature = "cluster")]
mod observed;
mod pod_security;
pub(crate) mod policy;
mod rule;
mod scan;
#[cfg(feature = "cluster")]
pub(crate) mod serve;
mod shell;
#[cfg(feature = "cluster")]
pub(crate) mod uninstall;

use crate::cli::{Cli, Command};
use crate::exit::Exit;

/// Runs what was typed.
pub(crate) fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Scan(scan) => scan::run(&scan, &cli.global),
        Command::PodSecurity(command) => pod_security::run(&command, &cli.global),
        Command::Network(command) => network::run(&command, &cli.global),
        Command::Policy(command) => policy::run(&command, &cli.global),
        #[cfg(feature = "cluster")]
        Command::Serve(serve) => serve::run(&serve, &cli.global),
        Command::Install(install) => install::run(&install),
        #[cfg(feature = "cluster")]
        Command::Uninstall(uninstall) => uninstall::run(&uninstall, &cli.global),
        #[cfg(feature = "cluster")]
        Command::Why(why) => decisions::why::run(&why, &cli.global),
        #[cfg(feature = "cluster")]
        Command::Except(except) => decisions::except::run(&except, &cli.global),
        #[cfg(feature = "cluster")]
        Command::Status(status) => decisions::status::run(&status, &cli.global),
        #[cfg(feature = "cluster")]
        Command::Replay(replay) => decisions::replay::run(&replay, &cli.global),
        #[cfg(feature = "cluster")]
        Command::Mode(mode) => decisions::mode::run(&mode, &cli.global),
        Command::Rule(rule) => rule::run(&rule),
        Command::Completion { shell } => shell::completion(shell),
        Command::Man { directory } => shell::man(directory.as_deref()),
        Command::NetworkProbe => ironhull_prober::run_agent().map(|()| Exit::Clean).map_err(Into::into),
        Command::NetworkJanitor { prefix } => {
            ironhull_prober::run_janitor(&prefix);
            Ok(Exit::Clean)
        }
        Command::GenerateDocs { directory } => generate::run(&directory),
    }
}
