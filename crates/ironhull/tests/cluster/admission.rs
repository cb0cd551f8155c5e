//! Denying, warning, changing.

use std::time::Duration;

use crate::served::{Served, turn};
use crate::world::{namespace, plane, said, wait_for};

/// A ClusterPolicy of one rule. `spec` is what the specification has beside it.
pub(crate) fn policy(name: &str, spec: &str, rule: &str) -> String {
    let spec = spec.trim_matches(['{', '}']);
    let rest = if spec.is_empty() { String::new() } else { format!(", {spec}") };
    format!(
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{name: {name}}}\nspec: {{rules: [{rule}]{rest}}}\n"
    )
}

fn pod(name: &str, namespace: &str, extra: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {namespace}{extra}}}, spec: {{containers: [{{name: a, image: a}}]}}}}"
    )
}

#[test]
fn a_policy_denies_warns_and_changes() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "first", "{}");
    let about = "match: {any: [{resources: {kinds: [Pod], namespaces: [first]}}]}";
    plane.apply(&policy("first-team", "{}", &format!("{{name: has-team, {about}, validate: {{failureAction: Enforce, message: 'who owns it?', pattern: {{metadata: {{labels: {{team: '?*'}}}}}}}}}}"))).unwrap();
    plane.apply(&policy("first-label", "{}", &format!("{{name: adds, {about}, mutate: {{patchStrategicMerge: {{metadata: {{labels: {{+(added): '{{{{ request.userInfo.username }}}}'}}}}}}}}}}"))).unwrap();
    let _served = Served::start(plane, &[]);
    let refused = wait_for("the policy is enforced", Duration::from_secs(20), || {
        let output = plane.kubectl(&["create", "-f", "-"], Some(&pod("refused", "first", ""))).unwrap();
        if output.status.success() {
            plane.kubectl(&["delete", "pod", "refused", "-n", "first", "--now"], None).unwrap();
            return None;
        }
        Some(said(&output))
    });
    assert!(
        refused.contains(
            "admission webhook \"fail.validate.ironhull.dev\" denied the request: \n\nresource Pod/first/refused was blocked due to the following policies \n\nfirst-team:\n  has-team: 'validation error: who owns it?. rule has-team failed at path /metadata/labels/team/'\ndecision "
        ),
        "{refused}"
    );
    let output =
        plane.kubectl(&["create", "-f", "-"], Some(&pod("fine", "first", ", labels: {team: a}"))).unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = plane
        .kubectl(&["get", "pod", "fine", "-n", "first", "-o", "jsonpath={.metadata.labels.added}"], None)
        .unwrap();
    assert_eq!(said(&output), "kubernetes-admin");
}
