//! What still holds while we are away: what the API server enforces by itself.
//!
//! That are policies that were exported for it (`ironhull policy export`), and the Pod Security labels of namespaces.
//! What cannot be read is said: an empty list must mean that there is nothing.

use std::time::Duration;

use ironhull_kube::{Cluster, Failure, ResourcePath, Selection};
use ironhull_value::Value;
use ironhull_world::{World, kinds};

use super::model::Holding;
use crate::serve::source::Source;

/// How long the API server is asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `ironhull policy export` marks its objects with.
const EXPORTED: &str = "app.kubernetes.io/component=while-away";

const LEVEL: &str = "pod-security.kubernetes.io/enforce";

/// What holds, and what could not be found out.
pub(super) async fn holding(source: &Source) -> (Vec<Holding>, Vec<String>) {
    let Source::Live { cluster, .. } = source else { return (Vec::new(), Vec::new()) };
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    match tokio::time::timeout(PATIENCE, exported(cluster)).await {
        Ok(Ok(exported)) => found = exported,
        Ok(Err(why)) => unknown.push(why),
        Err(_) => {
            let what = "whether exported policies hold: the API server did not answer in time";
            unknown.push(what.to_owned());
        }
    }
    let world = source.world();
    if world.is_complete(kinds::NAMESPACE) {
        found.extend(labelled(&world));
    } else {
        unknown.push("which namespaces have Pod Security labels: they are not all known".to_owned());
    }
    (found, unknown)
}

/// Exported policies with what their bindings do.
async fn exported(cluster: &Cluster) -> Result<Vec<Holding>, String> {
    let list = async |plural: &str, labels: Option<&str>| -> Result<Vec<Value>, Failure> {
        let path = ResourcePath::new("admissionregistration.k8s.io", "v1", plural);
        let selection = Selection { labels: labels.map(str::to_owned), ..Selection::default() };
        cluster.list(&path, &selection).await
    };
    let policies = "validatingadmissionpolicies";
    let unread = |plural: &str, failure: &Failure| format!("{plural} cannot be listed: {failure}");
    let policies = list(policies, Some(EXPORTED)).await.map_err(|failure| unread(policies, &failure))?;
    if policies.is_empty() {
        return Ok(Vec::new());
    }
    // Who binds one of ours otherwise than we did counts as well.
    let bindings = "validatingadmissionpolicybindings";
    let bindings = list(bindings, None).await.map_err(|failure| unread(bindings, &failure))?;
    Ok(policies.iter().map(|policy| of_policy(policy, &bindings)).collect())
}

fn of_policy(policy: &Value, bindings: &[Value]) -> Holding {
    let name = policy.dig_str(&["metadata", "name"]).unwrap_or_default();
    let annotation = |key: &str| policy.dig_str(&["metadata", "annotations", key]).unwrap_or_default();
    let own = bindings.iter().filter(|one| one.dig_str(&["spec", "policyName"]) == Some(name));
    let actions = own.flat_map(|one| one.dig_items(&["spec", "validationActions"]));
    let mut actions: Vec<String> = actions.filter_map(Value::as_str).map(str::to_ascii_lowercase).collect();
    actions.sort();
    actions.dedup();
    let refuses = actions.iter().any(|action| action == "deny");
    let reason = match (actions.is_empty(), refuses) {
        (true, _) => "it has no binding".to_owned(),
        (_, false) => "it only tells".to_owned(),
        _ => String::new(),
    };
    let of = [annotation("ironhull.dev/policy"), annotation("ironhull.dev/rule")];
    Holding {
        kind: "ValidatingAdmissionPolicy".to_owned(),
        name: name.to_owned(),
        of: of.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/"),
        actions,
        refuses,
        reason,
    }
}

/// Namespaces of which the API server's own Pod Security Admission refuses pods.
fn labelled(world: &World) -> Vec<Holding> {
    let mut found: Vec<Holding> = world
        .of_kind(kinds::NAMESPACE)
        .filter_map(|namespace| {
            let level = namespace.value.dig_str(&["metadata", "labels", LEVEL])?;
            // The label is there and lets everything through.
            (level != "privileged").then(|| Holding {
                kind: "Namespace".to_owned(),
                name: namespace.key.name.to_string(),
                of: level.to_owned(),
                actions: vec!["deny".to_owned()],
                refuses: true,
                reason: String::new(),
            })
        })
        .collect();
    found.sort_by(|a, b| (&a.of, &a.name).cmp(&(&b.of, &b.name)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_refuses_by_its_bindings_alone() {
        let of = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let policy = of(
            r#"{"metadata":{"name":"p","annotations":{"ironhull.dev/policy":"team","ironhull.dev/rule":"r"}}}"#,
        );
        let binding = |policy: &str, action: &str| {
            of(&format!(r#"{{"spec":{{"policyName":"{policy}","validationActions":["{action}"]}}}}"#))
        };
        let bound = |bindings: &[Value]| of_policy(&policy, bindings);
        let none = bound(&[binding("other", "Deny")]);
        assert_eq!((none.refuses, none.reason.as_str()), (false, "it has no binding"));
        let audits = bound(&[binding("p", "Audit")]);
        assert_eq!((audits.refuses, audits.reason.as_str()), (false, "it only tells"));
        let both = bound(&[binding("p", "Audit"), binding("p", "Deny")]);
        assert!(both.refuses && both.reason.is_empty());
        assert_eq!((both.actions.join(","), both.of.as_str()), ("audit,deny".to_owned(), "team/r"));
    }
}
