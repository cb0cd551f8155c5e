//! What several rules of this area ask.

use ironhull_value::CompactString;
use ironhull_world::{Catalog, GroupKind, Object};

/// Groups whose documents look like objects and are read from files by a tool: configurations, test suites.
const TOOL_GROUPS: &[&str] = &[
    "abac.authorization.kubernetes.io",
    "apiserver.k8s.io",
    "audit.k8s.io",
    "builtin",
    "cli.kyverno.io",
    "client.authentication.k8s.io",
    "config.kubernetes.io",
    "ctlptl.dev",
    "eksctl.io",
    "fn.kpt.dev",
    "install.istio.io",
    "ironhull.dev",
    "k3d.io",
    "kapp.k14s.io",
    "kbld.k14s.io",
    "kind.x-k8s.io",
    "kpt.dev",
    "kubeadm.k8s.io",
    "kuttl.dev",
    "minikube.sigs.k8s.io",
    "skaffold",
    "test.gatekeeper.sh",
];

/// Marks objects that kustomize and kpt keep from the cluster.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

/// Whether a document is read by a tool on the user's machine or a node and never by a cluster: a
/// kustomization, a kubeconfig, a component's configuration.
pub(super) fn is_tool_file(object: &Object) -> bool {
    let GroupKind { group, kind } = object.key.group_kind();
    // `apiVersion: builtin` of kustomize has no slash and is so read as a version.
    let group = if group.is_empty() && object.version == "builtin" { "builtin" } else { group };
    TOOL_GROUPS.contains(&group)
        || group.ends_with(".config.k8s.io")
        || group.is_empty() && kind == "Config"
        || object.annotation(LOCAL_CONFIG).is_some_and(|value| value != "false")
}

/// Whether this is a list that was not unfolded, because it has no items.
pub(super) fn is_empty_list(object: &Object) -> bool {
    object.key.kind.ends_with("List") && object.value.dig(&["metadata", "name"]).is_none()
}

/// The `apiVersion` under which Kubernetes serves a kind of this name today, in its own group if it can.
pub(super) fn current_api_version(catalog: &Catalog, kind: GroupKind<'_>) -> Option<CompactString> {
    const GROUPS: &[&str] = &[
        "",
        "apps",
        "batch",
        "networking.k8s.io",
        "rbac.authorization.k8s.io",
        "policy",
        "autoscaling",
        "storage.k8s.io",
        "scheduling.k8s.io",
        "apiextensions.k8s.io",
        "admissionregistration.k8s.io",
    ];
    std::iter::once(kind.group).chain(GROUPS.iter().copied()).find_map(|group| {
        let version = catalog.served_versions(GroupKind::new(group, kind.kind)).into_iter().next()?;
        Some(if group.is_empty() { version } else { format!("{group}/{version}").into() })
    })
}
