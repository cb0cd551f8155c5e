//! CL009

use crate::Check;

rule! {
    /// ## What it does
    /// Reports suppressions without a reason, with a rule that does not exist, with an `until=` that is not a
    /// date, and those whose last day is over.
    ///
    /// ## Why it matters
    /// It does not count, and what it was written for is reported. Its author accepted a risk in a way that
    /// nobody can check, or for a time that has passed. Medium, so that a gate trips until somebody decides
    /// again.
    ///
    /// ## How to fix
    /// Write `# ironhull:allow WL001 until=2027-06-30 the reason`, or the annotation
    /// `allow.ironhull.dev/WL001: the reason`; `until=` may be left out.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>
    pub static INVALID_SUPPRESSION = {
        id: "CL009",
        name: "invalid-suppression",
        title: "A suppression does not count",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
