//! NW020

use crate::lint::Check;

rule! {
    /// ## What it does
    /// Finds assertions of `ironhull network check` that do not hold: a connection that was to be denied is allowed,
    /// or the other way round. The message names the connection, and the evidence the rule that allows or denies
    /// it. A scan does not ask for it: only `network check` has assertions.
    ///
    /// ## Why it matters
    /// Somebody wrote down what must be so, and it is not: high.
    ///
    /// ## How to fix
    /// Make the change that the finding proposes, or correct the assertion.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static ASSERTION_FAILED = {
        id: "NW020",
        name: "assertion-failed",
        title: "The network does not keep what an assertion demands",
        severity: High,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::Assertion,
    };
}
