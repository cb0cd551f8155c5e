//! What still stands while we are away.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{Client, ControlPlane};
use serde_json::Value;

use crate::admission::policy;
use crate::roles::{ironhull, tell};
use crate::scenarios::json;
use crate::served::{Served, alone, turn};
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
    // Other tests have namespaces with levels.
    let told = ask();
    assert!(!told.contains("away-refuses") && !told.contains("away-labelled"), "{told}");
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
    // Other tests have namespaces of this level, and they may be in the same line.
    let told = wait_for("the namespace is known", Duration::from_secs(20), || {
        let is_it = |line: &str| line.contains("Pod Security baseline in ") && line.contains("away-labelled");
        Some(ask()).filter(|told| told.lines().any(is_it))
    });
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

/// Statuses hold nobody up, each is written once, and what is registered is hardly ever asked for.
#[test]
fn a_thousand_statuses_are_written_beside_the_work() {
    const COUNT: usize = 1000;
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "statuses", "{}");
    let rule = |about: &str, message: &str| {
        let kinds = format!("kinds: [ConfigMap], namespaces: [{about}]");
        format!(
            "{{name: r, match: {{any: [{{resources: {{{kinds}}}}}]}}, validate: {{failureAction: Enforce, message: {message}, deny: {{}}}}}}"
        )
    };
    let path = "/apis/kyverno.io/v1/clusterpolicies";
    let eight = |work: &(dyn Fn(&Client, usize) + Sync)| {
        std::thread::scope(|scope| {
            for own in 0..8 {
                scope.spawn(move || {
                    let client = plane.client_admin().unwrap();
                    (0..COUNT).filter(|count| count % 8 == own).for_each(|count| work(&client, count));
                });
            }
        });
    };
    // Who else serves would write them.
    let alone = alone();
    eight(&|client, count| {
        let object = json(&policy(&format!("statuses-{count}"), "{}", &rule("nowhere", "m")));
        assert_eq!(client.post(path, &object).unwrap().status, 201);
    });
    let before = plane.audit_events().unwrap().len();
    let served = Served::begin_alone(alone, plane, &[]);
    served.wait_ready();
    let begin = Instant::now();
    let client = plane.client_admin().unwrap();
    // While statuses are being written a policy comes.
    plane.apply(&policy("statuses-last", "{}", &rule("statuses", "the last"))).unwrap();
    let map =
        serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "generateName": "m-" } });
    let maps = "/api/v1/namespaces/statuses/configmaps?dryRun=All";
    wait_for("the last is enforced", Duration::from_mins(1), || {
        client.post(maps, &map).unwrap().text.contains("the last").then_some(())
    });
    let enforced = begin.elapsed();
    wait_for("all have a status", Duration::from_mins(2), || {
        let listed = client.get(path).unwrap().body;
        let own = |one: &&Value| one["metadata"]["name"].as_str().unwrap().starts_with("statuses-");
        let told = listed["items"].as_array().unwrap().iter().filter(own);
        (told.filter(|one| one["status"]["ready"] == true).count() == COUNT + 1).then_some(())
    });
    let told = begin.elapsed();
    let events = plane.audit_events().unwrap();
    let count = |verb: &str, resource: &str, subresource: Option<&str>| {
        let is_meant = |event: &&Value| {
            let about = &event["objectRef"];
            event["verb"] == verb
                && event["stage"] == "ResponseComplete"
                && about["resource"] == resource
                && about["subresource"].as_str() == subresource
                && event["userAgent"].as_str().is_some_and(|agent| agent.starts_with("ironhull/"))
        };
        events.iter().skip(before).filter(is_meant).count()
    };
    let statuses = count("patch", "clusterpolicies", Some("status"));
    let configurations = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];
    let [asked, written] = ["get", "update"]
        .map(|verb| configurations.iter().map(|resource| count(verb, resource, None)).sum::<usize>());
    tell(&format!(
        "{COUNT} policies: one more is enforced after {enforced:?}, all statuses are there after {told:?}: {statuses} \
         written, registration asked for {asked} times, written {written} times"
    ));
    eight(&|client, count| {
        assert_eq!(client.delete(&format!("{path}/statuses-{count}"), None).unwrap().status, 200);
    });
    plane.kubectl(&["delete", "clusterpolicy", "statuses-last"], None).unwrap();
    assert!((COUNT..COUNT + 100).contains(&statuses), "{statuses}");
    // Two for each change, and two every ten seconds.
    let most = 4 * (2 + usize::try_from(told.as_secs()).unwrap() / 10) + 4;
    assert!(asked <= most, "{asked}, at most {most}");
}

/// Match conditions come, change and go with their policy, and status names those that cannot be registered.
#[test]
fn match_conditions_follow_their_policy() {
    let Some(plane) = plane() else { return };
    let _turn = turn();
    namespace(plane, "conditions", "{}");
    accounts(plane, "conditions");
    let served = Served::start(plane, &[]);
    let url = format!("https://127.0.0.1:{}", served.port);
    let about = "match: {any: [{resources: {kinds: [ConfigMap], namespaces: [conditions]}}]}";
    let rule = format!(
        "{{name: r, {about}, validate: {{failureAction: Enforce, message: conditional, deny: {{}}}}}}"
    );
    let write = |expression: &str| {
        let spec = format!(
            "emitWarning: false, webhookConfiguration: {{matchConditions: [{{name: c, expression: \"{expression}\"}}]}}, background: true"
        );
        plane.apply(&policy("conditions", &spec, &rule)).unwrap();
    };
    let client = plane.client_admin().unwrap();
    let is_refused = |name: &str| {
        let map =
            serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
        let path = "/api/v1/namespaces/conditions/configmaps?dryRun=All";
        client.post(path, &map).unwrap().text.contains("conditional")
    };
    let soon = |what: &str, refused: &str, allowed: &str| {
        wait_for(what, Duration::from_secs(20), || {
            (is_refused(refused) && !is_refused(allowed)).then_some(())
        });
    };
    write("object.metadata.name == 'one'");
    soon("the condition counts", "one", "two");
    assert!(status(plane, &url, ("conditions", "all")).contains("  conditions: enforce\n"));
    write("object.metadata.name == 'two'");
    soon("the next condition counts", "two", "one");
    // What is wrong with it is the API server's word, and nobody else suffers.
    write("object.metadata.name ==");
    let told = wait_for("it is named", Duration::from_secs(20), || {
        // Until the API server was asked it is only said that they are not registered yet.
        Some(status(plane, &url, ("conditions", "all"))).filter(|told| told.contains("Syntax error"))
    });
    assert!(told.contains("conditions: NOT READY\n    match conditions: "), "{told}");
    plane.apply(&policy("conditions-other", "{}", &rule.replace("conditional", "the other"))).unwrap();
    let map = serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" } });
    let path = "/api/v1/namespaces/conditions/configmaps?dryRun=All";
    wait_for("another policy is registered", Duration::from_secs(20), || {
        client.post(path, &map).unwrap().text.contains("the other").then_some(())
    });
    plane.kubectl(&["delete", "clusterpolicy", "conditions-other"], None).unwrap();
    write("object.metadata.name == 'one'");
    soon("it is taken again", "one", "two");
    plane.kubectl(&["delete", "clusterpolicy", "conditions"], None).unwrap();
    let registration = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/ironhull";
    wait_for("its webhook is gone", Duration::from_secs(20), || {
        (!client.get(registration).unwrap().text.contains("finegrained")).then_some(())
    });
    assert!(!is_refused("one"));
}
