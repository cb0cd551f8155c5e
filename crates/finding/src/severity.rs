//! How bad a finding is.

use std::fmt;
use std::str::FromStr;

/// The severities, mildest first. Every rule's text says why it has the one it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing need be done.
    Info,
    /// Hardening that limits the damage of another mistake.
    Low,
    /// A weakness that an attacker inside the cluster or container can use together with another.
    Medium,
    /// One step from taking over a node, a namespace or its secrets.
    High,
    /// The node or the cluster is taken over by whoever controls the workload.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::WORST_FIRST
            .into_iter()
            .find(|severity| severity.name() == text)
            .ok_or_else(|| format!("`{text}` is no severity; use critical, high, medium, low or info"))
    }
}
