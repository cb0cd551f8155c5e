//! The control plane is real, and leaves nothing behind. Skipped aloud where its programs are not at hand.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{Client, ControlPlane, Options};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(1);

/// Two replicas in a namespace of their own.
const DEPLOYMENT: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example/web:1}]}
";

const PRIVILEGED: &str = "
apiVersion: v1
kind: Pod
metadata: {name: root, namespace: strict}
spec: {containers: [{name: root, image: registry.example/root:1, securityContext: {privileged: true}}]}
";

fn start(options: &Options) -> Option<ControlPlane> {
    ControlPlane::start(options).unwrap_or_else(|error| panic!("{error}"))
}

fn ok(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.into_owned()
}

/// Asks until the answer is as wanted.
fn wait_for(client: &Client, path: &str, wanted: impl Fn(u16, &Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let answer = client.get(path).unwrap();
        if wanted(answer.status, &answer.body) {
            return answer.body;
        }
        assert!(begin.elapsed() < PATIENCE, "{path}: {}", answer.text);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether the process runs. One that has ended, but that nobody has waited for yet, has no program any more.
fn runs(id: u32) -> bool {
    if Path::new("/proc/self/exe").exists() {
        return Path::new("/proc").join(id.to_string()).join("exe").read_link().is_ok();
    }
    Command::new("kill").args(["-0", &id.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_deployment_becomes_available_survives_a_restart_and_is_collected() {
    let Some(mut plane) = start(&Options::default()) else { return };
    let client = plane.client_admin().unwrap();
    let node = plane.hollow_node("hollow").unwrap();
    plane.apply(DEPLOYMENT).unwrap();
    let deployment = "/apis/apps/v1/namespaces/shop/deployments/web";
    wait_for(&client, deployment, |_, body| body.pointer("/status/availableReplicas") == Some(&json!(2)));
    assert_eq!(node.trouble(), None);
    let pods = ok(&plane.kubectl(&["get", "pods", "-n", "shop", "-o", "json"], None).unwrap());
    let pods: Value = serde_json::from_str(&pods).unwrap();
    for pod in pods["items"].as_array().unwrap() {
        assert_eq!(pod["metadata"]["ownerReferences"][0]["kind"], "ReplicaSet");
        assert_eq!(
            (&pod["spec"]["nodeName"], &pod["status"]["phase"]),
            (&json!("hollow"), &json!("Running"))
        );
    }

    // What made the Pods is seen under its own account, with the object.
    let made = plane
        .wait_for_audit_event(PATIENCE, |event| {
            event["verb"] == "create"
                && event["objectRef"]["resource"] == "pods"
                && event["user"]["username"] == "system:serviceaccount:kube-system:replicaset-controller"
        })
        .unwrap()
        .expect("the controller's request is in the audit log");
    assert_eq!(made["requestObject"]["spec"]["containers"][0]["name"], "web");

    plane.kill_api_server().unwrap();
    assert!(client.get("/readyz").is_err());
    plane.restart_api_server().unwrap();
    assert_eq!(client.get(deployment).unwrap().body["spec"]["replicas"], 2);

    plane.stop_controller_manager().unwrap();
    client.patch(&format!("{deployment}/scale"), &json!({"spec": {"replicas": 3}})).unwrap();
    plane.start_controller_manager().unwrap();
    wait_for(&client, deployment, |_, body| body.pointer("/status/availableReplicas") == Some(&json!(3)));

    ok(&plane.kubectl(&["delete", "namespace", "shop", "--wait=false"], None).unwrap());
    wait_for(&client, "/api/v1/namespaces/shop", |status, _| status == 404);
}

#[test]
fn jobs_end() {
    let Some(plane) = start(&Options::default()) else { return };
    let client = plane.client_admin().unwrap();
    let _node = plane.hollow_node("hollow").unwrap();
    plane
        .apply(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once, namespace: default}\nspec:\n  template:\n    \
             spec: {restartPolicy: Never, containers: [{name: c, image: registry.example/c:1}]}",
        )
        .unwrap();
    let job = "/apis/batch/v1/namespaces/default/jobs/once";
    wait_for(&client, job, |_, body| body.pointer("/status/succeeded") == Some(&json!(1)));
}

#[test]
fn refusals_of_pod_security_are_in_the_audit_log() {
    let Some(plane) = start(&Options::without_controllers()) else { return };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": "strict", "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    }});
    plane.client_admin().unwrap().post("/api/v1/namespaces", &namespace).unwrap();
    let output = plane.kubectl(&["apply", "-f", "-"], Some(PRIVILEGED)).unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("violates PodSecurity \"restricted:latest\": privileged"), "{message}");
    let event = plane
        .wait_for_audit_event(PATIENCE, |event| {
            event["verb"] == "create" && event["objectRef"]["namespace"] == "strict"
        })
        .unwrap()
        .expect("the refusal is in the audit log");
    assert_eq!(event["responseStatus"]["code"], 403);
    let level = &event["annotations"]["pod-security.kubernetes.io/enforce-policy"];
    assert_eq!(level, "restricted:latest");
}

#[test]
fn the_admission_configuration_is_used() {
    let configuration = "
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: restricted, enforce-version: latest}
";
    let options = Options {
        admission_configuration: Some(configuration.to_owned()),
        event_ttl: Some(Duration::from_mins(1)),
        watch_cache: Some(true),
        ..Options::without_controllers()
    };
    let Some(plane) = start(&options) else { return };
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
        "containers": [{"name": "c", "image": "registry.example/c:1"}],
    }});
    let answer = plane.client_admin().unwrap().post("/api/v1/namespaces/default/pods", &pod).unwrap();
    assert_eq!(answer.status, 403, "{}", answer.text);
}

#[test]
fn rbac_holds_for_certificates_and_service_accounts() {
    let Some(plane) = start(&Options::without_controllers()) else { return };
    let who = |kubeconfig: &Path| {
        let output = plane.kubectl_as(kubeconfig, &["auth", "whoami", "-o", "json"], None).unwrap();
        serde_json::from_str::<Value>(&ok(&output)).unwrap()["status"]["userInfo"].clone()
    };
    let jane = plane.kubeconfig_for("jane@example.com", &["dev", "ops", "on call"]).unwrap();
    let info = who(&jane);
    assert_eq!(info["username"], "jane@example.com");
    assert_eq!(info["groups"], json!(["dev", "ops", "on call", "system:authenticated"]));
    let can = |kubeconfig: &Path| {
        plane.kubectl_as(kubeconfig, &["auth", "can-i", "create", "pods"], None).unwrap().status.success()
    };
    assert!(!can(&jane) && can(&plane.kubeconfig_admin().unwrap()));
    ok(&plane
        .kubectl(
            &[
                "create",
                "rolebinding",
                "ops",
                "--clusterrole=system:aggregate-to-edit",
                "--group=ops",
                "-n=default",
            ],
            None,
        )
        .unwrap());
    // Authorizers read bindings through a watch.
    let begin = Instant::now();
    while !can(&jane) {
        assert!(begin.elapsed() < PATIENCE, "the binding has no effect");
    }

    ok(&plane.kubectl(&["create", "serviceaccount", "robot", "-n=default"], None).unwrap());
    let robot = plane.service_account_kubeconfig("default", "robot").unwrap();
    assert_eq!(who(&robot)["username"], "system:serviceaccount:default:robot");
    assert!(plane.service_account_kubeconfig("default", "nobody").is_err());
}

/// How a webhook behind a Service can be reached here: no Service has a working address, but one of type
/// `ExternalName` is resolved by the API server itself.
#[test]
fn a_webhook_behind_a_service_is_called() {
    let Some(plane) = start(&Options::without_controllers()) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    plane
        .apply(&format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: hook, namespace: default}}
spec: {{type: ExternalName, externalName: localhost, ports: [{{port: 443}}]}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: hook}}
webhooks:
- name: hook.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  timeoutSeconds: 1
  clientConfig: {{service: {{name: hook, namespace: default, port: {}}}}}
  rules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]
",
            listener.local_addr().unwrap().port()
        ))
        .unwrap();
    let client = plane.client_admin().unwrap();
    let begin = Instant::now();
    let mut number = 0;
    while listener.accept().is_err() {
        assert!(begin.elapsed() < PATIENCE, "nobody called");
        number += 1;
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{number}")}});
        client.post("/api/v1/namespaces/default/configmaps", &object).unwrap();
    }
}

#[test]
fn nothing_is_left_after_drop() {
    let Some(plane) = start(&Options::default()) else { return };
    let (ids, dir) = (plane.process_ids(), plane.dir().to_owned());
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| runs(*id)) && dir.is_dir());
    drop(plane);
    assert!(!ids.iter().any(|id| runs(*id)) && !dir.exists());
}

/// Starts the control plane in another process, kills that with -9, and looks for leftovers.
#[test]
fn nothing_is_left_after_a_killed_test() {
    const INNER: &str = "IRONHULL_TESTKIT_INNER";
    if std::env::var_os(INNER).is_some() {
        let plane = start(&Options::without_controllers()).unwrap();
        let ids: Vec<String> = plane.process_ids().iter().map(u32::to_string).collect();
        std::fs::write(
            std::env::var_os(INNER).unwrap(),
            format!("{}\n{}", ids.join(" "), plane.dir().display()),
        )
        .unwrap();
        loop {
            std::thread::park();
        }
    }
    if start(&Options::without_controllers()).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let mut inner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "control_plane::nothing_is_left_after_a_killed_test"])
        .env(INNER, &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !file.exists() {
        assert!(begin.elapsed() < PATIENCE && inner.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let (ids, dir) = text.split_once('\n').unwrap();
    inner.kill().unwrap();
    inner.wait().unwrap();
    let left = || ids.split(' ').any(|id| runs(id.parse().unwrap())) || Path::new(dir).exists();
    while left() {
        assert!(begin.elapsed() < PATIENCE, "{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
