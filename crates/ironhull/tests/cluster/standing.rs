//! What still stands while we are away.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ironhull_testkit::control_plane::ControlPlane;

use crate::admission::policy;
use crate::roles::ironhull;
use crate::served::{Served, turn};
use crate::why::accounts;
use crate::world::{namespace, plane, said, wait_for};

/// `ironhull status` as an account, of any server.
pub(crate) fn status(plane: &ControlPlane, url: &str, account: (&str, &str)) -> String {
    let token = plane.service_account_token(account.0, account.1).expect("a token");
    let output = Command::new(env!("CARGO_BIN_EXE_ironhull"))
        .arg("status")
        .env("IRONHULL_TOKEN", token)
        .env("IRONHULL_SERVER", url)
        .env("KUBECONFIG", plane.kubeconfig_admin().expect("a kubeconfig"))
        .output()
        .expect("ironhull");
    said(&output)
}

#[test]
fn status_tells_what_holds_while_we_are_away() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "away", "{}");
    accounts(plane, "away");
    let served = Served::start(plane, &[]);
    let url = format!("https://127.0.0.1:{}", served.port);
    let ask = || status(plane, &url, ("away", "all"));
    let soon = |what: &str, expected: &str| {
        wait_for(what, Duration::from_secs(20), || Some(ask()).filter(|told| told.contains(expected)))
    };
    soon("nothing holds", "the API server itself enforces nothing of this");
    let about = "match: {any: [{resources: {kinds: [ConfigMap], namespaces: [away]}}]}";
    let rule = |action: &str| {
        let pattern = "pattern: {metadata: {labels: {team: '?*'}}}";
        format!("{{name: r, {about}, validate: {{failureAction: {action}, message: m, {pattern}}}}}")
    };
    let file = served.dir.path().join("policies.yaml");
    let text = policy("away-refuses", "{}", &rule("Enforce"))
        + "---\n"
        + &policy("away-tells", "{}", &rule("Audit"));
    fs::write(&file, text).unwrap();
    let exported = ironhull(&["policy", "export", file.to_str().unwrap()]);
    assert!(exported.status.success(), "{}", said(&exported));
    plane.apply(&String::from_utf8(exported.stdout).unwrap()).unwrap();
    namespace(plane, "away-labelled", "{pod-security.kubernetes.io/enforce: baseline}");
    namespace(plane, "away-open", "{pod-security.kubernetes.io/enforce: privileged}");
    let told = soon("the namespace is known", "Pod Security baseline in away-labelled\n");
    assert!(told.contains("away-refuses/r (ironhull.away-refuses.r)\n"), "{told}");
    assert!(
        told.contains("away-tells/r (ironhull.away-tells.r): refuses nothing, it only tells\n"),
        "{told}"
    );
    assert!(!told.contains("NOT KNOWN") && !told.contains("away-open"), "{told}");
    let gone = ["delete", "validatingadmissionpolicybinding", "ironhull.away-refuses.r"];
    assert!(plane.kubectl(&gone, None).unwrap().status.success());
    let told = ask();
    assert!(told.contains("(ironhull.away-refuses.r): refuses nothing, it has no binding\n"), "{told}");
    let all = "validatingadmissionpolicies,validatingadmissionpolicybindings";
    let label = "app.kubernetes.io/component=while-away";
    assert!(plane.kubectl(&["delete", all, "-l", label], None).unwrap().status.success());
    for name in ["away-labelled", "away-open"] {
        plane.kubectl(&["delete", "namespace", name, "--wait=false"], None).unwrap();
    }
}

/// The API server learns where a policy is asked later than we do, or earlier.
#[test]
fn no_verdict_is_lost_while_a_policy_moves() {
    let Some(plane) = plane() else { return };
    namespace(plane, "moves", "{}");
    let about = "match: {any: [{resources: {kinds: [ConfigMap], namespaces: [moves]}}]}";
    let refuses =
        format!("{{name: r, {about}, validate: {{failureAction: Enforce, message: it moves, deny: {{}}}}}}");
    let moved = |webhook: &str| {
        let spec = format!("webhookConfiguration: {{failurePolicy: {webhook}}}, emitWarning: false");
        plane.apply(&policy("moves", &spec, &refuses)).unwrap();
    };
    moved("Fail");
    let served = Served::start(plane, &[]);
    let object =
        serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "generateName": "m-" } });
    let path = "/api/v1/namespaces/moves/configmaps?dryRun=All";
    let client = plane.client_admin().unwrap();
    let refused = || client.post(path, &object).unwrap().text.contains("it moves");
    wait_for("it is enforced", Duration::from_secs(20), || refused().then_some(()));
    let (is_over, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let client = plane.client_admin().unwrap();
                while !is_over.load(Ordering::Relaxed) {
                    let answer = client.post(path, &object).unwrap();
                    assert!(answer.text.contains("it moves"), "{}\n{}", answer.text, served.log());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for webhook in ["Ignore", "Fail", "Ignore", "Fail", "Ignore", "Fail"] {
            moved(webhook);
            std::thread::sleep(Duration::from_millis(1500));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(count.load(Ordering::Relaxed) > 100);
    plane.kubectl(&["delete", "clusterpolicy", "moves"], None).unwrap();
}
