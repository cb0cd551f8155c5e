//! `validate.podSecurity`. Upstream: `pkg/engine/handlers/validation/validate_pss.go`.

use ironhull_podsecurity::Version;
use ironhull_value::Value;

use super::before::failed_before;
use super::response::{RuleResponse, RuleType, Status};
use super::rules::Scene;
use crate::kyverno::images::Images;
use crate::kyverno::model::{PodSecurity, PodSecurityExclude, PolicyException, Validate};
use crate::kyverno::pod_security::{
    Standard, Violation, check_types, checks, moved, properties, text, violations, without,
};
use crate::kyverno::request::Request;
use crate::kyverno::trace::{Step, tell};

/// Judges by a level and a version.
pub(super) fn validate(
    scene: &Scene<'_, '_>,
    rule: &Validate,
    security: &PodSecurity,
) -> Option<RuleResponse> {
    let response = judge(scene, security, scene.request)?;
    if response.status == Status::Fail {
        let failed = |before: &Request<'_>| {
            judge(scene, security, before).is_some_and(|response| response.status == Status::Fail)
        };
        if failed_before(scene, rule, scene.rule.preconditions.as_ref(), scene.request, failed) {
            let message = "skipping the rule evaluation as pre-existing violations are allowed";
            return Some(scene.says(RuleType::Validation, Status::Skip, message.to_owned()));
        }
    }
    Some(response)
}

fn judge(scene: &Scene<'_, '_>, security: &PodSecurity, request: &Request<'_>) -> Option<RuleResponse> {
    if request.is_delete() {
        return None;
    }
    let says = |status, message| scene.says(RuleType::Validation, status, message);
    let skipped = |message: &str, exceptions: Vec<String>| {
        let message = format!("rule is skipped due to policy {message} {}", exceptions.join(", "));
        Some(RuleResponse { exceptions, ..says(Status::Skip, message) })
    };
    let exceptions = scene.exceptions(request);
    if let Some(whole) = exceptions.iter().find(|exception| exception.pod_security.is_empty()) {
        return skipped("exception", vec![whole.key()]);
    }
    let resource = request.resource()?;
    let Some(pod) = pod_of(resource) else {
        let message = "Error while getting new resource: could not find correct resource type";
        return Some(says(Status::Error, message.to_owned()));
    };
    // A pod that the API server would refuse is no pass.
    let invalid = |why: &dyn std::fmt::Display| {
        Some(says(Status::Error, format!("Error while getting new resource: {why}")))
    };
    if let Err(why) = check_types(resource) {
        return invalid(&why);
    }
    let version = match security.version.as_str() {
        "" => Ok(Version::Latest),
        version => version.parse(),
    };
    let version = match version {
        Ok(version) => version,
        Err(why) => {
            let message = format!("failed to parse pod security api version: {why}");
            return Some(says(Status::Error, message));
        }
    };
    let standard = Standard { level: &security.level, version };
    let found =
        violations(standard, &pod).and_then(|found| without(standard, &security.exclude, found, &pod));
    let found = match found {
        Ok(found) => found,
        Err(why) => return invalid(&why),
    };
    let name = &scene.rule.name;
    let kind = resource.dig_str(&["kind"]).unwrap_or_default();
    let tell = |left: &[Violation]| {
        tell(scene.recorder(), || Step::Checks {
            level: security.level.to_string(),
            version: security.version.to_string(),
            checks: checks(standard, &pod, kind, left),
        });
    };
    if found.is_empty() {
        tell(&found);
        return Some(says(Status::Pass, format!("Validation rule '{name}' passed.")));
    }
    let excludes: Vec<PodSecurityExclude> =
        exceptions.iter().flat_map(|exception| exception.pod_security.iter().cloned()).collect();
    let mut found = match without(standard, &excludes, found, &pod) {
        Ok(found) => found,
        Err(why) => return invalid(&why),
    };
    tell(&found);
    if found.is_empty() {
        let keys = exceptions.iter().map(|exception| PolicyException::key(exception));
        return skipped("exceptions", keys.collect());
    }
    moved(&mut found, kind);
    let images = Images::of(resource, None, &scene.context.image_defaults()).unwrap_or_default();
    let about = properties(&security.level, &security.version, &found, &images);
    let (level, version, text) = (&security.level, &security.version, text(&found));
    let message =
        format!(r#"Validation rule '{name}' failed. It violates PodSecurity "{level}:{version}": {text}"#);
    let mut response = says(Status::Fail, message);
    response.properties.extend(about);
    Some(response)
}

/// The pod in a resource, with `metadata` and `spec`. That of a CronJob has the metadata of its jobs.
fn pod_of(resource: &Value) -> Option<Value> {
    let (metadata, spec): (&[&str], &[&str]) = match resource.dig_str(&["kind"])? {
        "Pod" => (&["metadata"], &["spec"]),
        "DaemonSet" | "Deployment" | "Job" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            (&["spec", "template", "metadata"], &["spec", "template", "spec"])
        }
        "CronJob" => {
            (&["spec", "jobTemplate", "metadata"], &["spec", "jobTemplate", "spec", "template", "spec"])
        }
        _ => return None,
    };
    let member = |path: &[&str]| resource.dig(path).cloned().unwrap_or_default();
    Some([("metadata".into(), member(metadata)), ("spec".into(), member(spec))].into_iter().collect())
}
