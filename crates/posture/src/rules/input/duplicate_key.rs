//! CL002

use crate::Check;

rule! {
    /// ## What it does
    /// Reports keys that are written more than once in one object of a YAML or JSON document. Keys that come
    /// from a merge (`<<`) may be written again.
    ///
    /// ## Why it matters
    /// The last one counts and the others are dropped without a word, in kubectl as here. Whoever reads or
    /// changes the first one is wrong about what is deployed: a `securityContext` may stand there and have no
    /// effect. Medium, so that a gate trips by default.
    ///
    /// ## How to fix
    /// Keep one of the entries, or merge them. `kubectl apply` refuses such a document when it is told
    /// `--validate=strict`.
    ///
    /// ## References
    /// - <https://yaml.org/spec/1.2.2/#mapping>
    /// - <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>
    pub static DUPLICATE_KEY = {
        id: "CL002",
        name: "duplicate-key",
        title: "A key is written twice in one object",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
