//! What several rules of this area ask.

use ironhull_value::Value;
use ironhull_world::Pod;

use crate::Judge;

/// Skips pods that have a user namespace of their own, and answers whether it did. In it root is an
/// unprivileged user of the node, so Pod Security Admission stops asking about the user and the masks of
/// /proc (kubernetes/pod-security-admission `policy/check_runAsUser.go` and its neighbours, from 1.35).
pub(super) fn skip_user_namespace(pod: &Pod<'_>, judge: &mut Judge<'_>) -> bool {
    let isolated = pod.spec.get("hostUsers").and_then(Value::as_bool) == Some(false);
    if isolated {
        judge.skip("the pod has a user namespace of its own (hostUsers: false)");
    }
    isolated
}
