//! Files of observed connections, for `generate` and `simulate`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use clap::ValueHint;
use ironhull_network::flows::FlowFile;

use crate::output::notice;

#[derive(Args, Debug)]
pub(super) struct Flows {
    /// Observed connections: Hubble JSON lines, ironhull flows, or a list of connections as text, CSV or
    /// JSON; `-` for standard input; may be repeated.
    #[arg(long = "flows", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// End with exit code 0 although flows could not be read or judged, workloads have no evidence, or
    /// something that is needed cannot be expressed.
    #[arg(long)]
    pub(super) allow_incomplete: bool,
}

/// What was read, and how many lines may hide a connection.
pub(super) struct ReadFiles {
    pub(super) files: Vec<FlowFile>,
    pub(super) lost: usize,
}

/// Notices of one sort beyond this many are counted.
const MOST: usize = 20;

pub(super) fn read(flows: &Flows, limit: usize, quiet: bool) -> anyhow::Result<ReadFiles> {
    let mut found = ReadFiles { files: Vec::new(), lost: 0 };
    for path in &flows.files {
        let (name, bytes) = bytes(path)?;
        ensure!(
            bytes.len() <= limit,
            "{name} has {} bytes, more than the {limit} that --max-input allows",
            bytes.len()
        );
        let file = FlowFile::new(name, &String::from_utf8_lossy(&bytes));
        for diagnostic in file.read.diagnostics.iter().take(MOST) {
            notice(quiet, &format!("{}:{}: {}", file.name, diagnostic.line, diagnostic.message));
        }
        if let Some(more) = file.read.diagnostics.len().checked_sub(MOST).filter(|more| *more > 0) {
            notice(quiet, &format!("{}: {more} more lines like these", file.name));
        }
        let lost = file.read.diagnostics.iter().filter(|diagnostic| diagnostic.lost).count();
        if lost > 0 {
            notice(
                false,
                &format!("{}: {lost} lines were not understood; what they tell is missing", file.name),
            );
        }
        if file.read.missed > 0 {
            notice(
                quiet,
                &format!(
                    "{}: Hubble says that it missed {} events, which may have been needs",
                    file.name, file.read.missed
                ),
            );
        }
        ensure!(
            !file.read.flows.is_empty() || lost == 0,
            "{} holds no flow that could be read; expected Hubble JSON lines, ironhull flows, or lines `FROM => TO : \
             CONNECTIONS`",
            file.name
        );
        found.lost += lost;
        found.files.push(file);
    }
    Ok(found)
}

fn bytes(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("reading flows from standard input")?;
        return Ok(("standard input".to_owned(), bytes));
    }
    let bytes = fs::read(path).with_context(|| format!("reading the flows {}", path.display()))?;
    Ok((path.display().to_string(), bytes))
}
