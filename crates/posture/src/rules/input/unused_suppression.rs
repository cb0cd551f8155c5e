//! CL008

use crate::Check;

rule! {
    /// ## What it does
    /// Reports suppressions (`# ironhull:allow` comments and `allow.ironhull.dev/` annotations) that cover no
    /// finding.
    ///
    /// ## Why it matters
    /// What it was written for is gone, or it stands at the wrong place. If the fault comes back, it is hidden
    /// from the start. It hides nothing now: low.
    ///
    /// ## How to fix
    /// Delete it. When it was meant for a finding that is still reported, move it to the line that the
    /// finding names.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>
    pub static UNUSED_SUPPRESSION = {
        id: "CL008",
        name: "unused-suppression",
        title: "A suppression covers no finding",
        severity: Low,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
