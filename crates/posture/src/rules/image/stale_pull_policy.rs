//! IM003

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use super::reference::{is_mutable, reference};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers with `imagePullPolicy: IfNotPresent` or `Never` whose image has the tag `latest` or
    /// none. Without the field the API server sets `Always` for such images.
    ///
    /// Other tools want `Always` for every image (`CKV_K8S_15`, `pullPolicyNotAlways`,
    /// `container-image-pull-policy`). This rule does not: an image with a version or a digest is the same
    /// in the node's cache and in the registry. Where tenants share nodes and images are private, the
    /// admission plugin `AlwaysPullImages` is the means.
    ///
    /// ## Why it matters
    /// Each node keeps the image that was `latest` when it first pulled it. Fixes of the image do not
    /// arrive, and what runs differs from node to node. It is old code and no open door: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:latest
    ///     imagePullPolicy: IfNotPresent
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4.2
    ///     imagePullPolicy: IfNotPresent
    /// ```
    ///
    /// ## How to fix
    /// Name a version or a digest of the image; else remove the field.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages>
    pub static STALE_PULL_POLICY = {
        id: "IM003",
        name: "stale-pull-policy",
        title: "An image that changes is not pulled again",
        severity: Info,
        controls: [],
        aliases: [
            Kubescape "C-0075",
            Checkov "CKV_K8S_15",
            Polaris "pullPolicyNotAlways",
            KubeScore "container-image-pull-policy",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let Some(policy @ ("IfNotPresent" | "Never")) = container.value.dig_str(&["imagePullPolicy"]) else {
        return;
    };
    let Some(image) = reference(container, judge) else { return };
    if is_mutable(&image) {
        let path = container.field(&["imagePullPolicy"]);
        let fix = Fix::remove(path.clone(), Safety::Unsafe);
        let message =
            format!("{} keeps an old {:?} by the pull policy {policy}", container.label(), container.image());
        judge.fail(path, message).with_fix(fix);
    }
}
