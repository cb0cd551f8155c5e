//! Many small scenarios against one server: who asks for what, under which policies, and what comes of it.
//!
//! Each scenario has a namespace of its own; `$NS` stands for it. All policies are there before the first is asked.

mod conditions;
mod exceptions;
mod mutate;
mod pod_security;
mod safety;
mod validate;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use ironhull_manifest::{Limits, read};
use ironhull_testkit::control_plane::{Answer, Client, ControlPlane};
use ironhull_value::Interner;
use serde_json::Value;

use crate::served::{Served, turn};
use crate::world::{namespace, plane, said, wait_for};

/// One scenario.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The labels of the namespace.
    pub(super) labels: &'static str,
    /// Policies, exceptions, anything that is there before we are.
    pub(super) given: &'static [&'static str],
    /// What is done, one after the other, and what comes of each.
    pub(super) steps: &'static [(Ask, &'static [Expect])],
}

/// What is done.
pub(super) enum Ask {
    Create(&'static str),
    /// By this user, in this group.
    CreateAs(&'static str, &'static str, &'static str),
    /// Nothing is stored.
    DryRun(&'static str),
    /// A merge patch for what is at a path.
    Patch(&'static str, &'static str),
    Delete(&'static str),
    /// What is at a path is read.
    Get(&'static str),
}

/// What comes of it.
pub(super) enum Expect {
    Allowed,
    Denied(&'static str),
    /// The refusal does not say this.
    Without(&'static str),
    Warned(&'static str),
    NotWarned,
    /// A field of the answer is this.
    Is(&'static str, &'static str),
    /// A field of the answer is not there.
    Absent(&'static str),
    Code(u16),
}

/// Where objects of a kind are.
fn collection(kind: &str, namespace: &str) -> String {
    match kind {
        "Pod" => format!("/api/v1/namespaces/{namespace}/pods"),
        "ConfigMap" => format!("/api/v1/namespaces/{namespace}/configmaps"),
        "Secret" => format!("/api/v1/namespaces/{namespace}/secrets"),
        "Service" => format!("/api/v1/namespaces/{namespace}/services"),
        "Deployment" => format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
        "CronJob" => format!("/apis/batch/v1/namespaces/{namespace}/cronjobs"),
        "Namespace" => "/api/v1/namespaces".to_owned(),
        "ClusterPolicy" => "/apis/kyverno.io/v1/clusterpolicies".to_owned(),
        "Exception" => format!("/apis/ironhull.dev/v1alpha1/namespaces/{namespace}/exceptions"),
        other => panic!("where is {other}?"),
    }
}

pub(crate) fn json(text: &str) -> Value {
    let parsed = read("scenario", text.as_bytes(), &Limits::default(), &mut Interner::new());
    assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
    serde_json::to_value(&parsed.documents.first().expect("a document").value).expect("JSON")
}

fn ask(plane: &ControlPlane, admin: &Client, own: &str, ask: &Ask) -> Answer {
    let text = |text: &str| text.replace("$NS", own);
    let create = |client: &Client, object: &str, query: &str| {
        let object = json(&text(object));
        let kind = object["kind"].as_str().expect("a kind").to_owned();
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or(own).to_owned();
        client.post(&format!("{}{query}", collection(&kind, &namespace)), &object)
    };
    match ask {
        Ask::Create(object) => create(admin, object, ""),
        Ask::DryRun(object) => create(admin, object, "?dryRun=All"),
        Ask::CreateAs(user, group, object) => {
            let client = plane.client_for(user, &["system:masters", group]).expect("a client");
            create(&client, object, "")
        }
        Ask::Patch(path, patch) => admin.patch(&text(path), &json(&text(patch))),
        Ask::Delete(path) => admin.delete(&text(path), None),
        Ask::Get(path) => admin.get(&text(path)),
    }
    .expect("an answer")
}

fn check(answer: &Answer, expect: &Expect, own: &str) -> Result<(), String> {
    let text = |text: &str| text.replace("$NS", own);
    let message = answer.body["message"].as_str().unwrap_or_default();
    let is_denied = answer.status >= 400;
    let holds = match expect {
        Expect::Allowed => !is_denied,
        Expect::Denied(part) => is_denied && message.contains(&text(part)),
        Expect::Without(part) => !message.contains(&text(part)),
        Expect::Warned(part) => answer.warnings.iter().any(|one| one.replace('\\', "").contains(&text(part))),
        Expect::NotWarned => answer.warnings.is_empty(),
        Expect::Is(field, value) => answer.body.pointer(field) == Some(&json(&text(value))),
        Expect::Absent(field) => answer.body.pointer(field).is_none(),
        Expect::Code(code) => answer.status == *code,
    };
    let what = match expect {
        Expect::Allowed => "allowed".to_owned(),
        Expect::Denied(part) => format!("denied with {part:?}"),
        Expect::Without(part) => format!("a message without {part:?}"),
        Expect::Warned(part) => format!("warned of {part:?}"),
        Expect::NotWarned => "no warning".to_owned(),
        Expect::Is(field, value) => format!("{field} = {value}"),
        Expect::Absent(field) => format!("no {field}"),
        Expect::Code(code) => format!("code {code}"),
    };
    if holds {
        return Ok(());
    }
    Err(format!(
        "expected {what}; found {} {message} {:?} {}",
        answer.status,
        answer.warnings,
        answer.text.chars().take(300).collect::<String>()
    ))
}

#[test]
fn scenarios() {
    let Some(plane) = plane() else { return };
    // Some of the policies are not ready on purpose, which others would be told of.
    let _turn = turn();
    let all: Vec<&Case> = [
        validate::CASES,
        mutate::CASES,
        pod_security::CASES,
        exceptions::CASES,
        conditions::CASES,
        safety::CASES,
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut manifests = String::new();
    for case in &all {
        let own = format!("s-{}", case.name);
        _ = write!(
            manifests,
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {own}, labels: {}}}\n",
            case.labels
        );
    }
    plane.apply(&manifests).expect("namespaces");
    let mut manifests = String::new();
    for case in &all {
        for given in case.given {
            _ = write!(manifests, "---\n{}\n", given.replace("$NS", &format!("s-{}", case.name)));
        }
    }
    // The last one tells that all others were loaded as well.
    namespace(plane, "s-canary", "{}");
    _ = write!(
        manifests,
        "---\n{}",
        crate::admission::policy(
            "s-zzz-canary",
            "{}",
            "{name: sings, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [s-canary]}}]}, validate: {failureAction: Enforce, message: the bird sings, deny: {}}}",
        )
    );
    plane.apply(&manifests).expect("what is given");
    let served = Served::start(plane, &["--pod-security", "--exempt-namespace", "s-exempt"]);
    let admin = plane.client_admin().expect("a client");
    let canary = json("{apiVersion: v1, kind: ConfigMap, metadata: {generateName: c-}}");
    wait_for("the policies are registered", Duration::from_secs(30), || {
        let answer = admin.post("/api/v1/namespaces/s-canary/configmaps?dryRun=All", &canary).ok()?;
        answer.text.contains("the bird sings").then_some(())
    });
    for case in &all {
        let own = format!("s-{}", case.name);
        wait_for("the account of the namespace", Duration::from_secs(30), || {
            let path = format!("/api/v1/namespaces/{own}/serviceaccounts/default");
            (admin.get(&path).ok()?.status == 200).then_some(())
        });
    }
    let mut wrong = Vec::new();
    for case in &all {
        let own = format!("s-{}", case.name);
        for (step, (what, expected)) in case.steps.iter().enumerate() {
            let mut answer = ask(plane, &admin, &own, what);
            // What is read may be written a moment later.
            let begin = Instant::now();
            while matches!(what, Ask::Get(_))
                && begin.elapsed() < Duration::from_secs(20)
                && expected.iter().any(|expect| check(&answer, expect, &own).is_err())
            {
                std::thread::sleep(Duration::from_millis(200));
                answer = ask(plane, &admin, &own, what);
            }
            for expect in *expected {
                if let Err(why) = check(&answer, expect, &own) {
                    wrong.push(format!("{}, step {}: {why}", case.name, step + 1));
                }
            }
        }
    }
    assert!(all.len() >= 60, "{} scenarios", all.len());
    assert!(
        wrong.is_empty(),
        "{} of {} are wrong:\n{}\n{}",
        wrong.len(),
        all.len(),
        wrong.join("\n"),
        served.log()
    );
    // What others would be told of as not ready, or as void.
    for gone in [
        &["delete", "clusterpolicies", "-l", "of=scenarios"][..],
        &["delete", "policies.kyverno.io", "-A", "-l", "of=scenarios"],
        &["delete", "clusterpolicy", "s-zzz-canary"],
        &["delete", "policyexceptions", "-A", "--all"],
        &["delete", "exceptions.ironhull.dev", "-A", "--all"],
    ] {
        let output = plane.kubectl(gone, None).expect("kubectl");
        assert!(output.status.success(), "{}", said(&output));
    }
}
