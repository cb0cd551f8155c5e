//! WL007

use ironhull_finding::Fix;
use ironhull_world::Container;

use super::shared::skip_user_namespace;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers that have neither an effective `runAsNonRoot: true` nor an effective `runAsUser`
    /// other than 0, of their own or of the pod: there the image decides. User 0 itself is the finding of
    /// WL006. Pods of Windows, and pods with a user namespace of their own (`hostUsers: false`), are
    /// skipped.
    ///
    /// A container with `runAsNonRoot: false` and `runAsUser: 1000` runs as user 1000 and passes. The
    /// restricted Pod Security Standard asks about the field and refuses it.
    ///
    /// ## Why it matters
    /// Most images run as root unless somebody says otherwise, and the next build of one that does not may.
    /// Root in the container is root of the node when something lets it out. That takes a second weakness,
    /// so it is medium.
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
    ///   securityContext: {runAsNonRoot: true}
    ///   containers:
    ///   - {name: web, image: "example.com/web:1"}
    /// ```
    ///
    /// ## How to fix
    /// Give the image a numeric user other than 0 and set `runAsNonRoot: true` at the pod. With a name
    /// instead of a number, or without a user in the image, the kubelet refuses to start the container
    /// unless `runAsUser` is set as well.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static NON_ROOT_NOT_ENFORCED = {
        id: "WL007",
        name: "non-root-not-enforced",
        title: "Nothing keeps a container from running as root",
        severity: Medium,
        controls: [
            Cis "5.2.7",
            Nsa "non-root-containers",
            Attack "T1611",
            PodSecurityRestricted "runAsNonRoot",
        ],
        aliases: [
            Trivy "KSV-0012",
            Kubescape "C-0013",
            Kubescape "C-0198",
            Checkov "CKV_K8S_23",
            KubeLinter "run-as-non-root",
            Polaris "runAsRootAllowed",
            Kubeaudit "nonroot",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) || skip_user_namespace(container.pod, judge) {
        return;
    }
    let non_root = container.run_as_non_root();
    // User 0 is the finding of WL006.
    if non_root.value == Some(true) || container.run_as_user().value.is_some() {
        return;
    }
    // Also with `runAsNonRoot: false` here: the pod may name a user.
    if container.pod.is_partial() {
        return judge.unknown("the user may be set for the whole pod in a way that is not modelled");
    }
    let label = container.label();
    let message = if non_root.value == Some(false) {
        format!("{label} may run as root: runAsNonRoot is false and no user is named")
    } else {
        format!("nothing keeps {label} from running as root")
    };
    let fix = "Set runAsNonRoot to true once the image has a numeric user other than 0";
    let inherited = non_root.written && container.own("runAsNonRoot").is_none();
    let finding = judge.fail(non_root.path, message).with_fix(Fix::manual(fix));
    if inherited {
        finding.noted("inherited from the pod");
    }
}
