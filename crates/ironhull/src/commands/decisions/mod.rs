//! What was decided, and what to do about it: `why`, `except`, `status`, `replay`, `mode`.
//!
//! - `source`: where decisions come from; `reach`: getting there
//! - one file a command; `show`: a decision for people, `walk`: from a workload to a decision

pub(crate) mod except;
mod exception;
pub(crate) mod mode;
mod reach;
pub(crate) mod replay;
mod replay_pods;
mod requests;
mod show;
mod source;
pub(crate) mod status;
mod walk;
pub(crate) mod why;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use ironhull_world::Object;

use crate::cli::Inputs;
use crate::config::Config;
use crate::inputs;

/// Runs a command that waits for others.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting")?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// Policies, exceptions and what they look up, from files. What cannot be read ends it: a policy may be in it.
fn objects(paths: &[PathBuf], config: &Config, quiet: bool) -> anyhow::Result<Vec<Arc<Object>>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Inputs { paths: paths.to_vec(), max_input: 512 << 20, no_render: true, ..Inputs::default() };
    let read = inputs::read(&wanted, config, quiet)?;
    if let Some(finding) = read.findings.first() {
        bail!("{}: {}; a policy may be in it, so nothing is decided", finding.subject, finding.message);
    }
    Ok(read.world.objects().cloned().collect())
}
