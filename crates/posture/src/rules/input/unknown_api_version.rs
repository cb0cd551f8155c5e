//! CL006

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::{Catalog, Object, Origin, VersionState, kinds};

use super::shared::{current_api_version, is_empty_list, is_tool_file};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds objects of a kind that Kubernetes knows with a version that it never had, objects of a kind
    /// that does not exist in a group of Kubernetes, and objects of a version that the
    /// CustomResourceDefinition in the input does not serve. Without the CustomResourceDefinition the
    /// answer is "unknown". Files of tools (kustomizations, kubeconfigs, test suites) are left out, and so
    /// is what came from a cluster, which knows its kinds better.
    ///
    /// ## Why it matters
    /// The cluster refuses the object, and rules that look for its kind do not see it: a policy that is
    /// written this way protects nothing. Medium, so that a gate trips by default.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {podSelector: {}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {podSelector: {}}
    /// ```
    ///
    /// ## How to fix
    /// Write the `apiVersion` that `kubectl api-resources` shows for the kind.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/using-api/>
    /// - <https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/>
    pub static UNKNOWN_API_VERSION = {
        id: "CL006",
        name: "unknown-api-version",
        title: "There is no such apiVersion and kind",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [kinds::CUSTOM_RESOURCE_DEFINITION],
        check: Check::AnyObject(check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if matches!(object.origin, Origin::Cluster { .. } | Origin::Request) {
        return judge.skip("an API server had the object, so that it knows the kind");
    }
    if is_tool_file(object) || is_empty_list(object) {
        return judge.skip("this is for a tool and no object of a cluster");
    }
    let kind = object.key.group_kind();
    let catalog = judge.world.catalog();
    let written = object.value.dig_str(&["apiVersion"]).unwrap_or_default();
    let (message, fix) = match catalog.version(kind, &object.version) {
        Some(VersionState::Served | VersionState::Removed(_)) => return,
        Some(VersionState::Unknown) => {
            let message = format!("{} has no version {:?}", kind.kind, object.version);
            match catalog.served_versions(kind).as_slice() {
                [] if Catalog::is_built_in_group(kind.group) => (
                    format!("{message}, and Kubernetes no longer has the kind"),
                    "Delete the object, or replace it by what took its place".to_owned(),
                ),
                [] => (message, "Write a version that the API server serves".to_owned()),
                served => {
                    let served = served.join(", ");
                    (
                        format!("{message}; there is {served}"),
                        format!("Write one of these versions: {served}"),
                    )
                }
            }
        }
        None if Catalog::is_built_in_group(kind.group) => {
            let message = format!("{written} has no kind {:?}", kind.kind);
            match current_api_version(catalog, kind) {
                Some(now) => (format!("{message}; {now} has"), format!("Write apiVersion {now}")),
                None => (message, "Write the kind as the API reference does".to_owned()),
            }
        }
        None => return judge.unknown("the CustomResourceDefinition of the kind is not in the input"),
    };
    judge.fail(Path::root().child("apiVersion"), message).with_fix(Fix::manual(fix));
}
