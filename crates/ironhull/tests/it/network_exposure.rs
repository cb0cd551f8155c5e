//! `ironhull network list --exposure`.

use crate::run::Tree;

const CLUSTER: &[u8] = b"apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: example.com/web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{namespaceSelector: {matchLabels: {team: a}}}]
    ports: [{port: http}]
  egress:
  - to: [{podSelector: {matchLabels: {app: db}}}]
    ports: [{port: sql}]
";

#[test]
fn exposure_shows_what_is_not_there_yet() {
    let tree = Tree::new(&[("a.yaml", CLUSTER)]);
    let ran = tree.run("network list a.yaml --exposure");
    let expected = "Exposure Analysis Result:
Egress Exposure:
shop/web[Pod] \t=> \tshop/[pod with {app=db}] : TCP sql

Ingress Exposure:
shop/web[Pod] \t<= \t[namespace with {team=a}]/[all pods] : TCP 8080
";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
    let ran = tree.run("network list a.yaml --exposure --connection tcp-8080 -o csv");
    assert!(ran.out.ends_with("shop/web[Pod],[namespace with {team=a}]/[all pods]\n"), "{}", ran.out);
    assert!(!ran.out.contains("app=db"), "{}", ran.out);
    let ran = tree.run("network list a.yaml --exposure --focus web --with web");
    assert_eq!(ran.code, 2, "{}", ran.err);
}
