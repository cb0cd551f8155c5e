//! WL020

use ironhull_world::Container;

use super::profiles::report_unconfined;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose effective AppArmor profile is `Unconfined`, or one that Kubernetes does not
    /// know. The field of the container counts first, then the annotation
    /// `container.apparmor.security.beta.kubernetes.io/<container>` of the pod, then the field of the pod.
    /// A profile that is not set is fine: nodes with AppArmor then use the container runtime's. Privileged
    /// containers are WL001, for no profile holds them.
    ///
    /// ## Why it matters
    /// The container runtime's profile forbids mounts and writes to the sensitive parts of `/proc` and
    /// `/sys`, also to root in the container. Somebody switched that off. It takes more than that to get
    /// out, so this is medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     securityContext:
    ///       appArmorProfile: {type: Unconfined}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     securityContext:
    ///       appArmorProfile: {type: RuntimeDefault}
    /// ```
    ///
    /// ## How to fix
    /// Use `RuntimeDefault`, or load a profile on the nodes that allows what the program needs and name it
    /// with `Localhost`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tutorials/security/apparmor/>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static APP_ARMOR_UNCONFINED = {
        id: "WL020",
        name: "app-armor-unconfined",
        title: "A container runs without AppArmor confinement",
        severity: Medium,
        controls: [
            Cis "5.7.3",
            Nsa "hardening-container-environments",
            PodSecurityBaseline "appArmorProfile",
        ],
        aliases: [Trivy "KSV-0002", Kubeaudit "apparmor"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) {
        return;
    }
    report_unconfined("AppArmor", container.app_armor(), container, judge);
}
