//! Namespaces that belong to the platform and not to its users.

/// Whether a namespace is one that Kubernetes or a distribution makes for itself. Its findings are shown
/// apart: most people can do nothing about them.
pub fn is_platform_namespace(namespace: &str) -> bool {
    const NAMES: &[&str] = &[
        "kube-system",
        "kube-public",
        "kube-node-lease",
        "gatekeeper-system",
        "gmp-system",
        "gmp-public",
        "gke-managed-system",
        "gke-managed-cim",
        "aks-command",
        "calico-system",
        "calico-apiserver",
        "tigera-operator",
        "cattle-system",
        "local-path-storage",
        "openshift",
    ];
    NAMES.contains(&namespace)
        || ["openshift-", "gke-", "cattle-fleet-"].iter().any(|prefix| namespace.starts_with(prefix))
}
