//! NW021

use crate::lint::Check;

rule! {
    /// ## What it does
    /// Finds assertions of `ironhull network check` of which it cannot be told whether they hold: a policy that is
    /// not valid or not modelled may decide otherwise, or the assertion selects nothing, so that it says nothing.
    /// A scan does not ask for it.
    ///
    /// ## Why it matters
    /// What could not be decided is not a pass, and the gate treats it as a failure: high.
    ///
    /// ## How to fix
    /// Correct the policy that is named, or make the assertion select what it is meant for. An assertion about
    /// workloads that do not exist has to go.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static ASSERTION_UNDECIDED = {
        id: "NW021",
        name: "assertion-undecided",
        title: "It cannot be told whether an assertion holds",
        severity: High,
        controls: [Cis "5.3.2", Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::Assertion,
    };
}
