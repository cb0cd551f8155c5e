//! Which addresses of a pod a block of addresses is compared with.

use ironhull_network::Profile;

use crate::tables::Table;

/// What a program on the host's network sends comes from the address of its pod, not from each of the node's.
#[test]
fn a_pod_on_the_hosts_network_has_its_own_addresses_before_those_of_its_node() {
    let table = Table {
        profile: Profile::Upstream,
        pods: "a/own node=n1 ip=10.0.0.3
               a/unknown node=n1
               a/db app=db ip=10.1.0.2",
        yaml: "apiVersion: v1
kind: Node
metadata: {name: n1}
status:
  addresses:
  - {type: InternalIP, address: 10.0.0.3}
  - {type: ExternalIP, address: 203.0.113.1}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-outside, namespace: a}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from: [{ipBlock: {cidr: 203.0.113.0/24}}]
    ports: [{port: 80}]
  - from: [{ipBlock: {cidr: 10.0.0.0/24}}]
    ports: [{port: 81}]
",
    };
    table.check(
        "a/own -> a/db: TCP 81
         a/unknown -> a/db: TCP 80-81
         203.0.113.1 -> a/db: TCP 80
         10.0.0.3 -> a/db: TCP 81",
    );
}

/// A connection has one family, so that a rule for the addresses of one says nothing of the other.
#[test]
fn a_pod_with_both_families_is_allowed_what_both_allow() {
    let table = Table {
        profile: Profile::Upstream,
        pods: "a/db app=db ip=10.1.0.2",
        yaml: "apiVersion: v1
kind: Pod
metadata: {name: both, namespace: a}
spec: {containers: [{name: c, image: i}]}
status: {podIP: 10.1.0.3, podIPs: [{ip: 10.1.0.3}, {ip: 'fd00::3'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: both-too, namespace: a, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
status: {podIP: 10.1.0.4, podIPs: [{ip: 10.1.0.4}, {ip: 'fd00::4'}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: one-family, namespace: a}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from: [{ipBlock: {cidr: 10.0.0.0/8}}]
    ports: [{port: 80}]
  - from: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 'fd00::/8'}}]
    ports: [{port: 81}]
",
    };
    table.check(
        "a/both -> a/both-too: TCP 81 ? TCP 80
         10.1.0.3 -> a/both-too: TCP 80-81
         fd00::3 -> a/both-too: TCP 81",
    );
}
