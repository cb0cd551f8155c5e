//! The command line.
//!
//! Lives here: commands, configuration, wiring of adapters to domains. Only this crate prints.
//! Never lives here: a check, a format, or anything that a test could not call without a terminal.

mod cli;
mod commands;
mod config;
mod config_check;
mod exit;
mod inputs;
#[cfg(feature = "cluster")]
mod live;
mod output;
mod progress;
mod rules;
#[cfg(feature = "cluster")]
mod serve;
mod terminal;

use clap::{CommandFactory, FromArgMatches};

// The system allocator of glibc is fine and that of musl is not; this one is fast everywhere.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let mut command = cli::Cli::command();
    if called_as_plugin() {
        command = command.name("kubectl-ironhull").bin_name("kubectl ironhull");
    }
    let parsed = command.try_get_matches().and_then(|matches| cli::Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        // clap answers 0 for --help and --version, and 2 for what it cannot understand.
        Err(error) => error.exit(),
    };
    match commands::run(cli) {
        Ok(code) => code.into(),
        Err(error) => {
            output::error_line(&error);
            exit::Exit::Trouble.into()
        }
    }
}

/// Whether kubectl started this as its plugin.
fn called_as_plugin() -> bool {
    let name = std::env::args_os().next();
    let name = name.as_deref().map(std::path::Path::new).and_then(std::path::Path::file_stem);
    name.is_some_and(|name| name == "kubectl-ironhull")
}
