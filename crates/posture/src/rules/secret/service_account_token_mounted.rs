//! SC004

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Value};
use ironhull_world::rbac::SubjectKind;
use ironhull_world::{Pod, World, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods into which the token of their service account is mounted: `automountServiceAccountToken`
    /// of the pod decides, else that of the service account, else it is mounted. A pod whose own service
    /// account is bound to a role, in its namespace or in the whole cluster, is taken to use the API and is
    /// fine; one that runs as `default` is not. Without the service account in the input nothing is known
    /// of a pod that is silent, unless it runs as `default`.
    ///
    /// ## Why it matters
    /// The token speaks for the pod to the API server. Whoever gets into the container takes it along, and
    /// with it whatever is ever bound to the account. Low: without a role it may do hardly anything.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers: [{name: web, image: "example.com/web:1"}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers: [{name: web, image: "example.com/web:1"}]
    /// ```
    ///
    /// ## How to fix
    /// Set `automountServiceAccountToken: false` in the pod or, for all its pods, in the service account. A
    /// pod that needs a token for something else projects one for that audience.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting>
    /// - <https://kubernetes.io/docs/concepts/security/service-accounts/>
    pub static SERVICE_ACCOUNT_TOKEN_MOUNTED = {
        id: "SC004",
        name: "service-account-token-mounted",
        title: "A pod has a service account token that it may not need",
        severity: Low,
        controls: [Cis "5.1.6", Nsa "service-account-tokens", Attack "T1528"],
        aliases: [
            Trivy "KSV-0036",
            Kubescape "C-0034",
            Kubescape "C-0190",
            Checkov "CKV_K8S_38",
            Polaris "automountServiceAccountToken",
            Kubeaudit "asat",
        ],
        since: "0.1.0",
        needs: [kinds::SERVICE_ACCOUNT, kinds::ROLE_BINDING, kinds::CLUSTER_ROLE_BINDING],
        check: Check::Pod(check),
    };
}

const FIELD: &str = "automountServiceAccountToken";

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    let own = pod.spec.get(FIELD).and_then(Value::as_bool);
    let (name, _) = pod.service_account();
    if own == Some(false) || uses_api(judge.world, pod, name) {
        return;
    }
    let path = pod.field(&[FIELD]);
    let account = judge.world.get(kinds::SERVICE_ACCOUNT, pod.object.namespace(), name);
    let fix = Fix::set(path.clone(), false, Safety::Unsafe);
    let message = format!("the token of service account {name:?} is mounted into the pod");
    match (own, account) {
        (Some(_), _) => {
            judge.fail(path, message).with_fix(fix);
        }
        (None, Some(account)) => {
            if account.value.get(FIELD).and_then(Value::as_bool) != Some(false) {
                let field = Path::root().child(FIELD);
                judge.fail(path, message).with_fix(fix).also(account, field, "the service account");
            }
        }
        // Every namespace has this one, and the API server makes it without the field.
        (None, None) if name == "default" => {
            judge.fail(path, message).with_fix(fix);
        }
        (None, None) => judge.unknown(format!("service account {name:?} is not in the input")),
    }
}

/// Somebody gave a role to this very account. A RoleBinding of another namespace may do so as well, but
/// says little about this pod.
fn uses_api(world: &World, pod: &Pod<'_>, account: &str) -> bool {
    let namespace = pod.object.namespace();
    account != "default"
        && world
            .subjects()
            .bindings(SubjectKind::ServiceAccount, namespace, account)
            .any(|binding| binding.key.is(kinds::CLUSTER_ROLE_BINDING) || binding.namespace() == namespace)
}
