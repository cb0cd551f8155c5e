//! Where the checkout is, where builds go, and what a task may do to the machine.

use crate::run::Cmd;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What every task needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The checkout's root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// System packages may be installed.
    pub(crate) system: bool,
    /// This is a run of the continuous integration: what can be installed must install.
    pub(crate) ci: bool,
}

#[derive(Deserialize)]
struct Layout {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Context {
    /// Asks cargo for the layout of the checkout this task was built from.
    pub(crate) fn discover() -> Result<Self> {
        let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        if !here.is_dir() {
            bail!("the checkout this xtask was built from is gone; run it through `cargo xtask`");
        }
        let text = Cmd::new(cargo_program())
            .cwd(here)
            .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
            .output_text()
            .or_else(|_| {
                // The lock file may be about to change; it is cargo's place to complain, not ours.
                Cmd::new(cargo_program())
                    .cwd(here)
                    .args(["metadata", "--format-version", "1", "--no-deps"])
                    .output_text()
            })?;
        let layout: Layout = serde_json::from_str(&text).context("cargo metadata is not as expected")?;
        Ok(Self { root: layout.workspace_root, target: layout.target_directory, system: ci, ci })
    }

    /// A command run in the checkout's root.
    pub(crate) fn cmd(&self, program: impl Into<std::ffi::OsString>) -> Cmd {
        Cmd::new(program).cwd(&self.root)
    }

    /// Cargo, run in the checkout's root.
    pub(crate) fn cargo(&self) -> Cmd {
        let mut cmd = self.cmd(cargo_program());
        if self.ci {
            // Nothing is built twice there: incremental files cost time and disk for nothing.
            cmd = cmd.env("CARGO_INCREMENTAL", "0");
        }
        cmd
    }

    /// Where tools that a task installs are kept.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Fixtures beside the checkout, or where `IRONHULL_FIXTURES` says.
    pub(crate) fn fixtures(&self) -> PathBuf {
        std::env::var_os("IRONHULL_FIXTURES")
            .map_or_else(|| self.root.join("..").join("shared").join("fixtures"), PathBuf::from)
    }

    /// The path as seen from the root, for messages.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The cargo that started this task.
fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
