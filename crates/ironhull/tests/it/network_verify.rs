//! The answers of the engine against packets in a real kernel.
//!
//! Everything happens in network namespaces that the command itself makes.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Ran, Tree};

/// Says what is left out where `cargo xtask test` looks for it.
fn skip(what: &str, why: &str) {
    let line = format!("SKIPPED: {what}, {why}\n");
    let file = std::env::var_os("IRONHULL_SKIPS");
    let written = file.and_then(|file| std::fs::OpenOptions::new().append(true).open(file).ok());
    let written = written.is_some_and(|mut file| file.write_all(line.as_bytes()).is_ok());
    if !written {
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// Runs `network verify`; `None` if this machine cannot, which is said aloud.
fn verify(tree: &Tree, words: &str) -> Option<Ran> {
    let ran = tree.run(&format!("network verify --namespaces {words}"));
    if ran.code == 2 && ran.err.contains("SKIPPED: nothing was verified") {
        skip("network verify in namespaces", ran.err.lines().last().unwrap_or_default());
        return None;
    }
    Some(ran)
}

const CLUSTER: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: ops}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: example.com/web:1, ports: [{name: http, containerPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  containers:
  - name: db
    image: example.com/db:1
    ports: [{name: sql, containerPort: 5432}, {name: http, containerPort: 9000}]
---
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: ops, labels: {app: probe}}
spec:
  containers: [{name: probe, image: example.com/probe:1}]
---
apiVersion: v1
kind: Pod
metadata: {name: fixed, namespace: ops, labels: {app: fixed}}
spec:
  containers: [{name: fixed, image: example.com/fixed:1}]
status: {podIP: 10.1.2.3, podIPs: [{ip: 10.1.2.3}, {ip: 'fd00:1::3'}]}
";

/// Named ports, a range, a block with a hole, both sorts of `policyTypes`, both families.
const V1: &str = "
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{namespaceSelector: {matchLabels: {team: ops}}}]
    ports: [{port: http}, {port: 7000, endPort: 7010}]
  - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.244.0.0/16]}}, {ipBlock: {cidr: 'fd00:1::/32', except: ['fd00:1:8000::/33']}}]
    ports: [{protocol: UDP, port: 53}]
  egress:
  - to: [{podSelector: {matchLabels: {app: db}}}]
    ports: [{port: sql}]
  - to: [{podSelector: {}}]
    ports: [{port: http}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}, namespaceSelector: {}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: ops}
spec:
  podSelector: {matchLabels: {app: fixed}}
  policyTypes: [Egress]
";

/// Allow, Deny and Pass in order, then NetworkPolicies, then a baseline.
const ADMIN: &str = "
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: first}
spec:
  priority: 5
  subject: {namespaces: {matchLabels: {team: shop}}}
  ingress:
  - action: Pass
    from: [{pods: {namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: probe}}}}]
    ports: [{portNumber: {protocol: TCP, port: 8080}}]
  - action: Deny
    from: [{namespaces: {matchLabels: {team: ops}}}]
  egress:
  - action: Allow
    to: [{networks: [192.0.2.0/24, 'fd00:2::/64']}]
    ports: [{portRange: {protocol: TCP, start: 8000, end: 8100}}]
  - action: Deny
    to: [{networks: [192.0.2.0/24]}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: second}
spec:
  priority: 6
  subject: {namespaces: {}}
  ingress:
  - action: Allow
    from: [{namespaces: {matchLabels: {team: ops}}}]
    ports: [{portNumber: {protocol: UDP, port: 53}}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {matchLabels: {team: ops}}}
  ingress:
  - action: Allow
    from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}]
    ports: [{namedPort: http}, {portNumber: {protocol: TCP, port: 22}}]
  - action: Deny
    from: [{namespaces: {}}]
";

/// The number before a word in the output.
fn number_before(text: &str, word: &str) -> usize {
    let words: Vec<&str> = text.split_whitespace().collect();
    let place = words.iter().position(|own| *own == word).unwrap();
    words[place - 1].parse().unwrap()
}

#[test]
fn the_kernel_agrees_about_network_policies() {
    let tree = Tree::new(&[("all.yaml", format!("{CLUSTER}{V1}").as_bytes())]);
    let Some(ran) = verify(&tree, "all.yaml") else { return };
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(": 0 differ"), "{}", ran.out);
    // 5 pods and the outside, two families, two protocols, ten ports: nothing may shrink unseen.
    assert!(number_before(&ran.out, "connections") > 4_000, "{}", ran.out);
    for word in ["reached", "denied,"] {
        assert!(number_before(&ran.out, word) > 1_000, "{}", ran.out);
    }
    for port in [" 53,", ",5432,", ",6999,", ",7000,", ",7010,", ",7011,", ",8080,", ",9000,", "31999"] {
        assert!(ran.out.contains(port), "{port}: {}", ran.out);
    }
}

#[test]
fn the_kernel_agrees_about_stages() {
    let tree = Tree::new(&[("all.yaml", format!("{CLUSTER}{V1}{ADMIN}").as_bytes())]);
    let Some(ran) = verify(&tree, "-o json all.yaml") else { return };
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let all: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let trial = &all["trials"][0];
    assert_eq!(trial["differences"].as_array().unwrap().len(), 0);
    assert_eq!(trial["undecided"], 0);
    assert!(trial["probed"].as_u64().unwrap() > 8_000, "{trial}");
}

#[test]
fn the_kernel_agrees_about_random_clusters() {
    let tree = Tree::new(&[]);
    let Some(ran) = verify(&tree, "--random 10 --seed 1") else { return };
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out.lines().count(), 11, "{}", ran.out);
    let last = ran.out.lines().last().unwrap();
    assert!(number_before(last, "connections") > 30_000, "{last}");
}

/// Turns the verdict of each rule in turn; the comparison must see it wherever the rule decides something.
#[test]
fn a_wrong_rule_is_noticed() {
    let tree = Tree::new(&[("all.yaml", format!("{CLUSTER}{V1}{ADMIN}").as_bytes())]);
    let printed = tree.run("network verify --namespaces --print-ruleset all.yaml");
    assert_eq!(printed.code, 0, "{}", printed.err);
    let lines: Vec<&str> = printed.out.lines().collect();
    let rules: Vec<usize> =
        (0..lines.len()).filter(|&at| lines[at].ends_with(" return") && lines[at].contains("addr")).collect();
    assert!(rules.len() > 8, "{}", printed.out);
    let (mut turned, mut noticed) = (0, 0);
    for at in rules.into_iter().step_by(5) {
        let mut wrong: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        wrong[at] = wrong[at].replace(" return", " goto refuse");
        tree.write("wrong.nft", wrong.join("\n").as_bytes());
        let Some(ran) = verify(&tree, "--ruleset wrong.nft all.yaml") else { return };
        assert!(matches!(ran.code, 0 | 1), "{}{}", ran.out, ran.err);
        turned += 1;
        noticed += usize::from(ran.code == 1);
        if ran.code == 1 {
            assert!(ran.out.contains("the engine says allowed, the probe refused"), "{}", ran.out);
            assert!(ran.out.contains("the engine allows"), "{}", ran.out);
        }
    }
    // A rule whose connections an earlier stage or the other end denies changes nothing.
    assert!(noticed * 2 > turned, "{noticed} of {turned}");
    // And the other way round: with nothing in the way, much differs; what is dropped without an answer does too.
    let outcome = |rule: &str, wanted: &str| {
        let hook = "type filter hook forward priority 0";
        tree.write(
            "wrong.nft",
            format!("table inet x {{\n  chain forward {{\n    {hook}\n{rule}  }}\n}}\n").as_bytes(),
        );
        let ran = verify(&tree, "--ruleset wrong.nft -o json all.yaml")?;
        assert_eq!(ran.code, 1, "{rule}: {}{}", ran.out, ran.err);
        let all: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let differences = all["trials"][0]["differences"].as_array().unwrap();
        Some(differences.iter().filter(|one| one["outcome"] == wanted).count())
    };
    assert!(outcome("", "reached") > Some(1_000));
    assert!(outcome("    ip daddr 10.1.2.3 udp dport 53 drop\n", "timed-out") > Some(0));
}

#[test]
fn nothing_is_left_behind_when_it_is_killed() {
    if ironhull_is_unable() {
        return;
    }
    let tree = Tree::new(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_ironhull"))
        .args(["network", "verify", "--namespaces", "--random", "1000"])
        .current_dir(tree.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let prefix = format!("ironhull-{}-", child.id());
    let until = |wanted: bool| {
        let end = Instant::now() + Duration::from_secs(20);
        while namespaces(&prefix).is_empty() == wanted && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_ne!(namespaces(&prefix).is_empty(), wanted, "{:?}", namespaces(&prefix));
    };
    until(true);
    child.kill().unwrap();
    child.wait().unwrap();
    until(false);
}

fn ironhull_is_unable() -> bool {
    let tree = Tree::new(&[(
        "pod.yaml",
        b"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}",
    )]);
    verify(&tree, "pod.yaml").is_none()
}

fn namespaces(prefix: &str) -> Vec<String> {
    let output = Command::new("ip").args(["netns", "list"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| line.starts_with(prefix)).map(ToOwned::to_owned).collect()
}

#[test]
fn what_cannot_be_done_is_said() {
    let tree = Tree::new(&[("all.yaml", CLUSTER.as_bytes())]);
    let ran = tree.run("network verify all.yaml");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("--namespaces"), "{}", ran.err);
    let ran = tree.run("network verify --namespaces --profile cilium all.yaml");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("leave --profile out"), "{}", ran.err);
    let ran = tree.run("network verify --namespaces --ruleset no.nft all.yaml");
    assert_eq!(ran.code, 2, "{}", ran.err);
    // A search path without the programs.
    let output = Command::new(env!("CARGO_BIN_EXE_ironhull"))
        .args(["network", "verify", "--namespaces", "all.yaml"])
        .current_dir(tree.path())
        .env("PATH", tree.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("SKIPPED: nothing was verified"), "{said}");
    assert!(said.contains("run it as root") || said.contains("apt-get install"), "{said}");
}
