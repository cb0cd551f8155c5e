//! Tools that do the same work, taken from package registries at pinned versions.

mod checkov;
mod kube_linter;
mod kube_score;

use super::{compare::Found, measure::Spec};
use crate::context::Context;
use anyhow::Result;
use std::{collections::BTreeSet, path::Path};

/// The peers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Checkov,
    KubeLinter,
    KubeScore,
}

/// A peer, ready to run.
pub(crate) trait Peer {
    /// A command that checks these ids on a folder or file and writes JSON.
    fn command(&self, input: &Path, checks: &BTreeSet<String>) -> Result<Spec>;
    /// What the JSON says.
    fn parse(&self, output: &str) -> Result<Found>;
}

impl Kind {
    /// The tool's name in our table of aliases.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Checkov => "checkov",
            Self::KubeLinter => "kube-linter",
            Self::KubeScore => "kube-score",
        }
    }

    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Checkov => checkov::VERSION,
            Self::KubeLinter => kube_linter::VERSION,
            Self::KubeScore => kube_score::VERSION,
        }
    }

    /// So slow that it is run only once or a few times.
    pub(crate) fn is_slow(self) -> bool {
        self == Self::Checkov
    }

    /// Installs the peer, once.
    pub(crate) fn install(self, context: &Context) -> Result<Box<dyn Peer>> {
        Ok(match self {
            Self::Checkov => Box::new(checkov::Checkov::install(context)?),
            Self::KubeLinter => Box::new(kube_linter::KubeLinter::install(context)?),
            Self::KubeScore => Box::new(kube_score::KubeScore::install(context)?),
        })
    }
}
