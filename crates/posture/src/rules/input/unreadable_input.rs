//! CL012

use crate::Check;

rule! {
    /// ## What it does
    /// Reports whole inputs that could not be read: a file that cannot be opened, that is not text, or that is
    /// larger than the limit.
    ///
    /// ## Why it matters
    /// Nothing in it was judged. A scan that stays silent about it says "clean" about something that it never
    /// saw. Medium, so that a gate trips by default.
    ///
    /// ## How to fix
    /// Make the file readable, or leave it out of the input on purpose.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/workloads/management/#organizing-resource-configurations>
    pub static UNREADABLE_INPUT = {
        id: "CL012",
        name: "unreadable-input",
        title: "An input could not be read",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
