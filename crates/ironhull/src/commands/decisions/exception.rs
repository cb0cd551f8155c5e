//! The narrowest exception that would let the object of a decision through.

use std::collections::BTreeMap;

use ironhull_podsecurity::{LevelVersion, PodRef, evaluate};
use ironhull_value::Value;
use serde_json::{Value as Json, json};

use crate::serve::recorded::{Recorded, RecordedSaid};

/// What somebody says of it.
pub(super) struct Terms<'a> {
    pub(super) owner: &'a str,
    pub(super) reason: &'a str,
    /// As the API writes times.
    pub(super) expires: &'a str,
    /// The namespace of the exception itself.
    pub(super) namespace: &'a str,
    /// Containers of the checks of Pod Security; empty for the whole pod.
    pub(super) containers: &'a [String],
}

/// The kinds that have pods below them, with what is between.
const ABOVE: [(&str, &[&str]); 8] = [
    ("Deployment", &["Deployment", "ReplicaSet", "Pod"]),
    ("ReplicaSet", &["ReplicaSet", "Pod"]),
    ("StatefulSet", &["StatefulSet", "Pod"]),
    ("DaemonSet", &["DaemonSet", "Pod"]),
    ("ReplicationController", &["ReplicationController", "Pod"]),
    ("Job", &["Job", "Pod"]),
    ("CronJob", &["CronJob", "Job", "Pod"]),
    ("Pod", &["Pod"]),
];

/// Makes the exception.
///
/// # Errors
/// When none can let it through.
pub(super) fn make(decision: &Recorded, terms: &Terms<'_>) -> Result<Json, String> {
    if decision.namespace.is_empty() || decision.kind == "Namespace" {
        return Err("exceptions are for what is in a namespace; this is not".to_owned());
    }
    let policies = policies(decision);
    let checks = checks(decision)?;
    if policies.is_empty() && checks.is_empty() {
        return Err("no policy refused it, so that there is nothing to except".to_owned());
    }
    let mut spec = json!({
        "owner": terms.owner,
        "reason": terms.reason,
        "expires": terms.expires,
        "decision": decision.id,
        "match": {
            "namespaces": [decision.namespace],
            "kinds": kinds(&decision.kind),
            "names": names(decision),
        },
    });
    if !policies.is_empty() {
        spec["policies"] = json!(policies);
    }
    if !checks.is_empty() {
        spec["podSecurity"] = json!({ "checks": checks });
        if !terms.containers.is_empty() {
            spec["podSecurity"]["containers"] = json!(terms.containers);
        }
    }
    Ok(json!({
        "apiVersion": "ironhull.dev/v1alpha1",
        "kind": "Exception",
        "metadata": { "name": format!("decision-{}", decision.id), "namespace": terms.namespace },
        "spec": spec,
    }))
}

/// The kind, and what it makes: one that is let through and whose pods are not would be of no use.
fn kinds(kind: &str) -> Vec<&str> {
    ABOVE.iter().find(|(own, _)| *own == kind).map_or_else(|| vec![kind], |(_, all)| all.to_vec())
}

/// The names: of a pod with a controller that of its workload, as the next pod has another name.
fn names(decision: &Recorded) -> Vec<String> {
    let Some(workload) = workload(decision) else {
        let is_known = ABOVE.iter().any(|(kind, _)| *kind == decision.kind) && decision.kind != "Pod";
        let name = decision.name.clone();
        // A name that the server makes up has a stem that ends with a dash.
        return match (name.ends_with('-'), is_known) {
            (true, _) => vec![format!("{name}*")],
            (false, true) => vec![name.clone(), format!("{name}-*")],
            (false, false) => vec![name],
        };
    };
    vec![workload.clone(), format!("{workload}-*")]
}

/// The name of the workload that controls a pod or a ReplicaSet.
fn workload(decision: &Recorded) -> Option<String> {
    let metadata = decision.about()?.get("metadata")?;
    let owners = metadata.get("ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == Json::Bool(true))?;
    let name = owner["name"].as_str()?;
    let hash = metadata["labels"]["pod-template-hash"].as_str();
    // The name of a Deployment's ReplicaSet ends with the hash of its template.
    let stem = hash
        .filter(|_| owner["kind"] == "ReplicaSet")
        .and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-'));
    Some(stem.unwrap_or(name).to_owned())
}

/// What refused it; of what was let through, what would have. Who was only listened to is not excepted with the rest.
fn refusing(decision: &Recorded) -> impl Iterator<Item = &RecordedSaid> {
    let is_let_through = decision.is_allowed();
    decision.refusing().filter(move |said| is_let_through || said.counts())
}

/// The rules that refuse, with the forms that they have for pods and for what makes pods.
fn policies(decision: &Recorded) -> Vec<Json> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for said in refusing(decision).filter(|said| said.engine == "kyverno") {
        let rules = found.entry(&said.policy).or_default();
        let plain = said.rule.strip_prefix("autogen-cronjob-").or_else(|| said.rule.strip_prefix("autogen-"));
        let plain = plain.unwrap_or(&said.rule);
        for rule in [plain.to_owned(), format!("autogen-{plain}"), format!("autogen-cronjob-{plain}")] {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    found.into_iter().map(|(name, rules)| json!({ "name": name, "rules": rules })).collect()
}

/// The checks of Pod Security that refuse.
fn checks(decision: &Recorded) -> Result<Vec<String>, String> {
    let Some(said) = refusing(decision).find(|said| said.engine == "pod-security") else {
        return Ok(Vec::new());
    };
    let level: LevelVersion = said
        .revision
        .parse()
        .map_err(|_| format!("the record has no level of Pod Security, but {:?}", said.revision))?;
    let object = decision.object.clone().ok_or("the object is not in the record")?;
    let object: Value = serde_json::from_value(object).map_err(|error| error.to_string())?;
    let pod = PodRef::of(&object).map_err(|invalid| invalid.to_string())?;
    let found = evaluate(level, pod).map_err(|invalid| invalid.to_string())?;
    Ok(found.violations.iter().map(|violation| violation.check.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(extra: &Json) -> Recorded {
        let mut whole = json!({
            "id": "0123456789bc", "at": 0, "route": "validate", "uid": "u", "operation": "CREATE",
            "resource": {"group": "", "version": "v1", "resource": "pods"}, "kind": "Pod", "namespace": "shop",
            "name": "web-5d9-", "user": {"username": "a"}, "outcome": "denied",
            "said": [{"engine": "kyverno", "policy": "p", "rule": "autogen-r", "status": "fail", "refuses": true, "mode": "enforce"}],
        });
        for (key, value) in extra.as_object().unwrap() {
            whole[key] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    const TERMS: Terms<'_> =
        Terms { owner: "o", reason: "r", expires: "2026-12-01T00:00:00Z", namespace: "n", containers: &[] };

    #[test]
    fn a_pod_of_a_deployment_is_named_by_the_deployment() {
        let pod = json!({"metadata": {"generateName": "web-5d9-", "labels": {"pod-template-hash": "5d9"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d9", "controller": true}]}});
        let made = make(&decision(&json!({ "object": pod })), &TERMS).unwrap();
        assert_eq!(
            made["spec"]["match"],
            json!({"namespaces": ["shop"], "kinds": ["Pod"], "names": ["web", "web-*"]})
        );
        assert_eq!(
            made["spec"]["policies"],
            json!([{"name": "p", "rules": ["r", "autogen-r", "autogen-cronjob-r"]}])
        );
        crate::serve::api::decisions::exception_of(&made).unwrap();
    }

    #[test]
    fn a_deployment_takes_its_pods_along_and_others_stand_alone() {
        let made = make(&decision(&json!({ "kind": "Deployment", "name": "web" })), &TERMS).unwrap();
        assert_eq!(made["spec"]["match"]["kinds"], json!(["Deployment", "ReplicaSet", "Pod"]));
        assert_eq!(made["spec"]["match"]["names"], json!(["web", "web-*"]));
        let made = make(&decision(&json!({ "kind": "Service", "name": "web" })), &TERMS).unwrap();
        assert_eq!(made["spec"]["match"]["names"], json!(["web"]));
        assert!(make(&decision(&json!({ "namespace": "" })), &TERMS).is_err());
        assert!(make(&decision(&json!({ "said": [] })), &TERMS).unwrap_err().contains("no policy refused"));
    }

    #[test]
    fn pod_security_is_excepted_by_check_and_container() {
        let said = json!([{"engine": "pod-security", "policy": "pod-security", "revision": "baseline:latest",
            "rule": "", "status": "fail", "refuses": true, "mode": "enforce"}]);
        let pod = json!({"spec": {"hostNetwork": true, "containers": [{"name": "a", "securityContext": {"privileged": true}}]}});
        let containers = ["a".to_owned()];
        let terms = Terms { containers: &containers, ..TERMS };
        let made = make(&decision(&json!({ "said": said, "object": pod, "name": "x" })), &terms).unwrap();
        assert_eq!(
            made["spec"]["podSecurity"],
            json!({"checks": ["hostNamespaces", "privileged"], "containers": ["a"]})
        );
        assert_eq!(made["spec"].get("policies"), None);
    }
}
