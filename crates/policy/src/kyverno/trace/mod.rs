//! What happened while a rule was evaluated, step by step.
//!
//! Lives here: the steps, the recorder that hears them, and ports that carry a recorder along. Never lives
//! here: an opinion about a step, and how it is shown; see [`explain`](super::explain).
//!
//! Nobody listens on the usual way: then a hook is one branch, and its step is not even made.

mod filters;
mod listening;
mod recorder;
mod step;

pub use self::listening::Listening;
pub use self::recorder::Recorder;
pub(crate) use self::recorder::{inside, tell};
pub use self::step::{Check, Filters, Step};
pub(crate) use self::step::{Filter, Part};
