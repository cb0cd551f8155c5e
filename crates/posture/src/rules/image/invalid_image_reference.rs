//! IM004

use ironhull_finding::Fix;
use ironhull_world::{Container, ImageRefError};

use super::reference::{Written, written};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose image is not a valid reference: empty, with characters that a name cannot
    /// have, with a scheme, or a template that was not filled in. An image that is absent is not a finding:
    /// kustomize, OpenShift image triggers and others add it later. In steps of workflows a template is
    /// normal, for it is filled in when the step runs.
    ///
    /// ## Why it matters
    /// No node can pull it, so the pod does not start, and nobody can say which program was reviewed or
    /// scanned. Mostly a rendering step failed without notice, which may have spoilt other fields too:
    /// medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: https://example.com/Web:1.4
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    /// ```
    ///
    /// ## How to fix
    /// Write `registry/repository:tag@digest`, repository in lower case and without a scheme. For a
    /// template, scan what the tool renders instead of its source.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-names>
    /// - <https://pkg.go.dev/github.com/distribution/reference>
    pub static INVALID_IMAGE_REFERENCE = {
        id: "IM004",
        name: "invalid-image-reference",
        title: "An image is not a valid reference",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let label = container.label();
    let message = match written(container) {
        Written::Reference(_) => return,
        Written::Absent => return judge.unknown(format!("{label} has no image")),
        Written::Mistyped => return judge.error(format!("the image of {label} is not a string")),
        Written::Placeholder(_) if container.pod.is_partial() => {
            return judge.unknown(format!("the image of {label} is filled in when it runs"));
        }
        Written::Placeholder(text) => {
            format!("the image {text:?} of {label} looks like a template that was not filled in")
        }
        Written::Invalid(_, ImageRefError::Empty) => format!("the image of {label} is empty"),
        Written::Invalid(text, error) => {
            format!("the image {text:?} of {label} is not a valid reference: {error}")
        }
    };
    judge
        .fail(container.field(&["image"]), message)
        .with_fix(Fix::manual("Write the image as registry/repository:tag@digest"));
}
