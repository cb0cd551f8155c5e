//! RB012

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of ClusterRoles that may create, update, patch or delete
    /// MutatingWebhookConfigurations, ValidatingWebhookConfigurations, or the admission policies and their
    /// bindings. A Role cannot grant it.
    ///
    /// ## Why it matters
    /// A webhook sees every object of the kinds it asks for, Secrets among them, and a mutating one
    /// rewrites them. Who may change the configurations can also switch every policy of the cluster off.
    /// High: both reach everything.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [admissionregistration.k8s.io]
    ///   resources: [validatingwebhookconfigurations]
    ///   verbs: [get, patch]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [admissionregistration.k8s.io]
    ///   resources: [validatingwebhookconfigurations]
    ///   verbs: [get, list, watch]
    /// ```
    ///
    /// ## How to fix
    /// Let the installer make the configuration. A controller that must put its own certificate into it
    /// gets `update` with `resourceNames`, and the finding is accepted with a reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#control-admission-webhooks>
    /// - <https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/>
    pub static WEBHOOK_CONFIGURATION_WRITABLE = {
        id: "RB012",
        name: "webhook-configuration-writable",
        title: "A role may change admission control",
        severity: High,
        controls: [Cis "5.1.12", Nsa "role-based-access-control", Attack "T1546", Attack "T1562"],
        aliases: [Trivy "KSV-0114", Kubescape "C-0281", Checkov "CKV_K8S_155"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

const RIGHTS: &[Right] = &[Right {
    group: "admissionregistration.k8s.io",
    resources: &[
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
    ],
    verbs: &["create", "update", "patch", "delete", "deletecollection"],
    cluster_scoped: true,
}];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(
        role,
        judge,
        RIGHTS,
        "Remove the verbs that change it, or limit the entry by resourceNames",
    );
}
