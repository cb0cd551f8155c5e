//! What a policy would delete. Upstream: `pkg/controllers/cleanup/controller.go`.

use ironhull_value::Value;

use super::CleanupPolicy;
use crate::kyverno::context::{Context, Expressions, Ports};
use crate::kyverno::engine::all_hold;
use crate::kyverno::matching::Matcher;
use crate::kyverno::request::Request;

/// A policy that deletes, ready to be asked.
#[derive(Debug)]
pub struct Cleaner<'p> {
    /// The policy.
    pub policy: &'p CleanupPolicy,
    matching: Matcher,
    exclude: Option<Matcher>,
    expressions: Expressions,
}

impl<'p> Cleaner<'p> {
    /// Compiles a policy that has no problems.
    pub fn new(policy: &'p CleanupPolicy) -> Self {
        Self {
            policy,
            matching: Matcher::new(&policy.matching, None),
            exclude: policy.exclude.as_ref().map(|exclude| Matcher::new(exclude, None)),
            expressions: Expressions::default(),
        }
    }

    /// Whether the next run deletes the object of a request, which nobody made.
    ///
    /// # Errors
    /// When that cannot be told: upstream leaves the object alone then.
    pub fn deletes(&self, request: &Request<'_>, ports: &dyn Ports) -> Result<bool, String> {
        let Some(object) = &request.object else { return Ok(false) };
        // It lists the objects of the kinds that it names, and finds nothing where it names none.
        if self.policy.matching.kinds().next().is_none() {
            return Ok(false);
        }
        let namespace = object.dig_str(&["metadata", "namespace"]).unwrap_or_default();
        let own = self.policy.namespace();
        if !own.is_empty() && namespace != own || self.matching.matches(request, object).is_err() {
            return Ok(false);
        }
        if self.exclude.as_ref().is_some_and(|exclude| exclude.matches(request, object).is_ok()) {
            return Ok(false);
        }
        let Some(conditions) = &self.policy.conditions else { return Ok(true) };
        let context = Context::new(&self.expressions, ports, own);
        context.add_entries(&self.policy.context);
        context.checkpoint();
        context.replace(&["target"], object.clone());
        context.add(&["request", "namespace"], Value::Str(namespace.into()));
        context.set_images_of(object.clone());
        all_hold(conditions, &context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ironhull_world::{Object, ObjectRef, Origin};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kyverno::context::Nothing;

    fn tree(value: &Json) -> Value {
        serde_json::from_str(&value.to_string()).unwrap()
    }

    fn policy(kind: &str, spec: &Json) -> CleanupPolicy {
        let value = json!({
            "apiVersion": "kyverno.io/v2", "kind": kind,
            "metadata": {"name": "clean", "namespace": "a"}, "spec": spec,
        });
        let key = ObjectRef {
            group: "kyverno.io".into(),
            kind: kind.into(),
            namespace: "a".into(),
            name: "clean".into(),
            copy: 0,
        };
        let object = Object { key, version: "v2".into(), value: tree(&value), origin: Origin::Request };
        CleanupPolicy::read(&Arc::new(object)).unwrap()
    }

    fn deletes(policy: &CleanupPolicy, pod: &Json) -> Result<bool, String> {
        assert_eq!(policy.problems, []);
        let pod = tree(pod);
        Cleaner::new(policy).deletes(&Request::create(&pod), &Nothing)
    }

    fn pod(namespace: &str, labels: &Json) -> Json {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "namespace": namespace, "labels": labels},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]},
        })
    }

    #[test]
    fn what_matches_and_meets_the_conditions_goes() {
        let spec = json!({
            "schedule": "*/5 * * * *",
            "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
            "exclude": {"any": [{"resources": {"selector": {"matchLabels": {"keep": "yes"}}}}]},
            "context": [{"name": "wanted", "variable": {"value": "1"}}],
            "conditions": {"all": [
                {"key": "{{ target.metadata.labels.old || '' }}", "operator": "Equals", "value": "{{ wanted }}"},
                {"key": "{{ images.containers.c.tag }}", "operator": "Equals", "value": "1"},
            ]},
        });
        let cluster = policy("ClusterCleanupPolicy", &spec);
        assert_eq!(deletes(&cluster, &pod("b", &json!({"old": "1"}))), Ok(true));
        assert_eq!(deletes(&cluster, &pod("b", &json!({"old": "2"}))), Ok(false));
        assert_eq!(deletes(&cluster, &pod("b", &json!({"old": "1", "keep": "yes"}))), Ok(false));
        let own = policy("CleanupPolicy", &spec);
        assert_eq!(deletes(&own, &pod("a", &json!({"old": "1"}))), Ok(true));
        assert_eq!(deletes(&own, &pod("b", &json!({"old": "1"}))), Ok(false), "of another namespace");
    }

    #[test]
    fn what_cannot_be_told_is_an_error_and_deletes_nothing() {
        let spec = json!({
            "schedule": "@daily",
            "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
            "conditions": {"all": [{"key": "{{ target.status.phase }}", "operator": "Equals", "value": "Failed"}]},
        });
        let found = deletes(&policy("ClusterCleanupPolicy", &spec), &pod("b", &json!({}))).unwrap_err();
        assert!(found.contains("Unknown key \"status\""), "{found}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let spec = json!({
            "schedule": "daily", "when": 1, "deletionPropagationPolicy": "Slow",
            "match": {"any": [{"resources": {"kinds": ["Pod"]}, "clusterRoles": ["x"]}]},
        });
        let found = policy("CleanupPolicy", &spec).problems;
        let found: Vec<String> = found.iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
        for wanted in ["spec.when", "nobody asks", "`daily` is no schedule", "`Slow` is none of"] {
            assert!(found.iter().any(|one| one.contains(wanted)), "{wanted}: {found:#?}");
        }
    }
}
