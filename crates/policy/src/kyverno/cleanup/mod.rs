//! Deleting: policies with a schedule, and the label that gives an object an end. Both are plans; whoever has
//! the cluster carries them out.

mod plan;
mod policy;
mod schedule;
pub mod ttl;

pub use self::plan::Cleaner;
pub use self::policy::CleanupPolicy;
pub use self::schedule::Schedule;
