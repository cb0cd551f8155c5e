//! Where Ironhull tells of what it does.
//!
//! Lives here: traces over OTLP ([`Exporter`]), with a bounded queue, batches and a count of what was lost. Whoever tells
//! never waits: where the other side is away, it is dropped.
//!
//! Never lives here: a review, a policy, a finding; what is worth telling is the binary's business.

mod batch;
mod context;
mod endpoint;
mod span;
mod wire;

pub use batch::{Counts, Exporter, Limits, Tell};
pub use context::{Ids, TraceParent};
pub use endpoint::{Endpoint, EndpointError};
pub use span::{Attribute, Kind, Span};
