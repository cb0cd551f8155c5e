//! WL021

use ironhull_finding::{Fix, Safety};
use ironhull_value::Value;
use ironhull_world::Container;

use super::profiles::{NOT_MODELLED, is_inherited};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose effective `seLinuxOptions` have a `type` that is not one of the types for
    /// containers, or set `user` or `role`. The options of a container replace those of its pod as a whole;
    /// a `level` is always allowed.
    ///
    /// ## Why it matters
    /// Types such as `spc_t` are not confined, and a user or role of the host changes what the policy
    /// allows. Where SELinux is on, it is what stops a process that left its container; elsewhere the
    /// field does nothing. Medium.
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
    ///       seLinuxOptions: {type: spc_t}
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
    ///       seLinuxOptions: {level: "s0:c123,c456"}
    /// ```
    ///
    /// ## How to fix
    /// Remove `user`, `role` and `type`, or use one of the types `container_t`, `container_init_t`,
    /// `container_kvm_t` and `container_engine_t`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    pub static CUSTOM_SELINUX_OPTIONS = {
        id: "WL021",
        name: "custom-selinux-options",
        title: "A container has SELinux options that are not for containers",
        severity: Medium,
        controls: [
            Cis "5.7.3",
            Nsa "hardening-container-environments",
            PodSecurityBaseline "seLinuxOptions",
        ],
        aliases: [Trivy "KSV-0025"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

/// The types that Pod Security Admission allows since 1.31.
const TYPES: &[&str] = &["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) {
        return;
    }
    let options = container.selinux_options();
    let Some(value) = options.value else {
        if container.pod.is_partial() {
            judge.unknown(NOT_MODELLED);
        }
        return;
    };
    let inherited = is_inherited(container, &options.path);
    for field in ["type", "user", "role"] {
        // An empty text is the same as none.
        let Some(text) = value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            continue;
        };
        if field == "type" && TYPES.contains(&text) {
            continue;
        }
        let path = options.path.child(field);
        let fix = Fix::remove(path.clone(), Safety::Unsafe);
        let message = format!("{} runs with the SELinux {field} {text:?}", container.label());
        let finding = judge.fail(path, message).with_fix(fix);
        if inherited {
            finding.noted("inherited from the pod");
        }
    }
}
