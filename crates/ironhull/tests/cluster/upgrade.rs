//! Two replicas behind a Service, and a new version that takes their place while requests are made.
//!
//! One control plane of its own: the registration has one name in a cluster.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{ControlPlane, Options};
use serde_json::{Value, json};

use crate::admission::policy;
use crate::balancer::Balancer;
use crate::roles::{NAMESPACE, Role, free_port, ironhull, mount, tell};
use crate::world::{namespace, said, wait_for};

/// Requests a second.
const RATE: u32 = 60;

/// Everything that is installed but the Deployments, whose pods are processes here, and the Service, which is a name for
/// the loopback address.
fn install(plane: &ControlPlane, port: u16) {
    let lines = ironhull(&["install", "--with-kyverno-crds"]);
    let manifests = String::from_utf8(lines.stdout).expect("text");
    let is_kept = |one: &&str| !one.contains("\nkind: Deployment\n") && !one.contains("\nkind: Service\n");
    let kept: Vec<&str> = manifests.split("---\n").filter(is_kept).collect();
    plane.apply(&kept.join("---\n")).expect("what is installed");
    // Without it the controller registers nothing: nobody would answer.
    plane
        .apply(&format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: ironhull, namespace: {NAMESPACE}}}\nspec: {{type: ExternalName, externalName: localhost, ports: [{{port: {port}}}]}}\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: ironhull-test, namespace: {NAMESPACE}, labels: {{kubernetes.io/service-name: ironhull}}}}\naddressType: IPv4\nports: []\nendpoints: [{{addresses: [10.1.2.3], conditions: {{ready: true}}}}]\n"
        ))
        .expect("the Service");
}

/// A version of ours: it differs from another in a policy of its own and in a flag.
struct Version {
    name: &'static str,
    files: tempfile::TempDir,
}

impl Version {
    fn new(name: &'static str) -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let rule = format!(
            "{{name: r, match: {{any: [{{resources: {{kinds: [ConfigMap], namespaces: [shop], names: ['{name}-*']}}}}]}}, validate: {{failureAction: Enforce, message: {name}, deny: {{}}}}}}"
        );
        // The longest time of all policies is registered: the versions want different registrations.
        let seconds = if name == "old" { 10 } else { 12 };
        let text = policy("of-version", "{}", &rule)
            .replace("spec: {", &format!("spec: {{webhookConfiguration: {{timeoutSeconds: {seconds}}}, "));
        std::fs::write(files.path().join("policy.yaml"), text).expect("a file");
        Self { name, files }
    }

    fn admission(&self, plane: &ControlPlane, tls: &Path, balancer: &Balancer) -> Role {
        let port = free_port();
        let (address, files) = (format!("127.0.0.1:{port}"), self.files.path().to_str().expect("a path"));
        let tls = tls.to_str().expect("a path");
        let words = ["--address", &address, "--tls-dir", tls, "--policy", files, "--drain-seconds", "2"];
        let role = Role::start(plane, "admission", &words);
        balancer.add(port, role.probes);
        role.wait_ready();
        role
    }

    fn controller(&self, plane: &ControlPlane, port: u16) -> Role {
        let service = format!("--service={NAMESPACE}/ironhull:{port}");
        let annotation = format!("--registration-annotation=example.com/version={}", self.name);
        let files = self.files.path().to_str().expect("a path");
        Role::start(plane, "controller", &[&service, &annotation, "--policy", files])
    }
}

/// What became of requests.
#[derive(Default)]
struct Count {
    admitted: AtomicUsize,
    refused: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

impl Count {
    /// One creation that is allowed and one that is not, in turn, each at its time.
    fn ask(&self, plane: &ControlPlane, lane: u32, lanes: u32, is_over: &AtomicBool) {
        let client = plane.client_admin().expect("a client");
        let begin = Instant::now();
        let mut count = lane;
        while !is_over.load(Ordering::Relaxed) {
            let due = Duration::from_secs(1) * count / RATE;
            std::thread::sleep(due.saturating_sub(begin.elapsed()));
            let is_allowed = (count / lanes).is_multiple_of(2);
            let labels = if is_allowed { json!({ "team": "a" }) } else { json!({}) };
            let object = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": format!("c-{count}"), "namespace": "shop", "labels": labels },
            });
            let answer = client.post("/api/v1/namespaces/shop/configmaps", &object);
            let (status, text) = match answer {
                Ok(answer) => (answer.status, answer.text),
                Err(error) => (0, error.to_string()),
            };
            match (is_allowed, status) {
                (true, 201) => _ = self.admitted.fetch_add(1, Ordering::Relaxed),
                (false, 400..500) if text.contains("who owns it?") => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                _ => {
                    let mut wrong = self.wrong.lock().expect("a lock");
                    wrong.push(format!("request {count}, allowed: {is_allowed}: {status} {text}"));
                }
            }
            count += lanes;
        }
    }
}

/// How often our configurations were written, by the audit log, and by whom.
fn written(plane: &ControlPlane) -> Vec<Value> {
    let events = plane.audit_events().expect("the audit log");
    let is_write = |event: &&Value| {
        let resource = event["objectRef"]["resource"].as_str().unwrap_or_default();
        let verb = event["verb"].as_str().unwrap_or_default();
        resource.ends_with("webhookconfigurations")
            && event["objectRef"]["name"] == "ironhull"
            && ["create", "update", "patch", "delete"].contains(&verb)
            && event["stage"] == "ResponseComplete"
    };
    events.iter().filter(is_write).cloned().collect()
}

/// When, and by whom.
fn short(writes: &[Value]) -> String {
    let lines = writes.iter().map(|event| {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let path = "/requestObject/metadata/annotations/example.com~1version";
        format!("\n{} {} {}", text("/stageTimestamp"), text("/objectRef/resource"), text(path))
    });
    lines.collect()
}

#[test]
fn a_new_version_takes_over_under_load() {
    let Some(plane) = ControlPlane::start(&Options::default()).expect("a control plane") else { return };
    let balancer = Balancer::start();
    install(&plane, balancer.port);
    namespace(&plane, "shop", "{}");
    let about = "match: {any: [{resources: {kinds: [ConfigMap], namespaces: [shop]}}]}";
    plane.apply(&policy("owned", "{}", &format!("{{name: has-team, {about}, validate: {{failureAction: Enforce, message: 'who owns it?', pattern: {{metadata: {{labels: {{team: '?*'}}}}}}}}}}"))).expect("a policy");
    let (old, new) = (Version::new("old"), Version::new("new"));
    let folder = tempfile::tempdir().expect("a folder");
    let old_controller = old.controller(&plane, balancer.port);
    wait_for("the Secret", Duration::from_secs(20), || {
        mount(&plane, "ironhull-tls", folder.path()).then_some(())
    });
    let first = old.admission(&plane, folder.path(), &balancer);
    let second = old.admission(&plane, folder.path(), &balancer);
    old_controller.wait_ready();
    let configuration = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/ironhull";
    let client = plane.client_admin().expect("a client");
    let refusal = |name: &str| {
        let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
        let answer = client.post("/api/v1/namespaces/shop/configmaps?dryRun=All", &object).ok()?;
        answer.body["message"].as_str().map(str::to_owned)
    };
    // We are called by the name of a Service, as in a cluster, and answer with a certificate for it.
    wait_for("it refuses by the Service", Duration::from_secs(20), || {
        refusal("old-one")
            .filter(|text| text.contains("who owns it?") && text.contains("of-version"))
            .map(|_| ())
    });
    let registered = client.get(configuration).expect("an answer").body;
    let hooks = registered["webhooks"].as_array().expect("webhooks");
    let service = |hook: &Value| hook["clientConfig"]["service"]["name"] == "ironhull";
    assert!(hooks.iter().all(|hook| service(hook) && hook["clientConfig"]["url"].is_null()), "{registered}");
    let fail =
        hooks.iter().find(|hook| hook["name"] == "fail.validate.ironhull.dev").expect("it fails closed");
    assert_eq!((&fail["failurePolicy"], &fail["timeoutSeconds"]), (&json!("Fail"), &json!(10)));

    let (count, is_over, before) = (Count::default(), AtomicBool::new(false), written(&plane).len());
    let begin = Instant::now();
    let running = std::thread::scope(|scope| {
        for lane in 0..4 {
            let (plane, count, is_over) = (&plane, &count, &is_over);
            scope.spawn(move || count.ask(plane, lane, 4, is_over));
        }
        // As a Deployment does it with one more than it should have, and none less.
        let third = new.admission(&plane, folder.path(), &balancer);
        first.terminate();
        // A controller is replaced by `Recreate`, so two at once are more than there should be.
        let new_controller = new.controller(&plane, balancer.port);
        new_controller.wait_ready();
        // Both want to register what has changed, each in its own way.
        plane
            .apply(&policy("other", "{}", "{name: r, match: {any: [{resources: {kinds: [Secret], namespaces: [elsewhere]}}]}, validate: {failureAction: Enforce, message: other, deny: {}}}"))
            .expect("a policy");
        std::thread::sleep(Duration::from_secs(1));
        old_controller.terminate();
        let fourth = new.admission(&plane, folder.path(), &balancer);
        second.terminate();
        wait_for("the new version decides", Duration::from_secs(20), || {
            refusal("new-one").filter(|text| text.contains("of-version")).map(|_| ())
        });
        wait_for("the new registration", Duration::from_secs(20), || {
            let now = client.get(configuration).ok()?.body;
            (now["metadata"]["annotations"]["example.com/version"] == "new").then_some(())
        });
        is_over.store(true, Ordering::Relaxed);
        // They run until the last request is answered.
        (third, fourth, new_controller)
    });
    drop(running);
    let seconds = begin.elapsed().as_secs_f64();
    let (admitted, refused) = (count.admitted.into_inner(), count.refused.into_inner());
    let wrong = count.wrong.into_inner().expect("a lock");
    let writes = written(&plane).split_off(before);
    let connections = balancer.connections();
    tell(&format!(
        "{admitted} admitted, {refused} refused, {} wrong in {seconds:.1} s; {} writes of the registration; connections {connections:?}",
        wrong.len(),
        writes.len()
    ));
    assert!(wrong.is_empty(), "{} requests failed:\n{}", wrong.len(), wrong.join("\n"));
    assert!(admitted > 100 && refused > 100, "there was no load");
    assert!(connections.iter().skip(2).any(|one| *one > 0), "the new replicas were asked: {connections:?}");
    // Two configurations, each written by both controllers when one starts and when policies change, and by each of them
    // once more in ten seconds while it finds what the other wrote. Neither answers what the other writes at once.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some seconds")]
    let bound = 16 + 4 * (seconds / 10.0) as usize;
    assert!(writes.len() <= bound, "{} writes: {}", writes.len(), short(&writes));
    let listed = plane.kubectl(&["get", "configmaps", "-n", "shop", "-l", "!team", "-o", "name"], None);
    let listed = said(&listed.expect("kubectl"));
    assert_eq!(listed.lines().filter(|line| line.contains("/c-")).count(), 0, "{listed}");
}
