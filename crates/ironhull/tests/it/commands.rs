//! The commands beside scan.

use std::fs;
use std::process::Command;

use crate::run::{BAD, GOOD, Tree};

#[test]
fn pod_security_check_speaks_as_the_api_server() {
    let tree = Tree::new(&[("bad.yaml", BAD), ("good.yaml", GOOD)]);
    let ran = tree.run("pod-security check bad.yaml good.yaml --level baseline --version v1.35");
    assert_eq!(ran.code, 1, "{ran:?}");
    let message = r#"Pod shop/bad (bad.yaml:1:1): violates PodSecurity "baseline:v1.35": privileged (container "bad" must not set securityContext.privileged=true)"#;
    assert!(ran.out.contains(message), "{}", ran.out);
    assert!(ran.out.contains("Pod shop/good (good.yaml:1:1): allowed"), "{}", ran.out);
    let ran = tree.run("pod-security check good.yaml --level restricted -o json");
    assert!(ran.code == 0 && ran.out.contains(r#""allowed": true"#), "{ran:?}");
}

#[test]
fn templates_would_violate() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {hostPID: true, containers: [{name: c, image: x}]}}}\n";
    let ran = Tree::new(&[]).run_with("pod-security check - --level baseline", text.as_bytes());
    assert!(
        ran.out.contains(r#"would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)"#),
        "{}",
        ran.out
    );
}

#[test]
fn a_pod_on_the_host_network_has_host_ports() {
    let pod = |kind: &str, open: &str, close: &str| {
        format!(
            "apiVersion: {kind}\nmetadata: {{name: a}}\nspec: {open}{{hostNetwork: true, containers: [{{name: c, image: x, ports: [{{containerPort: 80}}]}}]}}{close}\n"
        )
    };
    let tree = Tree::new(&[]);
    let ran = tree.run_with("pod-security check - --level baseline", pod("v1\nkind: Pod", "", "").as_bytes());
    assert!(ran.out.contains("hostPort (container \"c\" uses hostPort 80)"), "{}", ran.out);
    let ran = tree.run_with(
        "pod-security check - --level baseline",
        pod("apps/v1\nkind: Deployment", "{template: {spec: ", "}}").as_bytes(),
    );
    assert!(!ran.out.contains("hostPort"), "{}", ran.out);
}

#[test]
fn a_pod_that_cannot_be_decoded_is_not_allowed() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: 'yes', containers: []}\n";
    for level in ["privileged", "baseline"] {
        let ran = Tree::new(&[]).run_with(&format!("pod-security check - --level {level}"), text.as_bytes());
        assert!(ran.code == 1 && ran.out.contains("cannot be judged"), "{ran:?}");
    }
}

#[test]
fn pod_security_advise_names_level_lines_and_labels() {
    let namespace: &[u8] = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: privileged}}\n";
    let tree = Tree::new(&[("bad.yaml", BAD), ("good.yaml", GOOD), ("ns.yaml", namespace)]);
    let ran = tree.run("pod-security advise .");
    assert_eq!(ran.code, 0);
    for part in [
        "namespace shop (2 pods or templates, enforces privileged now)",
        "can enforce privileged today",
        "in the way of baseline",
        "bad.yaml:9:7",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let ran = tree.run("pod-security advise good.yaml");
    assert!(ran.out.contains("pod-security.kubernetes.io/enforce: restricted"), "{}", ran.out);
}

#[test]
fn rules_are_listed_and_explained() {
    let tree = Tree::new(&[]);
    let ran = tree.run("rule list");
    assert!(ran.code == 0 && ran.out.lines().count() >= 40, "{}", ran.out);
    let by_id = tree.run("rule WL001");
    assert!(by_id.out.starts_with("# WL001 privileged-container"), "{}", by_id.out);
    assert_eq!(by_id.out, tree.run("rule privileged-container").out);
    assert_eq!(by_id.out, tree.run("rule CKV_K8S_16").out);
    let json: serde_json::Value = serde_json::from_str(&tree.run("rule list -o json").out).unwrap();
    assert!(json["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == "WL001"));
}

#[test]
fn completions_and_man_pages() {
    let tree = Tree::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let ran = tree.run(&format!("completion {shell}"));
        assert!(ran.code == 0 && ran.out.contains("pod-security"), "{shell}");
    }
    assert!(tree.run("man").out.contains(".TH ironhull"));
    assert_eq!(tree.run("man pages").code, 0);
    assert!(fs::read_dir(tree.path().join("pages")).unwrap().count() >= 5);
}

#[test]
fn it_answers_to_the_name_of_a_kubectl_plugin() {
    let tree = Tree::new(&[]);
    let plugin = tree.path().join("kubectl-ironhull");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_ironhull"), &plugin).unwrap();
    let output = Command::new(plugin).args(["scan", "--help"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Usage: kubectl ironhull scan"), "{text}");
}

#[test]
fn data_goes_to_standard_output_and_nothing_else() {
    let ran = Tree::new(&[("bad.yaml", BAD)]).run("scan bad.yaml -o json");
    serde_json::from_str::<serde_json::Value>(&ran.out).unwrap();
    let quiet = Tree::new(&[("bad.yaml", BAD)]).run("scan bad.yaml -q --exit-zero");
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
}
