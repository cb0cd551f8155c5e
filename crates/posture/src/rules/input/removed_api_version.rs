//! CL005

use std::sync::Arc;

use ironhull_finding::{Fix, Safety};
use ironhull_value::Path;
use ironhull_world::{GroupKind, Object, VersionState};

use super::shared::current_api_version;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds objects with an `apiVersion` that Kubernetes no longer serves, and says since which release
    /// and what to write instead.
    ///
    /// ## Why it matters
    /// A cluster of that release or a later one refuses the object. When an upgrade brings that to light,
    /// policies and workloads are missing until somebody has rewritten the file. Medium, so that it is
    /// found before the upgrade.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: policy/v1beta1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: shop}
    /// spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: shop}
    /// spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
    /// ```
    ///
    /// ## How to fix
    /// Write the version that the message names, and look in the migration guide for fields that changed
    /// with it. `kubectl convert` does both for most kinds.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>
    pub static REMOVED_API_VERSION = {
        id: "CL005",
        name: "removed-api-version",
        title: "Kubernetes no longer serves the apiVersion",
        severity: Medium,
        controls: [],
        aliases: [
            Trivy "KSV-0107",
            KubeLinter "no-extensions-v1beta",
            KubeScore "stable-version",
            Kubeaudit "deprecatedapis",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::AnyObject(check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    let kind = object.key.group_kind();
    let catalog = judge.world.catalog();
    let Some(VersionState::Removed(minor)) = catalog.version(kind, &object.version) else { return };
    let written = object.value.dig_str(&["apiVersion"]).unwrap_or_default();
    let now = current_api_version(catalog, kind);
    let advice = match &now {
        Some(now) => format!("write {now}"),
        None => "nothing took its place".to_owned(),
    };
    let message = format!("{written} {} is not served since Kubernetes 1.{minor}; {advice}", kind.kind);
    let path = Path::root().child("apiVersion");
    let fix = match now {
        Some(now) if keeps_its_form(object, kind) => Fix::set(path.clone(), now.as_str(), Safety::Unsafe),
        Some(now) => Fix::manual(format!("Rewrite the object for {now}, in which fields have changed")),
        None => Fix::manual("Delete the object and use what came after it"),
    };
    judge.fail(path, message).with_fix(fix);
}

/// Whether an object is valid in the new version as it is. Of the kinds not named here all fields went on
/// to be what they were.
fn keeps_its_form(object: &Object, kind: GroupKind<'_>) -> bool {
    match kind.kind {
        // `spec.selector` is not defaulted any more.
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" => {
            object.value.dig(&["spec", "selector"]).is_some()
        }
        "Ingress"
        | "CustomResourceDefinition"
        | "MutatingWebhookConfiguration"
        | "ValidatingWebhookConfiguration"
        | "CertificateSigningRequest"
        | "EndpointSlice"
        | "Event" => false,
        "HorizontalPodAutoscaler" => object.version == "v2beta2",
        _ => true,
    }
}
