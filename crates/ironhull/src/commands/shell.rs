//! `ironhull completion` and `ironhull man`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn completion(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ironhull", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}

pub(crate) fn man(directory: Option<&Path>) -> anyhow::Result<Exit> {
    if let Some(directory) = directory {
        fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
        clap_mangen::generate_to(Cli::command(), directory)
            .with_context(|| format!("writing man pages to {}", directory.display()))?;
        return Ok(Exit::Clean);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).context("rendering the man page")?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}
