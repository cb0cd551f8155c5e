//! Exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain about.
    Clean,
    /// A gate tripped: findings, a refused pod.
    Tripped,
    /// Wrong usage, IO trouble, or nothing could be evaluated.
    Trouble,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Tripped => 1,
            Exit::Trouble => 2,
        })
    }
}
