//! RB014

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of ClusterRoles that may `create` PersistentVolumes. A Role cannot grant it: they
    /// belong to no namespace.
    ///
    /// ## Why it matters
    /// A PersistentVolume of the type `hostPath` is a piece of a node's file system, and Pod Security does
    /// not see it behind a claim. Who makes it and claims it reads and writes the node. Medium: storage
    /// drivers need the right, and using it takes the right to start pods as well.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [persistentvolumes]
    ///   verbs: [get, create]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [persistentvolumeclaims]
    ///   verbs: [get, create]
    /// ```
    ///
    /// ## How to fix
    /// Let users make claims, and a storage driver the volumes.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#persistent-volume-creation>
    pub static PERSISTENT_VOLUME_CREATION_ALLOWED = {
        id: "RB014",
        name: "persistent-volume-creation-allowed",
        title: "A role may create PersistentVolumes",
        severity: Medium,
        controls: [Cis "5.1.9", Nsa "role-based-access-control", Attack "T1611"],
        aliases: [Kubescape "C-0278"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

const RIGHTS: &[Right] =
    &[Right { group: "", resources: &["persistentvolumes"], verbs: &["create"], cluster_scoped: true }];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Remove the verb create; claims are enough");
}
