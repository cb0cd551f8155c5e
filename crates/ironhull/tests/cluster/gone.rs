//! We are away, and a policy that fails closed is about everything there is: what keeps a cluster alive, and brings us
//! back, does not wait for us.
//!
//! One control plane of its own: such a policy would be in the way of all other tests.

use std::time::Duration;

use ironhull_testkit::control_plane::{Client, ControlPlane, Options};
use serde_json::{Value, json};

use crate::admission::policy;
use crate::roles::NAMESPACE;
use crate::served::Served;
use crate::world::{install_kinds, namespace, said, wait_for};

/// Two pods that leave a node at once when it is lost.
fn deployment(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{replicas: 2, selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{terminationGracePeriodSeconds: 0, tolerations: [{{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}}], containers: [{{name: c, image: a}}]}}}}}}\n---\n"
    )
}

/// How many pods of a namespace run on a node.
fn running(client: &Client, namespace: &str, node: &str) -> usize {
    let found = client.get(&format!("/api/v1/namespaces/{namespace}/pods")).expect("an answer");
    let runs = |pod: &&Value| pod["spec"]["nodeName"] == node && pod["status"]["phase"] == "Running";
    found.body["items"].as_array().into_iter().flatten().filter(runs).count()
}

/// Creates something, and says whether that was allowed, or what was said.
fn create(client: &Client, path: &str, object: &Value) -> Result<(), String> {
    let answer = client.post(path, object).expect("an answer");
    if answer.status == 201 { Ok(()) } else { Err(answer.text) }
}

fn config_map(client: &Client, namespace: &str, name: &str, labels: &Value) -> Result<(), String> {
    let object =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "labels": labels } });
    create(client, &format!("/api/v1/namespaces/{namespace}/configmaps"), &object)
}

#[test]
fn all_nodes_are_lost_and_we_with_them() {
    let Some(plane) = ControlPlane::start(&Options::default()).expect("a control plane") else { return };
    let old = plane.hollow_node("old").expect("a node");
    install_kinds(&plane);
    for name in [NAMESPACE, "shop"] {
        namespace(&plane, name, "{}");
    }
    plane.apply(&format!("{}{}", deployment(NAMESPACE, "ours"), deployment("shop", "web"))).expect("pods");
    let client = plane.client_admin().expect("a client");
    wait_for("the pods", Duration::from_secs(30), || {
        (running(&client, NAMESPACE, "old") == 2 && running(&client, "shop", "old") == 2).then_some(())
    });
    plane
        .apply(&policy(
            "everything",
            "{}",
            "{name: r, match: {any: [{resources: {kinds: ['*'], operations: [CREATE, UPDATE]}}]}, validate: {failureAction: Enforce, message: not this one, pattern: {metadata: {=(labels): {=(forbidden): 'never'}}}}}",
        ))
        .expect("a policy");
    let mut served = Served::start(&plane, &[]);
    wait_for("it refuses", Duration::from_secs(30), || {
        let refused = config_map(&client, "shop", "probe", &json!({ "forbidden": "yes" })).err()?;
        refused.contains("not this one").then_some(())
    });
    config_map(&client, "shop", "fine", &json!({})).expect("what is allowed");

    served.kill();
    let refused = config_map(&client, "shop", "away", &json!({})).expect_err("it fails closed");
    assert!(refused.contains("failed calling webhook"), "{refused}");
    // What is ours and what is the control plane's goes on, and what a cluster lives by in every namespace.
    for own in [NAMESPACE, "kube-system"] {
        config_map(&client, own, "away", &json!({})).expect(own);
    }
    let lease =
        json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "a" } });
    create(&client, "/apis/coordination.k8s.io/v1/namespaces/shop/leases", &lease).expect("a Lease");
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": "a" },
        "involvedObject": { "apiVersion": "v1", "kind": "Pod", "name": "a", "namespace": "shop" },
    });
    create(&client, "/api/v1/namespaces/shop/events", &event).expect("an Event");
    // The only node is lost. The node controller taints it, and its pods are evicted.
    drop(old);
    let words = ["taint", "nodes", "old", "node.kubernetes.io/unreachable:NoExecute"];
    let controller = "--as=system:serviceaccount:kube-system:node-controller";
    let tainted = plane.kubectl(&[&words[..], &[controller]].concat(), None).expect("kubectl");
    assert!(tainted.status.success(), "{}", said(&tainted));
    // A new one joins, although nobody of us is there to be asked.
    let new = plane.hollow_node("new").expect("a node that joins while we are away");
    let kubelet = plane.client_for("system:node:new", &["system:nodes"]).expect("a client");
    let drivers = json!({ "apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": { "name": "new" }, "spec": { "drivers": [] } });
    create(&kubelet, "/apis/storage.k8s.io/v1/csinodes", &drivers).expect("what a kubelet registers");
    // Somebody else's Node is still everybody's business.
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "somebody-elses" } });
    let refused = create(&client, "/api/v1/nodes", &node).expect_err("it is no kubelet who asks");
    assert!(refused.contains("failed calling webhook"), "{refused}");
    wait_for("our pods run on it", Duration::from_secs(30), || {
        (running(&client, NAMESPACE, "new") == 2).then_some(())
    });
    wait_for("the others are evicted", Duration::from_secs(30), || {
        (running(&client, "shop", "old") == 0).then_some(())
    });
    assert_eq!(running(&client, "shop", "new"), 0, "what fails closed waits for us");

    // Their controller tries again after a while that doubles; a new revision makes it try at once.
    served.again(&plane, &[]);
    wait_for("we are asked again", Duration::from_secs(30), || {
        config_map(&client, "shop", "back", &json!({})).is_ok().then_some(())
    });
    let restarted = plane.kubectl(&["rollout", "restart", "deployment/web", "-n", "shop"], None);
    assert!(restarted.expect("kubectl").status.success());
    wait_for("everything is as before", Duration::from_secs(30), || {
        (running(&client, "shop", "new") == 2).then_some(())
    });
    let refused = config_map(&client, "shop", "again", &json!({ "forbidden": "yes" })).expect_err("refused");
    assert!(refused.contains("not this one"), "{refused}");
    drop(new);
}
