//! What can go wrong while probing. None of it is an answer.

use std::io;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This machine or this user cannot do it.
    #[error("{what}; {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A program failed.
    #[error("`{command}` failed: {message}")]
    Command {
        /// The program with its arguments.
        command: String,
        /// What it said.
        message: String,
    },
    /// The agent in a namespace failed.
    #[error("the agent of {host} failed: {message}")]
    Agent {
        /// The host.
        host: String,
        /// What it said.
        message: String,
    },
    /// A probe names a host that does not exist.
    #[error("no host is called {0:?}")]
    NoHost(String),
    /// Two hosts have one name, or one has no address.
    #[error("host {0:?} cannot be made: {1}")]
    Host(String, &'static str),
    /// A pipe broke.
    #[error("cannot talk to the agent of {host}: {source}")]
    Pipe {
        /// The host.
        host: String,
        /// Why.
        source: io::Error,
    },
}
