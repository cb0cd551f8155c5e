//! Policies at admission: which can be enforced at all, what they ask of the API server, and what they make of
//! one request.
//!
//! Upstream: `pkg/webhooks/resource` and `pkg/controllers/webhook`.

mod action;
mod change;
mod interest;
mod judge;
mod readiness;
mod roles;

#[cfg(test)]
mod tests;

pub use action::action_for;
pub use change::{Change, change};
pub use interest::{Interest, interests};
pub use judge::{Answer, Judgement, judge};
pub use readiness::not_ready;
pub use roles::{asks_for_roles, roles_of};

/// Stops what takes too long: asked before each policy.
pub trait Clock {
    /// Whether the time of the request is over.
    fn is_over(&self) -> bool;

    /// A policy begins that wants so many seconds at most (`timeoutSeconds`). The answer is whether no time is left
    /// for it. Whoever keeps policies from using up the time of each other says in [`Ports::is_over`] when this one
    /// has had its share.
    ///
    /// [`Ports::is_over`]: crate::kyverno::context::Ports::is_over
    fn begin(&self, seconds: Option<i64>) -> bool {
        let _ = seconds;
        self.is_over()
    }
}

/// Time never ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Endless;

impl Clock for Endless {
    fn is_over(&self) -> bool {
        false
    }
}

/// What is said where there was no time left for a policy.
pub(crate) const TOO_LATE: &str = "the deadline of the request passed before the policy could be evaluated";
