//! The kinds of Kubernetes that policies are exported for.
//!
//! Each is served in one version only, so that a policy that names no version is about what it says.

use crate::kyverno::matching::KindSelector;

/// A kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Served {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) is_namespaced: bool,
}

const fn namespaced(group: &'static str, kind: &'static str, plural: &'static str) -> Served {
    Served { group, kind, plural, is_namespaced: true }
}

const fn clustered(group: &'static str, kind: &'static str, plural: &'static str) -> Served {
    Served { group, kind, plural, is_namespaced: false }
}

/// All of the version `v1`.
pub(super) const SERVED: [Served; 29] = [
    namespaced("", "ConfigMap", "configmaps"),
    namespaced("", "Endpoints", "endpoints"),
    namespaced("", "LimitRange", "limitranges"),
    clustered("", "Namespace", "namespaces"),
    clustered("", "Node", "nodes"),
    clustered("", "PersistentVolume", "persistentvolumes"),
    namespaced("", "PersistentVolumeClaim", "persistentvolumeclaims"),
    namespaced("", "Pod", "pods"),
    namespaced("", "PodTemplate", "podtemplates"),
    namespaced("", "ReplicationController", "replicationcontrollers"),
    namespaced("", "ResourceQuota", "resourcequotas"),
    namespaced("", "Secret", "secrets"),
    namespaced("", "Service", "services"),
    namespaced("", "ServiceAccount", "serviceaccounts"),
    namespaced("apps", "DaemonSet", "daemonsets"),
    namespaced("apps", "Deployment", "deployments"),
    namespaced("apps", "ReplicaSet", "replicasets"),
    namespaced("apps", "StatefulSet", "statefulsets"),
    namespaced("batch", "CronJob", "cronjobs"),
    namespaced("batch", "Job", "jobs"),
    namespaced("networking.k8s.io", "Ingress", "ingresses"),
    clustered("networking.k8s.io", "IngressClass", "ingressclasses"),
    namespaced("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
    namespaced("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
    clustered("rbac.authorization.k8s.io", "ClusterRole", "clusterroles"),
    clustered("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings"),
    namespaced("rbac.authorization.k8s.io", "Role", "roles"),
    namespaced("rbac.authorization.k8s.io", "RoleBinding", "rolebindings"),
    clustered("storage.k8s.io", "StorageClass", "storageclasses"),
];

impl Served {
    /// Whether a policy means it by this.
    pub(super) fn is(&self, selector: &KindSelector) -> bool {
        selector.matches(self.group, "v1", self.kind, "")
    }
}
