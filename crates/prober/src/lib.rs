//! Tries connections for real.
//!
//! Lives here: network namespaces that stand for pods, the agent that serves and probes in each of them,
//! and the line protocol between them ([`Lab`]). [`Prober`] is what a prober of another sort, such as one in
//! a live cluster, would be as well.
//!
//! Never lives here: what a policy means, and which answer is the right one.
//!
//! Nothing listens and nothing is changed outside of the namespaces that a [`Lab`] makes.

mod agent;
mod client;
mod error;
mod janitor;
mod lab;
mod needs;
mod tools;

use std::fmt;
use std::net::IpAddr;

pub use agent::run as run_agent;
pub use error::Error;
pub use janitor::run as run_janitor;
pub use lab::{Host, Lab, Program};
pub use needs::missing;

/// A connection to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The host that tries, by the name it was given.
    pub from: String,
    /// Where to.
    pub to: IpAddr,
    /// How.
    pub transport: Transport,
    /// The destination port.
    pub port: u16,
}

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// A connection that is opened and closed again.
    Tcp,
    /// A datagram that is to be echoed.
    Udp,
}

impl Transport {
    /// The word on the command line and in the line protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// The transport of this word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Tcp, Self::Udp].into_iter().find(|one| one.word() == word)
    }
}

/// What came of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The destination answered.
    Reached,
    /// The answer was no: it is not allowed, or nobody listens there. Firewalls that answer use both.
    Refused,
    /// There was no answer in time.
    TimedOut,
}

impl Outcome {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Reached, "reached"), (Self::Refused, "refused"), (Self::TimedOut, "timed-out")];

    /// The word in messages and in the line protocol.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, word)| word)
    }

    /// The outcome of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == word).map(|(one, _)| *one)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Something that can try connections between hosts.
pub trait Prober {
    /// Tries all of these, as many at a time as it likes. The outcomes are in the order of the probes.
    fn probe_all(&mut self, probes: &[Probe]) -> Result<Vec<Outcome>, Error>;

    /// Tries one.
    fn probe(&mut self, from: &str, to: IpAddr, transport: Transport, port: u16) -> Result<Outcome, Error> {
        let probe = Probe { from: from.to_owned(), to, transport, port };
        let outcomes = self.probe_all(std::slice::from_ref(&probe))?;
        outcomes
            .first()
            .copied()
            .ok_or_else(|| Error::Agent { host: probe.from, message: "no answer".to_owned() })
    }
}
