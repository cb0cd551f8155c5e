//! From a refusal to its reason, to the exception, and what other policies would have decided.

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use ironhull_testkit::control_plane::ControlPlane;

use crate::admission::policy;
use crate::served::{Served, turn};
use crate::world::{namespace, plane, said, wait_for};

const SOON: Duration = Duration::from_secs(20);

/// Accounts: one that may ask everything, one for decisions about a namespace, one without rights.
pub(crate) fn accounts(plane: &ControlPlane, own: &str) {
    plane
        .apply(&format!(
            "---\n{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: all, namespace: {own}}}}}\n\
             ---\n{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: some, namespace: {own}}}}}\n\
             ---\n{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: none, namespace: {own}}}}}\n\
             ---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: why-all}}, rules: [{{nonResourceURLs: ['/ironhull/api/v1/*'], verbs: [get]}}]}}\n\
             ---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {{name: why-{own}}}, roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: why-all}}, subjects: [{{kind: ServiceAccount, name: all, namespace: {own}}}]}}\n\
             ---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{name: decisions, namespace: {own}}}, rules: [{{apiGroups: [ironhull.dev], resources: [decisions], verbs: [get]}}]}}\n\
             ---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: decisions, namespace: {own}}}, roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: decisions}}, subjects: [{{kind: ServiceAccount, name: some, namespace: {own}}}]}}\n"
        ))
        .unwrap();
}

/// Runs `ironhull` against a server as an account.
fn ironhull(plane: &ControlPlane, served: &Served, account: (&str, &str), words: &[&str]) -> Output {
    served.ask(plane, account, words)
}

/// A policy that wants a team of pods in a namespace.
fn team(name: &str, own: &str, labels: &str) -> String {
    let rule = format!(
        "{{name: has-team, match: {{any: [{{resources: {{kinds: [Pod], namespaces: [{own}]}}}}]}}, validate: {{failureAction: Enforce, message: 'who owns it?', pattern: {{metadata: {{labels: {labels}}}}}}}}}"
    );
    policy(name, "{}", &rule)
}

fn pod(name: &str, own: &str, extra: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {own}{extra}}}, spec: {{containers: [{{name: a, image: a}}]}}}}"
    )
}

/// Creates until it is refused, and gives what was said.
fn refusal(plane: &ControlPlane, name: &str, own: &str) -> String {
    wait_for("the policy is enforced", SOON, || {
        let output = plane.kubectl(&["create", "-f", "-"], Some(&pod(name, own, ""))).unwrap();
        if output.status.success() {
            plane.kubectl(&["delete", "pod", name, "-n", own, "--now"], None).unwrap();
            return None;
        }
        Some(said(&output)).filter(|said| said.contains("ironhull why"))
    })
}

fn id(refusal: &str) -> String {
    refusal.trim().rsplit(' ').next().unwrap().to_owned()
}

/// Runs it until it ends with 0: a decision is recorded a moment after it was answered.
fn until(plane: &ControlPlane, served: &Served, account: (&str, &str), words: &[&str]) -> String {
    wait_for(&words.join(" "), SOON, || {
        let output = ironhull(plane, served, account, words);
        output.status.success().then(|| said(&output))
    })
}

#[test]
fn a_refused_pod_is_explained_to_whoever_may_see_it() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    for own in ["why-a", "why-other"] {
        namespace(plane, own, "{}");
    }
    accounts(plane, "why-a");
    plane.apply(&team("why-a-team", "why-a", "{team: '?*'}")).unwrap();
    let served = Served::start(plane, &[]);
    let id = id(&refusal(plane, "web", "why-a"));
    for account in ["all", "some"] {
        let told = until(plane, &served, ("why-a", account), &["why", &id]);
        assert!(told.contains("CREATE Pod why-a/web by kubernetes-admin"), "{told}");
        assert!(told.contains("why-a-team/has-team (revision "), "{told}");
        assert!(told.contains("set metadata.labels"), "{told}");
        assert!(told.contains("tried, and it passes"), "{told}");
    }
    let output = ironhull(plane, &served, ("why-a", "none"), &["why", &id]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("is not there, or you may not see it (403)"), "{}", said(&output));
    // Who may see one namespace sees no other, no list of all, and not how the server is doing.
    for words in [&["status"][..], &["status", "--shadow"]] {
        let output = ironhull(plane, &served, ("why-a", "some"), words);
        assert!(said(&output).contains("(403)"), "{}", said(&output));
    }
    // Every account may read the API server's own /api, and that opens nothing here.
    let output = ironhull(plane, &served, ("why-a", "none"), &["status"]);
    assert!(said(&output).contains("nonResourceURL /ironhull/api/v1/status"), "{}", said(&output));
    let output = Command::new(env!("CARGO_BIN_EXE_ironhull"))
        .args(["status", "--token", "nobodys", "--server", &format!("https://127.0.0.1:{}", served.port)])
        .env("KUBECONFIG", plane.kubeconfig_admin().unwrap())
        .output()
        .unwrap();
    assert!(said(&output).contains("the cluster does not know the token"), "{}", said(&output));
}

#[test]
fn a_stuck_deployment_leads_to_the_decision() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "why-b", "{}");
    accounts(plane, "why-b");
    // Only pods: the Deployment itself is let in.
    let only = team("why-b-team", "why-b", "{team: '?*'}").replace(
        "metadata: {name: why-b-team}",
        "metadata: {name: why-b-team, annotations: {pod-policies.kyverno.io/autogen-controllers: none}}",
    );
    plane.apply(&only).unwrap();
    let served = Served::start(plane, &[]);
    refusal(plane, "first", "why-b");
    plane.apply("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: why-b}, spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}}}").unwrap();
    let told = wait_for("the walk leads to the decision", SOON, || {
        let output = ironhull(plane, &served, ("why-b", "all"), &["why", "deploy/web", "-n", "why-b"]);
        (output.status.success() && said(&output).contains("names the decision")).then(|| said(&output))
    });
    for expected in [
        "Deployment why-b/web: 0 of 1 pods are there",
        "its newest ReplicaSet web-",
        "CREATE Pod why-b/web-",
        "replicaset-controller",
        "why-b-team/has-team",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    let output = ironhull(plane, &served, ("why-b", "all"), &["why", "deploy/nobody", "-n", "why-b"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("Deployment why-b/nobody is not there"), "{}", said(&output));
}

#[test]
fn an_exception_lets_it_through_until_it_ends() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "why-c", "{}");
    accounts(plane, "why-c");
    plane.apply(&team("why-c-team", "why-c", "{team: '?*'}")).unwrap();
    let served = Served::start(plane, &[]);
    let id = id(&refusal(plane, "web", "why-c"));
    until(plane, &served, ("why-c", "all"), &["why", &id]);
    let words = ["except", &id, "--for", "12s", "--reason", "agent", "--owner", "team-a", "--apply"];
    let output = ironhull(plane, &served, ("why-c", "all"), &words);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("proven: with it Pod why-c/web is let through"), "{}", said(&output));
    let is_in =
        || plane.kubectl(&["create", "-f", "-"], Some(&pod("web", "why-c", ""))).unwrap().status.success();
    wait_for("the exception counts", Duration::from_secs(10), || is_in().then_some(()));
    let output = plane.kubectl(&["create", "-f", "-"], Some(&pod("db", "why-c", ""))).unwrap();
    assert!(!output.status.success(), "only what it names");
    plane.kubectl(&["delete", "pod", "web", "-n", "why-c", "--now"], None).unwrap();
    wait_for("the exception ends", Duration::from_secs(30), || {
        if is_in() {
            plane.kubectl(&["delete", "pod", "web", "-n", "why-c", "--now"], None).unwrap();
            return None;
        }
        Some(())
    });
    let told = until(plane, &served, ("why-c", "all"), &["status", "-o", "json"]);
    assert!(told.contains("it ended at"), "{told}");
}

#[test]
fn a_stricter_policy_is_replayed() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "why-d", "{}");
    accounts(plane, "why-d");
    plane.apply(&team("why-d-team", "why-d", "{team: '?*'}")).unwrap();
    let served = Served::start(plane, &[]);
    refusal(plane, "web", "why-d");
    let output =
        plane.kubectl(&["create", "-f", "-"], Some(&pod("fine", "why-d", ", labels: {team: a}"))).unwrap();
    assert!(output.status.success(), "{}", said(&output));
    fs::write(
        served.dir.path().join("stricter.yaml"),
        team("why-d-team", "why-d", "{team: '?*', tier: '?*'}"),
    )
    .unwrap();
    let told = wait_for("the difference is told", SOON, || {
        let words = ["replay", "--policy", "stricter.yaml", "--since", "1h"];
        let output = ironhull(plane, &served, ("why-d", "all"), &words);
        let told = said(&output);
        (output.status.code() == Some(1) && told.contains("newly denied: CREATE Pod why-d/fine"))
            .then_some(told)
    });
    assert!(told.contains("why-d-team/has-team"), "{told}");
}

#[test]
fn status_and_mode_tell_and_change_what_is_enforced() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "why-e", "{}");
    accounts(plane, "why-e");
    plane.apply(&team("why-e-team", "why-e", "{team: '?*'}")).unwrap();
    let rule = "{name: asks, match: {any: [{resources: {kinds: [Pod], namespaces: [why-e]}}]}, context: [{name: image, imageRegistry: {reference: a}}], validate: {message: x, pattern: {metadata: {name: '?*'}}}}";
    plane.apply(&policy("why-e-broken", "{}", rule)).unwrap();
    let served = Served::start(plane, &[]);
    refusal(plane, "web", "why-e");
    let output = ironhull(plane, &served, ("why-e", "all"), &["status"]);
    assert_eq!(output.status.code(), Some(1));
    let told = said(&output);
    assert!(told.contains("why-e-broken: NOT READY") && told.contains("asks registries"), "{told}");
    assert!(told.contains("why-e-team: enforce"), "{told}");
    plane.kubectl(&["delete", "clusterpolicy", "why-e-broken"], None).unwrap();

    let output = ironhull(plane, &served, ("why-e", "all"), &["mode", "why-e-tem", "shadow"]);
    assert!(said(&output).contains("there is no policy why-e-tem"), "{}", said(&output));
    let output = ironhull(plane, &served, ("why-e", "all"), &["mode", "why-e-team", "shadow"]);
    assert!(output.status.success(), "{}", said(&output));
    wait_for("it is only listened to", SOON, || {
        let output = plane.kubectl(&["create", "-f", "-"], Some(&pod("shadowed", "why-e", ""))).unwrap();
        output.status.success().then_some(())
    });
    let told = wait_for("the disagreement is told", SOON, || {
        let output = ironhull(plane, &served, ("why-e", "all"), &["status", "--shadow"]);
        Some(said(&output)).filter(|told| told.contains("Pod why-e/shadowed"))
    });
    assert!(told.contains("why-e-team: "), "{told}");
    let output = ironhull(plane, &served, ("why-e", "all"), &["mode", "--all"]);
    assert!(said(&output).contains("why-e-team: shadow"), "{}", said(&output));
    let output = ironhull(plane, &served, ("why-e", "all"), &["mode", "why-e-team", "usual"]);
    assert!(output.status.success(), "{}", said(&output));
    refusal(plane, "again", "why-e");
}
