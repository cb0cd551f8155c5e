//! `scan --cluster` against a small API server on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use crate::run::Tree;

#[test]
fn a_cluster_is_scanned_and_what_cannot_be_listed_is_said() {
    let tree = cluster();
    let ran = tree.run("scan --kubeconfig config");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("context test, Kubernetes v1.33.1: 2 objects"), "{}", ran.err);
    assert!(ran.out.contains("critical WL001") && ran.out.contains("Pod shop/a"), "{}", ran.out);
    assert!(ran.out.contains("could not be listed"), "{}", ran.out);
    let ran = tree.run("scan --kubeconfig config --context other");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("test"), "the contexts that exist are named: {}", ran.err);
}

#[test]
fn addresses_in_config_maps_of_a_cluster_are_needs() {
    let ran = cluster().run("network generate --from-manifests --kubeconfig config");
    assert!(ran.out.contains("192.0.2.7/32") && ran.out.contains("8443"), "{ran:?}");
}

#[test]
fn policies_are_applied_to_a_cluster() {
    let tree = cluster();
    let policy = "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: p}, spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod, ConfigMap, Secret, Strange, Service]}}]}, validate: {message: m, pattern: {metadata: {labels: {team: '?*'}}}}}]}}";
    tree.write("p.yaml", policy.as_bytes());
    let ran = tree.run("policy apply p.yaml --kubeconfig config");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("context test, Kubernetes v1.33.1: 2 objects"), "{}", ran.err);
    assert!(ran.out.contains("Pod shop/a") && ran.out.contains("ConfigMap shop/a"), "{}", ran.out);
    assert!(ran.out.contains("pass: 0, fail: 2, warn: 0, error: 0"), "{}", ran.out);
    // What was not judged is named: a kind that may not be listed, one that is not read, one that nobody knows.
    for left_out in
        ["Service", "could not be listed", "what Secrets hold is not read", "Strange", "name its group"]
    {
        assert!(ran.out.contains(left_out), "{left_out}: {}", ran.out);
    }
    let ran = tree.run("policy apply p.yaml --cluster -r p.yaml");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot be used with"), "{}", ran.err);
    let ran = tree.run("policy apply p.yaml");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("-r PATH, or judge a cluster with --cluster"), "{}", ran.err);
}

/// A directory with the way to a cluster.
fn cluster() -> Tree {
    let url = start();
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\ncontexts: [{{name: test, context: {{cluster: c, user: u}}}}]\nclusters: [{{name: c, cluster: {{server: '{url}'}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
    );
    Tree::new(&[("config", config.as_bytes())])
}

#[test]
fn files_and_a_cluster_exclude_each_other() {
    let ran = Tree::new(&[("a.yaml", b"")]).run("scan a.yaml --cluster");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot be used with"), "{}", ran.err);
}

/// Answers by path, one request a connection. The thread ends with the test.
fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(&stream);
        }
    });
    url
}

fn serve(stream: &TcpStream) {
    let mut request = String::new();
    let mut reader = BufReader::new(stream);
    while !request.ends_with("\r\n\r\n") {
        if reader.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
    }
    let path = request.split([' ', '?']).nth(1).unwrap_or_default();
    let (status, body) = match path {
        "/version" => (200, r#"{"gitVersion":"v1.33.1"}"#),
        "/api" => (
            200,
            r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{"metadata":{"name":""},"versions":[{"version":"v1","freshness":"Current","resources":[{"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","verbs":["list"]},{"resource":"configmaps","responseKind":{"kind":"ConfigMap"},"scope":"Namespaced","verbs":["list"]},{"resource":"services","responseKind":{"kind":"Service"},"scope":"Namespaced","verbs":["list"]}]}]}]}"#,
        ),
        "/apis" => {
            (200, r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[]}"#)
        }
        "/api/v1/pods" => (
            200,
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a","namespace":"shop"},"spec":{"containers":[{"name":"c","image":"x:1","securityContext":{"privileged":true},"envFrom":[{"configMapRef":{"name":"a"}}]}]}}]}"#,
        ),
        "/api/v1/configmaps" => (
            200,
            r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a","namespace":"shop"},"data":{"url":"https://192.0.2.7:8443/"}}]}"#,
        ),
        _ => (403, r#"{"kind":"Status","apiVersion":"v1","message":"forbidden","code":403}"#),
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = stream;
    let _ = stream.write_all(answer.as_bytes());
}
