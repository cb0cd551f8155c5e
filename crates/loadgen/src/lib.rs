//! Load for a webhook.
//!
//! Lives here: sending admission reviews at a rate that was fixed beforehand (open loop) or as fast as answers come
//! (closed loop), and counting what comes back. In the open loop a request's time runs from when it was to be
//! sent, not from when it was: a server that stalls for a second is charged for all that should have been sent in
//! that second.
//!
//! Everything runs on one thread, so that it can be given one core and leave the other to the server.
//!
//! Never lives here: what a review means.

mod bodies;
mod connection;
mod error;
mod histogram;
mod process;
mod report;
mod run;
mod tally;
mod target;

pub use bodies::{Bodies, uid_of};
pub use error::LoadError;
pub use histogram::Histogram;
pub use process::Usage;
pub use report::{Quantiles, Report};
pub use run::{Pace, Plan, run};
pub use target::{Target, Trust};
