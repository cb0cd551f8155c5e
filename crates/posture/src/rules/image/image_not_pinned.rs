//! IM002

use ironhull_finding::Fix;
use ironhull_world::Container;

use super::reference::{is_mutable, reference};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose image is named by a tag without a digest. Images with the tag `latest` or
    /// without any are IM001 and not reported here again.
    ///
    /// ## Why it matters
    /// A tag can be moved to another image. A digest is the hash of what was tested, scanned and signed,
    /// and nothing else can be pulled under it. Versions are seldom moved, and keeping digests up to date
    /// takes a tool: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4.2
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4.2@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    /// ```
    ///
    /// ## How to fix
    /// Add the digest behind the tag and let a tool that watches the registry update both.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-names>
    pub static IMAGE_NOT_PINNED = {
        id: "IM002",
        name: "image-not-pinned",
        title: "An image is not pinned by a digest",
        severity: Info,
        controls: [Attack "T1525"],
        aliases: [Checkov "CKV_K8S_43"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let Some(image) = reference(container, judge) else { return };
    if image.digest.is_some() || is_mutable(&image) {
        return;
    }
    let message = format!("{} uses the image {:?} without a digest", container.label(), container.image());
    judge
        .fail(container.field(&["image"]), message)
        .with_fix(Fix::manual("Add the digest of the image behind its tag"));
}
