//! WL005

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers that do not set `securityContext.allowPrivilegeEscalation: false`. Absent means
    /// allowed. Pods of Windows have no such field and are skipped.
    ///
    /// ## Why it matters
    /// Without it the kernel's `no_new_privs` is off: a process that runs as an ordinary user becomes root
    /// of its container by any set-user-ID program of the image that has a flaw, or by file capabilities.
    /// That undoes the work of a non-root user, but stays in the container: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - {name: web, image: "example.com/web:1"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1
    ///     securityContext:
    ///       allowPrivilegeEscalation: false
    /// ```
    ///
    /// ## How to fix
    /// Set the field to false in every container. Programs like `sudo` and `ping` of old images stop to
    /// work then. A container that is privileged or adds `CAP_SYS_ADMIN` cannot have it: the API server
    /// refuses both together, so take those away first.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://docs.kernel.org/userspace-api/no_new_privs.html>
    pub static PRIVILEGE_ESCALATION_ALLOWED = {
        id: "WL005",
        name: "privilege-escalation-allowed",
        title: "A container allows privilege escalation",
        severity: Medium,
        controls: [
            Cis "5.2.6",
            Nsa "pod-security-enforcement",
            Attack "T1548",
            PodSecurityRestricted "allowPrivilegeEscalation",
        ],
        aliases: [
            Trivy "KSV-0001",
            Kubescape "C-0016",
            Kubescape "C-0197",
            Checkov "CKV_K8S_20",
            KubeLinter "privilege-escalation-container",
            Polaris "privilegeEscalationAllowed",
            Kubeaudit "privesc",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) {
        return;
    }
    let allowed = container.allow_privilege_escalation();
    if !allowed.value {
        return;
    }
    let message = if allowed.written {
        format!("{} allows privilege escalation", container.label())
    } else {
        format!("{} does not forbid privilege escalation", container.label())
    };
    // kubernetes/kubernetes pkg/apis/core/validation refuses false beside either of these.
    let excluded = container.privileged().value
        || container.added_capabilities().iter().any(|capability| capability.name == "SYS_ADMIN");
    let fix = if excluded {
        Fix::manual("Remove privileged and SYS_ADMIN, then set allowPrivilegeEscalation to false")
    } else {
        Fix::set(allowed.path.clone(), false, Safety::Unsafe)
    };
    judge.fail(allowed.path, message).with_fix(fix);
}

#[cfg(test)]
mod tests {
    use ironhull_finding::Safety;
    use ironhull_testkit::world_of;

    #[test]
    fn no_fix_is_proposed_that_the_api_server_refuses() {
        let context = |text: &str| {
            let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n";
            let world = world_of("a", &format!("{pod}  - {{name: a, securityContext: {{{text}}}}}\n"));
            let evaluation = crate::evaluate(&world, &[&super::PRIVILEGE_ESCALATION_ALLOWED]);
            let fixes: Vec<_> = evaluation.findings().filter_map(|finding| finding.fix.clone()).collect();
            assert_eq!(fixes.len(), 1);
            (fixes[0].safety, fixes[0].edits.len())
        };
        assert_eq!(context("privileged: true"), (Safety::Manual, 0));
        assert_eq!(context("capabilities: {add: [cap_sys_admin]}"), (Safety::Manual, 0));
        assert_eq!(context("privileged: false, capabilities: {add: [CHOWN]}"), (Safety::Unsafe, 1));
    }
}
