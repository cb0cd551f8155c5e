//! RB007

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of Roles and ClusterRoles that may create pods, or may create, update or patch what
    /// makes pods: Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers, Jobs and
    /// CronJobs.
    ///
    /// ## Why it matters
    /// Who starts a pod chooses its service account, the Secrets it mounts and, where Pod Security allows
    /// it, its hold on the node. The right is as good as every service account of the namespace. Medium,
    /// because deployers cannot do without it.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: app, namespace: shop}
    /// rules:
    /// - apiGroups: [apps]
    ///   resources: [deployments]
    ///   verbs: [get, create]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: app, namespace: shop}
    /// rules:
    /// - apiGroups: [apps]
    ///   resources: [deployments]
    ///   verbs: [get]
    /// ```
    ///
    /// ## How to fix
    /// Leave the right to the deployer, in its own namespaces, and enforce a Pod Security level there. To
    /// change the number of replicas `deployments/scale` is enough.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation>
    pub static POD_CREATION_ALLOWED = {
        id: "RB007",
        name: "pod-creation-allowed",
        title: "A role may start pods",
        severity: Medium,
        controls: [Cis "5.1.4", Nsa "role-based-access-control", Attack "T1610"],
        aliases: [Trivy "KSV-0048", Kubescape "C-0188", KubeLinter "access-to-create-pods"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

/// An update of a controller changes its template, and so starts other pods. Of a pod only the image can
/// be changed, which is not a new pod.
const RIGHTS: &[Right] = &[
    Right { group: "", resources: &["pods"], verbs: &["create"], cluster_scoped: false },
    Right {
        group: "",
        resources: &["replicationcontrollers"],
        verbs: &["create", "update", "patch"],
        cluster_scoped: false,
    },
    Right {
        group: "apps",
        resources: &["deployments", "statefulsets", "daemonsets", "replicasets"],
        verbs: &["create", "update", "patch"],
        cluster_scoped: false,
    },
    Right {
        group: "batch",
        resources: &["jobs", "cronjobs"],
        verbs: &["create", "update", "patch"],
        cluster_scoped: false,
    },
];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Remove the verbs that change workloads");
}
