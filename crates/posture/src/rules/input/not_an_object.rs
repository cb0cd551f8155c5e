//! CL010

use crate::Check;

rule! {
    /// ## What it does
    /// Reports documents, and items of lists, that have something of a Kubernetes object and are none:
    /// `apiVersion` or `kind` is missing, or `metadata` is not an object. Documents with neither `apiVersion`
    /// nor `kind`, such as Helm values, are something else on purpose and are not reported.
    ///
    /// ## Why it matters
    /// It was not judged, and a cluster refuses it. A file that cannot be applied is mostly found when it is
    /// needed. Medium, so that a gate trips by default.
    ///
    /// ## How to fix
    /// Add what is missing, or keep files that are not for Kubernetes out of the input.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields>
    pub static NOT_AN_OBJECT = {
        id: "CL010",
        name: "not-an-object",
        title: "A document is no Kubernetes object",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
