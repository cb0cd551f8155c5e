//! `ironhull network diff`, `explain`, `eval` and `blast-radius`.

use crate::run::Tree;

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: shop, labels: {app: job}}
spec: {containers: [{name: c, image: i}]}
---
";

/// Only web may reach the database.
const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {matchLabels: {app: web}}
    ports:
    - port: 5432
";

fn tree() -> Tree {
    let new = format!("{PODS}{POLICY}");
    Tree::new(&[("old/all.yaml", PODS.as_bytes()), ("new/all.yaml", new.as_bytes())])
}

#[test]
fn diff_says_what_changed_and_why() {
    let tree = tree();
    let ran = tree.run("network diff old new --why");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "Connectivity diff:");
    assert_eq!(
        lines[1],
        "diff-type: changed, source: shop/web[Pod], destination: shop/db[Pod], dir1: All Connections, dir2: TCP 5432"
    );
    assert_eq!(lines[2], "    because: NetworkPolicy shop/db was added: new/all.yaml:17", "{}", ran.out);
    assert!(ran.out.contains("removed, source: shop/job[Pod], destination: shop/db[Pod]"), "{}", ran.out);
    assert!(
        ran.out
            .contains("Edits:\nNetworkPolicy shop/db was added: new/all.yaml:17\n    1 changed, 2 removed"),
        "{}",
        ran.out
    );
}

#[test]
fn diff_has_a_gate_and_other_names() {
    let tree = tree();
    assert_eq!(tree.run("network diff old new --exit-code -q").code, 1);
    let same = tree.run("network diff old old --exit-code");
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.err);
    assert!(same.err.contains("no connection changed"));
    let csv = tree.run("network diff --dir1 old --dir2 new -o csv --headings main,branch");
    assert!(
        csv.out.starts_with("diff-type,source,destination,main,branch,workloads-diff-info\n"),
        "{}",
        csv.out
    );
    let json = tree.run("network diff old new -o json");
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["changes"].as_array().unwrap().len(), 3);
    assert_eq!(value["edits"][0]["object"], "NetworkPolicy shop/db");
    assert_eq!(value["changes"][0]["because"], serde_json::json!([0]));
    let one = tree.run("network diff old");
    assert_eq!(one.code, 2);
    assert!(one.err.contains("found 1"), "{}", one.err);
}

#[test]
fn explain_names_the_rule_and_proposes_a_change_that_works() {
    let tree = tree();
    let ran = tree.run("network explain new --from shop/job --to shop/db --port sql");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("shop/job[Pod] => shop/db[Pod] on TCP 5432: denied\n"), "{}", ran.out);
    assert!(
        ran.out.contains("isolated by NetworkPolicy shop/db, spec.podSelector (new/all.yaml:20)"),
        "{}",
        ran.out
    );
    let json = tree.run("network explain new --from shop/job --to shop/db --port 5432 -o json");
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let plan = &value["pairs"][0]["plans"][0];
    assert_eq!(plan["makes-it"], "allowed");
    assert_eq!(plan["alters-others"], 0);
    assert_eq!(plan["steps"][0]["at"]["file"], "new/all.yaml");
    // Pasted where it says, it is allowed.
    let peer = plan["steps"][0]["yaml"].as_str().unwrap();
    let pasted = format!("{PODS}{POLICY}").replace(
        "    - podSelector: {matchLabels: {app: web}}\n",
        &format!("    - podSelector: {{matchLabels: {{app: web}}}}\n{}", indented(peer)),
    );
    tree.write("pasted/all.yaml", pasted.as_bytes());
    let after = tree.run("network eval pasted --from shop/job --to shop/db --port 5432");
    assert_eq!(after.code, 0, "{}{}", after.out, after.err);
    let md = tree.run("network explain new --from shop/web --to shop/db -o md");
    assert!(md.out.contains("**Smallest change to deny TCP 5432"), "{}", md.out);
}

fn indented(yaml: &str) -> String {
    yaml.lines().map(|line| format!("    {line}\n")).collect()
}

#[test]
fn eval_answers_in_one_line_and_by_exit_code() {
    let tree = tree();
    let allowed = tree.run("network eval new --from shop/web --to shop/db --port 5432");
    assert_eq!(allowed.code, 0, "{}", allowed.err);
    assert!(
        allowed.out.starts_with("shop/web[Pod] => shop/db[Pod] over TCP/5432: allowed: "),
        "{}",
        allowed.out
    );
    assert!(allowed.out.contains("spec.ingress[0] (new/all.yaml:23)"), "{}", allowed.out);
    assert_eq!(allowed.out.lines().count(), 1);
    let denied = tree.run("network eval new --from shop/job --to shop/db --port 5432 -o json");
    assert_eq!(denied.code, 1);
    let value: serde_json::Value = serde_json::from_str(&denied.out).unwrap();
    assert_eq!(value["answer"], "denied");
    let itself = tree.run("network eval new --from shop/db --to shop/db --port 1");
    assert_eq!(itself.code, 0, "{}", itself.out);
    let peer = tree.run(
        "network eval new -s web --source-namespace shop -d db --destination-namespace shop --destination-port 80",
    );
    assert_eq!(peer.code, 1, "{}{}", peer.out, peer.err);
    let wrong = tree.run("network eval new --from shop/webb --to shop/db --port 80");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("shop/web"), "{}", wrong.err);
    assert_eq!(tree.run("network eval new --from shop/web --to shop/db --port 70000").code, 2);
}

#[test]
fn a_policy_that_is_wrong_leaves_the_answer_unknown() {
    let tree = tree();
    let broken = format!("{PODS}{POLICY}").replace("- port: 5432", "- port: 5432\n      prot: UDP");
    tree.write("broken/all.yaml", broken.as_bytes());
    let ran = tree.run("network eval broken --from shop/web --to shop/db --port 5432");
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains(": unknown: "), "{}", ran.out);
    let explained = tree.run("network explain broken --from shop/web --to shop/db --port 5432");
    assert!(explained.out.contains("not certain: broken/all.yaml:"), "{}", explained.out);
    assert!(explained.out.contains("Before anything is proposed"), "{}", explained.out);
}

const NODES: &str = "apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 192.0.2.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.0.0.7}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]
";

#[test]
fn eval_knows_nodes_and_node_ports() {
    let tree = Tree::new(&[("all.yaml", NODES.as_bytes())]);
    let code = |words: &str| {
        let ran = tree.run(&format!("network eval all.yaml --profile upstream {words}"));
        (ran.code, ran.out)
    };
    let own = code("--from node/n1 --to shop/web --port 8080");
    assert_eq!(own.0, 0, "{}", own.1);
    let other = code("--from node/n2 --to shop/web --port 8080");
    assert_eq!(other.0, 1, "{}", other.1);
    // The pod by its address.
    let by_address = code("--from 198.51.100.9 --to 10.0.0.7 --port 8080");
    assert_eq!(by_address.0, 0, "{}", by_address.1);
    let client = code("--from 198.51.100.9 --to node/n1 --port 30080");
    assert_eq!(client.0, 0, "{}", client.1);
    assert!(
        client.1.contains("node port 30080 of Service web leads to shop/web[Pod] port 8080"),
        "{}",
        client.1
    );
    let stranger = code("--from 203.0.113.9 --to node/n1 --port 30080");
    assert_eq!(stranger.0, 1, "{}", stranger.1);
    // Without the client's address kept, it may be the node's.
    tree.write("all.yaml", NODES.replace("externalTrafficPolicy: Local, ", "").as_bytes());
    let hidden = code("--from 198.51.100.9 --to node/n1 --port 30080");
    assert_eq!(hidden.0, 1);
    assert!(hidden.1.contains(": unknown: "), "{}", hidden.1);
}

#[test]
fn blast_radius_follows_hops_both_ways() {
    let tree = tree();
    let chain = format!(
        "{PODS}{POLICY}---\n{}",
        POLICY
            .replace("name: db", "name: web")
            .replace("app: db", "app: x")
            .replace("app: web", "app: job")
            .replace("app: x", "app: web")
    );
    tree.write("chain/all.yaml", chain.as_bytes());
    let ran = tree.run("network blast-radius chain --of shop/db");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("is reached by 2 of 2 other workloads"), "{}", ran.out);
    assert!(ran.out.contains(" 2  shop/job[Pod] > shop/web[Pod] > shop/db[Pod]: TCP 5432"), "{}", ran.out);
    let csv = tree.run("network blast-radius chain --of shop/job --hops 1 -o csv");
    assert!(
        csv.out.contains("reaches,shop/web[Pod],1,TCP 5432,shop/job[Pod] > shop/web[Pod],yes"),
        "{}",
        csv.out
    );
    assert!(!csv.out.contains("reaches,shop/db[Pod]"), "{}", csv.out);
    let json = tree.run("network blast-radius chain --of shop/job -o json");
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["reaches"][1]["hops"], 2);
    for form in ["svg", "dot", "html", "md"] {
        let drawn = tree.run(&format!("network blast-radius chain --of shop/job -o {form}"));
        assert!(drawn.code == 0 && drawn.out.contains("web"), "{form}: {}", drawn.err);
    }
    assert_eq!(tree.run("network blast-radius chain --of 8.8.8.8").code, 2);
}

/// Every answer has every form, and all of them speak of the same.
#[test]
fn every_command_writes_and_draws() {
    let tree = tree();
    tree.write("flows.csv", b"shop/job[Pod] => shop/db[Pod] : TCP 5432\n");
    tree.write(
        "wanted.yaml",
        b"apiVersion: ironhull.dev/v1alpha1
kind: NetworkAssertion
metadata: {name: wanted}
spec:
  assertions:
  - name: job reaches db
    allow:
      from: {pods: {matchLabels: {app: job}}}
      to: {pods: {matchLabels: {app: db}}}
      ports: [tcp/5432]
",
    );
    tree.write(
        "idle.yaml",
        b"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: old-db, namespace: shop}
spec: {podSelector: {matchLabels: {app: gone}}}
",
    );
    let read = |name: &str| std::fs::read_to_string(tree.path().join(name)).expect(name);
    for command in [
        "list new",
        "map new",
        "diff old new",
        "explain new --from shop/job --to shop/db --port 5432",
        "eval new --from shop/job --to shop/db --port 5432",
        "blast-radius new --of shop/web",
        "lint new idle.yaml",
        "check wanted.yaml new",
        "generate old --flows flows.csv",
        "simulate old --flows flows.csv --policy new",
    ] {
        let forms = ["text", "md", "csv", "json", "dot", "svg", "html"];
        let outputs: Vec<String> = forms.iter().map(|form| format!("-o {form}=out.{form}")).collect();
        let ran = tree.run(&format!("network {command} {}", outputs.join(" ")));
        assert!(ran.code < 2, "{command}: {}", ran.err);
        for form in forms {
            let text = read(&format!("out.{form}"));
            let starts = match form {
                "dot" => "digraph {",
                "svg" => "<svg ",
                "html" => "<!doctype html>",
                _ => "",
            };
            assert!(text.to_lowercase().starts_with(starts), "{command} {form}: {text}");
            assert!(text.contains("shop"), "{command} {form}: {text}");
            let escaped = text.contains("\u{1b}[");
            assert!(!escaped, "{command} {form}: no colours in a file");
        }
        assert!(read("out.csv").lines().next().is_some_and(|head| head.contains(',')), "{command}");
    }
}

#[test]
fn a_picture_marks_what_was_decided() {
    let tree = tree();
    let dot = |command: &str| tree.run(&format!("network {command} -o dot")).out;
    let removed = "color=\"#b84a00\" style=dashed";
    let edge = dot("eval new --from shop/job --to shop/db --port 5432");
    let line = edge.lines().find(|line| line.contains("->")).expect("an edge").to_owned();
    assert!(line.contains("\"shop/job[Pod]\" -> \"shop/db[Pod]\" [label=\"TCP 5432\""), "{edge}");
    assert!(line.contains(removed), "{edge}");
    let both = dot("explain new --from shop/web --to shop/db");
    assert!(both.contains("label=\"TCP 5432\" color=\"#0060a0\""), "{both}");
    assert!(both.lines().any(|line| line.contains("->") && line.contains(removed)), "{both}");
    let changed = dot("diff old new");
    assert!(changed.contains("[label=\"All Connections → TCP 5432\" color=\"#8a3f73\""), "{changed}");
    assert!(
        changed
            .contains("\"shop/job[Pod]\" -> \"shop/db[Pod]\" [label=\"All Connections\" color=\"#b84a00\""),
        "{changed}"
    );
}

#[test]
fn an_unknown_form_names_those_that_there_are() {
    let tree = tree();
    for command in ["list new", "lint new", "check a.yaml new"] {
        let ran = tree.run(&format!("network {command} -o pdf"));
        assert_eq!(ran.code, 2, "{command}");
        assert!(
            ran.err.contains("dot") && ran.err.contains("svg") && ran.err.contains("json"),
            "{}",
            ran.err
        );
    }
}
