//! IM001

use ironhull_finding::Fix;
use ironhull_world::Container;

use super::reference::{is_mutable, reference};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose image has the tag `latest`, or neither tag nor digest, which means the same.
    /// With a digest the tag does not matter. References are read by their grammar, so that the port of a
    /// registry is not taken for a tag.
    ///
    /// ## Why it matters
    /// What runs changes whenever somebody pushes, without a review and without a trace in the manifest,
    /// and two replicas may run different programs. Whoever can push to the repository is in the cluster
    /// at the next restart. That needs the registry first: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com:5000/web
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com:5000/web:1.4.2
    /// ```
    ///
    /// ## How to fix
    /// Name the version, better still the digest.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-names>
    pub static MUTABLE_IMAGE_TAG = {
        id: "IM001",
        name: "mutable-image-tag",
        title: "An image has the tag latest or none",
        severity: Medium,
        controls: [Attack "T1525"],
        aliases: [
            Trivy "KSV-0013",
            Checkov "CKV_K8S_14",
            KubeLinter "latest-tag",
            Polaris "tagNotSpecified",
            KubeScore "container-image-tag",
            Kubeaudit "image",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let Some(image) = reference(container, judge) else { return };
    if !is_mutable(&image) {
        return;
    }
    let name = container.image();
    let message = match image.tag {
        None => format!("{} uses the image {name:?} without a tag, which means latest", container.label()),
        Some(_) => format!("{} uses the image {name:?}, which changes with every push", container.label()),
    };
    judge
        .fail(container.field(&["image"]), message)
        .with_fix(Fix::manual("Name a version or a digest of the image"));
}
