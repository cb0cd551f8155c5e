//! Installing, least rights, certificates of two processes, breaking glass, taking out again.
//!
//! One control plane of its own: the registration has one name in a cluster, and here it is taken away.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{ControlPlane, Options};
use serde_json::Value;

use crate::admission::policy;
use crate::roles::{NAMESPACE, Role, free_port, ironhull, mount, tell};
use crate::standing::status;
use crate::why::accounts;
use crate::world::{namespace, said, wait_for};

const ACCOUNT: &str = "system:serviceaccount:ironhull-system:ironhull";

fn start() -> Option<ControlPlane> {
    let plane = ControlPlane::start(&Options::default()).expect("a control plane")?;
    std::mem::forget(plane.hollow_node("node").expect("a node"));
    Some(plane)
}

/// kubectl, which must succeed; what it said.
#[track_caller]
fn kubectl(plane: &ControlPlane, line: &str, input: Option<&str>) -> String {
    let output = plane.kubectl(&line.split_whitespace().collect::<Vec<_>>(), input).expect("kubectl");
    assert!(output.status.success(), "kubectl {line}: {}", said(&output));
    said(&output)
}

fn exists(plane: &ControlPlane, line: &str) -> bool {
    let mut words = vec!["get"];
    words.extend(line.split_whitespace());
    plane.kubectl(&words, None).expect("kubectl").status.success()
}

fn can(plane: &ControlPlane, role: &str, what: &str) -> bool {
    let account = format!("--as={ACCOUNT}-{role}");
    let mut words = vec!["auth", "can-i", &account];
    words.extend(what.split_whitespace());
    let output = plane.kubectl(&words, None).expect("kubectl");
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(matches!(said.as_str(), "yes" | "no"), "{what}: {said}");
    said == "yes"
}

fn install(plane: &ControlPlane, options: &[&str]) -> String {
    let render = || ironhull(&[&["install", "--image", "registry.example.com/ironhull:1"], options].concat());
    let (first, second) = (render(), render());
    assert!(first.status.success(), "{}", said(&first));
    assert_eq!(first.stdout, second.stdout, "two renderings differ");
    let manifests = String::from_utf8(first.stdout).expect("text");
    kubectl(plane, "apply -f -", Some(&manifests));
    manifests
}

#[test]
fn two_roles_with_least_rights() {
    let Some(plane) = start() else { return };
    let manifests = install(&plane, &["--with-kyverno-crds", "--pod-security"]);
    let again = kubectl(&plane, "apply -f - --dry-run=server", Some(&manifests));
    // kubectl always writes the selector of a budget anew, as a whole, and takes that for a change.
    for line in again.lines().filter(|line| !line.starts_with("poddisruptionbudget")) {
        assert!(line.ends_with("unchanged (server dry run)"), "{line}");
    }
    assert!(!again.contains("Warning"), "{again}");
    // Pods that pretend to run: the namespace, the quota and the priority let them in.
    for role in ["admission", "controller"] {
        let line = format!("rollout status deployment/ironhull-{role} -n {NAMESPACE} --timeout=60s");
        kubectl(&plane, &line, None);
    }
    rights(&plane);
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let (address, url) = (format!("127.0.0.1:{port}"), format!("https://127.0.0.1:{port}"));
    let tls = folder.path().to_str().expect("a path");
    let serving = ["--address", &address, "--tls-dir", tls, "--pod-security"];
    let admission = Role::start(&plane, "admission", &serving);
    std::thread::sleep(Duration::from_secs(2));
    assert!(!admission.is_ready(), "there is no certificate yet");
    let lifetime = ["--url", &url, "--certificate-seconds", "15", "--pod-security"];
    let controller = Role::start(&plane, "controller", &lifetime);
    wait_for("the Secret", Duration::from_secs(20), || {
        mount(&plane, "ironhull-tls", folder.path()).then_some(())
    });
    admission.wait_ready();
    controller.wait_ready();
    namespace(&plane, "shop", "{}");
    let about = "match: {any: [{resources: {kinds: [ConfigMap], namespaces: [shop]}}]}";
    plane.apply(&policy("owned", "{}", &format!("{{name: has-team, {about}, validate: {{failureAction: Enforce, message: 'who owns it?', pattern: {{metadata: {{labels: {{team: '?*'}}}}}}}}}}"))).expect("a policy");
    wait_for("the policy is enforced", Duration::from_secs(20), || {
        let output = plane.kubectl(&["create", "configmap", "x", "-n", "shop"], None).ok()?;
        if output.status.success() {
            kubectl(&plane, "delete configmap x -n shop", None);
            return None;
        }
        said(&output).contains("who owns it?").then_some(())
    });
    let status = || kubectl(&plane, "get clusterpolicy owned -o jsonpath={.status.ready}", None);
    wait_for("the controller writes the status", Duration::from_secs(20), || {
        (status() == "true").then_some(())
    });
    wait_for("admission writes Events", Duration::from_secs(20), || {
        kubectl(&plane, "get events -n shop", None).contains("was denied by owned").then_some(())
    });
    assert!(!admission.log().contains("Forbidden"), "{}", admission.log());
    assert!(!controller.log().contains("Forbidden"), "{}", controller.log());
    unknown_is_said(&plane, &url);
    rotation(&plane, folder.path());
    let written = controller.log().matches("\"registered\"").count();
    // Two at first, then for the policy, its status and each bundle. Nothing is written again and again.
    assert!(written < 20, "{}", controller.log());
    drop(admission);
    drop(controller);
    breaking_glass(&plane);
    taking_out(&plane);
}

/// What the accounts may do, as the API server says.
fn rights(plane: &ControlPlane) {
    let place = format!("-n {NAMESPACE}");
    for role in ["admission", "controller"] {
        assert!(can(plane, role, "list clusterpolicies.kyverno.io"), "{role}");
        assert!(can(plane, role, "create events.events.k8s.io -n shop"), "{role}");
        assert!(can(plane, role, &format!("watch configmaps {place}")), "{role}");
        assert!(!can(plane, role, "get configmaps -n shop"), "{role}");
        for verb in ["list", "watch", "delete", "deletecollection"] {
            assert!(!can(plane, role, &format!("{verb} secrets {place}")), "{role} {verb}");
        }
        for what in ["get secrets", "get secrets -A", "create pods -n shop", "create pods/exec -n shop"] {
            assert!(!can(plane, role, what), "{role} {what}");
        }
        assert!(!can(plane, role, &format!("get secrets/other {place}")), "{role}");
    }
    assert!(!can(plane, "admission", &format!("get secrets/ironhull-tls {place}")));
    let own = format!("secrets/ironhull-tls {place}");
    for verb in ["get", "create", "update", "patch"] {
        assert!(can(plane, "controller", &format!("{verb} {own}")), "{verb}");
        assert!(!can(plane, "controller", &format!("{verb} secrets/ironhull-tls -n shop")), "{verb}");
        let registration = "validatingwebhookconfigurations";
        assert!(can(plane, "controller", &format!("{verb} {registration}/ironhull")), "{verb}");
        assert!(!can(plane, "controller", &format!("{verb} {registration}/other")), "{verb}");
        assert!(!can(plane, "admission", &format!("{verb} {registration}/ironhull")), "{verb}");
    }
    assert!(!can(plane, "controller", "patch clusterpolicies.kyverno.io"));
    // Every verb that writes, of every kind that the server has: Events, and reviews, which are questions.
    let mut written = writes(plane, "admission");
    written.retain(|(_, resource)| !resource.starts_with("selfsubject"));
    let expected = ["events", "subjectaccessreviews", "tokenreviews"];
    let found: Vec<String> = written.iter().map(|(verb, resource)| format!("{verb} {resource}")).collect();
    assert_eq!(found, expected.map(|resource| format!("create {resource}")), "what admission may write");
}

/// What an account may write, in our namespace and cluster-wide: from the API server's own list of its rules.
fn writes(plane: &ControlPlane, role: &str) -> Vec<(String, String)> {
    let client = plane.client_with_token(
        plane.service_account_token(NAMESPACE, &format!("ironhull-{role}")).expect("a token"),
    );
    let review = serde_json::json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
        "spec": { "namespace": NAMESPACE },
    });
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let answer = client.expect("a client").post(path, &review).expect("an answer");
    let rules = answer.body["status"]["resourceRules"].as_array().expect("rules").clone();
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let mut found: Vec<(String, String)> = Vec::new();
    for rule in &rules {
        for verb in texts(&rule["verbs"]) {
            if !["get", "list", "watch"].contains(&verb.as_str()) {
                found.extend(texts(&rule["resources"]).into_iter().map(|resource| (verb.clone(), resource)));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// `status` as the role of admission may answer it, and what it says without a right.
fn unknown_is_said(plane: &ControlPlane, url: &str) {
    accounts(plane, "shop");
    let told = status(plane, url, ("shop", "all"));
    assert!(told.contains("the API server itself enforces"), "{told}");
    assert!(!told.contains("NOT KNOWN"), "{told}");
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/ironhull-admission";
    let client = plane.client_admin().expect("a client");
    let role = client.get(path).expect("a role").body;
    let mut less = role.clone();
    let rules = less["rules"].as_array_mut().expect("rules");
    rules.retain(|rule| !rule.to_string().contains("validatingadmissionpolicies"));
    assert_eq!(client.put(path, &less).expect("an answer").status, 200);
    let told = wait_for("the right is gone", Duration::from_secs(20), || {
        Some(status(plane, url, ("shop", "all"))).filter(|told| told.contains("NOT KNOWN"))
    });
    assert!(told.contains("validatingadmissionpolicies cannot be listed"), "{told}");
    less["rules"] = role["rules"].clone();
    less["metadata"]["resourceVersion"] =
        client.get(path).expect("a role").body["metadata"]["resourceVersion"].clone();
    assert_eq!(client.put(path, &less).expect("an answer").status, 200);
}

/// Certificates and their authority take over each other while requests run, and no request fails.
fn rotation(plane: &ControlPlane, folder: &Path) {
    let client = plane.client_admin().expect("a client");
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "fine", "namespace": "shop", "labels": { "team": "a" } },
    });
    let bundle = || {
        let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/ironhull";
        let found = plane.client_admin().expect("a client").get(path).expect("an answer");
        found.body["webhooks"][0]["clientConfig"]["caBundle"].as_str().unwrap_or_default().to_owned()
    };
    let shown = || std::fs::read(folder.join("tls.crt")).expect("a certificate");
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut bundles, mut certificates) = (vec![bundle()], vec![shown()]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let path = "/api/v1/namespaces/shop/configmaps?dryRun=All";
                let answer = client.post(path, &object).expect("an answer");
                if answer.status != 201 {
                    is_over.store(true, Ordering::Relaxed);
                    panic!("request {} failed: {}", answered.load(Ordering::Relaxed), answer.text);
                }
                answered.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(70) && !is_over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(500));
            mount(plane, "ironhull-tls", folder);
            let certificate = shown();
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
            let now = bundle();
            if !bundles.contains(&now) {
                bundles.push(now);
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let answered = answered.load(Ordering::Relaxed);
    let figures =
        format!("{answered} requests, {} certificates, {} bundles", certificates.len(), bundles.len());
    tell(&figures);
    assert!(certificates.len() >= 4 && bundles.len() >= 2 && answered > 500, "{figures}");
}

/// The lines of a block of the documents that begins after a heading.
fn documented(heading: &str) -> Vec<String> {
    let text = include_str!("../../../../docs/install.md");
    let (_, rest) = text.split_once(heading).expect("the heading");
    let block = rest.split("```text\n").nth(1).expect("a block").split("```").next().expect("its end");
    let lines = block.lines().filter(|line| line.starts_with("kubectl "));
    lines.map(|line| line.trim_start_matches("kubectl ").to_owned()).collect()
}

/// Nobody of ours runs any more: what the documents say unblocks the cluster.
fn breaking_glass(plane: &ControlPlane) {
    let create = ["create", "configmap", "stuck", "-n", "shop"];
    let output = plane.kubectl(&create, None).expect("kubectl");
    assert!(!output.status.success(), "who is gone cannot let it through");
    assert!(said(&output).contains("failed calling webhook"), "{}", said(&output));
    let lines = documented("## Break glass");
    assert!(lines.len() >= 3, "{lines:?}");
    for line in lines {
        kubectl(plane, &line, None);
    }
    let output = plane.kubectl(&create, None).expect("kubectl");
    assert!(output.status.success(), "{}", said(&output));
}

/// What is not ours stays, all of it.
fn taking_out(plane: &ControlPlane) {
    let foreign = "\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: other}
webhooks: []
---
apiVersion: v1
kind: ConfigMap
metadata: {name: theirs, namespace: ironhull-system}
---
apiVersion: ironhull.dev/v1alpha1
kind: Exception
metadata: {name: a, namespace: shop}
spec: {owner: a, reason: b, expires: '2030-01-01T00:00:00Z', match: {namespaces: [shop]}, policies: [{name: owned}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ironhull-like, namespace: shop}
spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}
";
    kubectl(plane, "apply -f -", Some(foreign));
    // The controller of the cluster may have written it back while it ended: it must go as well.
    kubectl(
        plane,
        "apply -f -",
        Some(
            "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: ironhull, labels: {app.kubernetes.io/managed-by: ironhull}}}",
        ),
    );
    let kubeconfig = plane.kubeconfig_admin().expect("a kubeconfig");
    let kubeconfig = kubeconfig.to_str().expect("a path");
    let taken = || ironhull(&["uninstall", "--apply", "--kubeconfig", kubeconfig]);
    let output = taken();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("deleted MutatingWebhookConfiguration ironhull\n"), "{text}");
    assert!(text.contains("Namespace ironhull-system stays: ConfigMap theirs would go with it"), "{text}");
    for gone in [
        "mutatingwebhookconfiguration ironhull",
        "clusterrole ironhull-admission",
        "clusterrolebinding ironhull-controller",
        "deployment ironhull-admission -n ironhull-system",
        "serviceaccount ironhull-controller -n ironhull-system",
        "secret ironhull-tls -n ironhull-system",
    ] {
        assert!(!exists(plane, gone), "{gone}");
    }
    kubectl(plane, "delete configmap theirs -n ironhull-system", None);
    let output = taken();
    assert_eq!(said(&output), "deleted Namespace ironhull-system\n");
    for stays in [
        "validatingwebhookconfiguration other",
        "crd clusterpolicies.kyverno.io",
        "crd exceptions.ironhull.dev",
        "clusterpolicy owned",
        "exceptions.ironhull.dev a -n shop",
        "deployment ironhull-like -n shop",
        "configmap stuck -n shop",
    ] {
        assert!(exists(plane, stays), "{stays}");
    }
    assert_eq!(said(&taken()), "", "nothing is left to take out");
    let output = ironhull(&["uninstall", "--apply", "--with-crds", "--kubeconfig", kubeconfig]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!exists(plane, "crd exceptions.ironhull.dev") && exists(plane, "crd policies.kyverno.io"));
}

/// Where others keep the certificate the registration's `caBundle` is theirs; and nothing is registered before somebody
/// answers.
#[test]
fn a_registration_waits_for_replicas_and_keeps_a_foreign_bundle() {
    let Some(plane) = start() else { return };
    let lines = ironhull(&["install", "--tls", "cert-manager", "--with-kyverno-crds"]);
    let manifests = String::from_utf8(lines.stdout).expect("text");
    let of_cert_manager = |document: &&str| document.contains("apiVersion: cert-manager.io/v1");
    let (theirs, ours): (Vec<&str>, Vec<&str>) = manifests.split("---\n").partition(of_cert_manager);
    assert_eq!(theirs.len(), 4);
    // The Deployments come later: there is nobody who answers.
    let (late, early): (Vec<&str>, Vec<&str>) =
        ours.into_iter().partition(|document| document.contains("kind: Deployment"));
    kubectl(&plane, "apply -f -", Some(&early.join("---\n")));
    assert!(!can(&plane, "controller", "get secrets/ironhull-tls -n ironhull-system"));
    let arguments = [
        "--service=ironhull-system/ironhull:443",
        "--ca-from-registration",
        "--registration-annotation=cert-manager.io/inject-ca-from=ironhull-system/ironhull",
    ];
    let controller = Role::start(&plane, "controller", &arguments);
    controller.wait_ready();
    wait_for("it says that nobody answers", Duration::from_secs(20), || {
        controller.log().contains("no replica that answers reviews is ready yet").then_some(())
    });
    let registration = "validatingwebhookconfiguration ironhull";
    assert!(!exists(&plane, registration));
    kubectl(&plane, "apply -f -", Some(&late.join("---\n")));
    wait_for("the registration", Duration::from_mins(1), || exists(&plane, registration).then_some(()));
    let get = |path: &str| kubectl(&plane, &format!("get {registration} -o jsonpath={path}"), None);
    assert_eq!(get("{.webhooks[0].clientConfig.service.name}"), "ironhull");
    assert_eq!(get("{.metadata.annotations.cert-manager\\.io/inject-ca-from}"), "ironhull-system/ironhull");
    assert_eq!(get("{.webhooks[0].clientConfig.caBundle}"), "");
    // As cainjector does. The bundle has to be a certificate: the API server looks at it.
    let root = std::fs::read(plane.authority()).expect("an authority");
    let bundle = encoded(&root);
    let patch = format!(r#"[{{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"{bundle}"}}]"#);
    let words = ["patch", "validatingwebhookconfiguration", "ironhull", "--type=json", "-p", &patch];
    assert!(plane.kubectl(&words, None).expect("kubectl").status.success());
    // A policy that changes the registration shows that it was written anew.
    let about = "match: {any: [{resources: {kinds: [ConfigMap]}}]}";
    plane.apply(&policy("late", "{}", &format!("{{name: a, {about}, validate: {{message: a, pattern: {{metadata: {{labels: {{team: '?*'}}}}}}}}}}"))).expect("a policy");
    wait_for("the policy is registered", Duration::from_secs(20), || {
        get("{.webhooks[*].rules[*].resources}").contains("configmaps").then_some(())
    });
    let bundles = get("{.webhooks[*].clientConfig.caBundle}");
    assert_eq!(bundles, [bundle.as_str(), &bundle].join(" "), "both webhooks have it");
}

fn encoded(bytes: &[u8]) -> String {
    use std::io::Write as _;
    let mut child = std::process::Command::new("base64")
        .args(["-w", "0"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("base64");
    child.stdin.take().expect("its input").write_all(bytes).expect("written");
    String::from_utf8(child.wait_with_output().expect("base64").stdout).expect("text")
}
