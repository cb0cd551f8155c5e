//! CL004

use crate::Check;

rule! {
    /// ## What it does
    /// Reports documents that kubectl skips or refuses because of how they are separated: a second document
    /// without a `---` line before it, as after `...`, and content on the line of the separator.
    ///
    /// ## Why it matters
    /// Such an object is in the file and never in the cluster. When it is a NetworkPolicy or a quota, its
    /// protection is missing, and nobody is told. It was read and judged here all the same. Medium, so that a
    /// gate trips by default.
    ///
    /// ## How to fix
    /// Put `---` on a line of its own before each document.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/workloads/management/#organizing-resource-configurations>
    /// - <https://yaml.org/spec/1.2.2/#document-markers>
    pub static UNREAD_BY_KUBECTL = {
        id: "CL004",
        name: "unread-by-kubectl",
        title: "kubectl does not read this part of the file",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
