//! How well each kind is known.

use std::fmt;
use std::time::{Duration, Instant};

use crate::Wanted;

/// What is known of what was wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct KindState {
    /// What is watched. Of wishes that overlap there is one that covers all.
    pub wanted: Wanted,
    /// How well.
    pub state: State,
}

/// How well objects are known.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// They are not all there yet.
    Waiting {
        /// What is in the way, if anything.
        problem: Option<String>,
    },
    /// They are there, and followed.
    Synced {
        /// How many.
        objects: usize,
        /// Since when.
        since: Instant,
    },
    /// The account may not list or watch them (403), and has not been able to before. Tried again slowly.
    Refused {
        /// What the server says.
        reason: String,
    },
    /// The server does not have the kind, so there are none. It is looked for again when a
    /// CustomResourceDefinition changes, and from time to time.
    Absent,
    /// They were there and cannot be followed at the moment. What is in the world was true at `since`.
    Stale {
        /// When they were last followed.
        since: Instant,
        /// What is in the way.
        reason: String,
    },
}

impl State {
    /// Whether nothing more is to be waited for.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Synced { .. } | Self::Absent | Self::Refused { .. })
    }

    /// Whether an object that is not in the world does not exist, as far as it was wanted.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Synced { .. } | Self::Absent)
    }

    /// How old the objects are, if they are stale.
    pub fn age(&self) -> Option<Duration> {
        match self {
            Self::Stale { since, .. } => Some(since.elapsed()),
            _ => None,
        }
    }
}

impl fmt::Display for State {
    /// For people, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { problem: None } => f.write_str("being listed"),
            Self::Waiting { problem: Some(problem) } => write!(f, "not listed yet: {problem}"),
            Self::Synced { objects, .. } => write!(f, "{objects} objects"),
            Self::Refused { reason } => write!(f, "refused: {reason}"),
            Self::Absent => f.write_str("not served by this cluster"),
            Self::Stale { since, reason } => {
                write!(f, "{} s old: {reason}", since.elapsed().as_secs())
            }
        }
    }
}
