//! Names of kinds.

/// A kind within its API group, without version: two versions of a kind are one object to the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKind<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The kind as in `kind:`.
    pub kind: &'a str,
}

impl<'a> GroupKind<'a> {
    /// A kind of a group.
    pub const fn new(group: &'a str, kind: &'a str) -> Self {
        Self { group, kind }
    }
}

/// The kinds that Ironhull's own code asks for by name.
pub mod kinds {
    use super::GroupKind;

    macro_rules! kinds {
        ($($name:ident = $group:literal / $kind:literal;)*) => {
            $(#[doc = concat!("`", $kind, "` of the group `", $group, "`.")]
            pub const $name: GroupKind<'static> = GroupKind::new($group, $kind);)*
        };
    }

    kinds! {
        POD = "" / "Pod";
        SERVICE = "" / "Service";
        SERVICE_ACCOUNT = "" / "ServiceAccount";
        SECRET = "" / "Secret";
        CONFIG_MAP = "" / "ConfigMap";
        NAMESPACE = "" / "Namespace";
        NODE = "" / "Node";
        LIMIT_RANGE = "" / "LimitRange";
        RESOURCE_QUOTA = "" / "ResourceQuota";
        REPLICATION_CONTROLLER = "" / "ReplicationController";
        DEPLOYMENT = "apps" / "Deployment";
        REPLICA_SET = "apps" / "ReplicaSet";
        STATEFUL_SET = "apps" / "StatefulSet";
        DAEMON_SET = "apps" / "DaemonSet";
        JOB = "batch" / "Job";
        CRON_JOB = "batch" / "CronJob";
        NETWORK_POLICY = "networking.k8s.io" / "NetworkPolicy";
        INGRESS = "networking.k8s.io" / "Ingress";
        ROLE = "rbac.authorization.k8s.io" / "Role";
        CLUSTER_ROLE = "rbac.authorization.k8s.io" / "ClusterRole";
        ROLE_BINDING = "rbac.authorization.k8s.io" / "RoleBinding";
        CLUSTER_ROLE_BINDING = "rbac.authorization.k8s.io" / "ClusterRoleBinding";
        CUSTOM_RESOURCE_DEFINITION = "apiextensions.k8s.io" / "CustomResourceDefinition";
    }
}
