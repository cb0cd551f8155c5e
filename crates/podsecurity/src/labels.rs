//! From the labels of a namespace to its policy. Semantics: upstream's `PolicyToEvaluate`.

use ironhull_value::Value;

use crate::{FieldError, Level, LevelError, LevelVersion, Policy, Version};

/// The label for the level that is enforced.
pub const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
/// The label for the version that is enforced.
pub const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";
/// The label for the level that is audited.
pub const AUDIT: &str = "pod-security.kubernetes.io/audit";
/// The label for the version that is audited.
pub const AUDIT_VERSION: &str = "pod-security.kubernetes.io/audit-version";
/// The label for the level that is warned of.
pub const WARN: &str = "pod-security.kubernetes.io/warn";
/// The label for the version that is warned of.
pub const WARN_VERSION: &str = "pod-security.kubernetes.io/warn-version";

/// The policy that a namespace's labels ask for, and what is wrong with them. `labels` is
/// `metadata.labels`, null when there are none; `defaults` hold where a label is missing.
///
/// There is always a policy:
/// - A level that is none enforces `restricted`, but audits and warns of nothing.
/// - A version that is none means `latest`.
/// - Without a warn label, a valid enforce label that is stricter than the default warning is warned of
///   too, so that authors of Deployments hear of pods that will be refused.
///
/// Labels that are not text cannot exist in an API server. A label value of another type counts as wrong,
/// and `labels` of another type enforce `restricted:latest`.
pub fn resolve_labels(labels: &Value, defaults: &Policy) -> (Policy, Vec<FieldError>) {
    let mut policy = *defaults;
    let mut errors = Vec::new();
    if !matches!(labels, Value::Null | Value::Map(_)) {
        policy.enforce = LevelVersion::new(Level::Restricted, Version::Latest);
        errors.push(FieldError::invalid(
            "metadata.labels".into(),
            labels.kind().name(),
            &"must be an object",
        ));
        return (policy, errors);
    }

    let mut labels = Labels { labels, errors };
    let enforce = labels.level(ENFORCE);
    if let Some(level) = enforce {
        policy.enforce.level = level.unwrap_or(Level::Restricted);
    }
    if let Some(version) = labels.version(ENFORCE_VERSION) {
        policy.enforce.version = version;
    }
    if let Some(level) = labels.level(AUDIT) {
        policy.audit.level = level.unwrap_or(Level::Privileged);
    }
    if let Some(version) = labels.version(AUDIT_VERSION) {
        policy.audit.version = version;
    }
    let warn = labels.level(WARN);
    if let Some(level) = warn {
        policy.warn.level = level.unwrap_or(Level::Privileged);
    }
    let warn_version = labels.version(WARN_VERSION);
    if let Some(version) = warn_version {
        policy.warn.version = version;
    }

    if let (None, Some(Ok(enforced))) = (warn, enforce)
        && enforced > policy.warn.level
    {
        policy.warn.level = enforced;
        if warn_version.is_none() {
            policy.warn.version = policy.enforce.version;
        }
    }
    (policy, labels.errors)
}

/// The text of the audit annotation `error` for labels with errors; none without.
pub fn audit_error(errors: &[FieldError]) -> Option<String> {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => None,
        [only] => Some(format!("Failed to parse policy: {only}")),
        _ => Some(format!("Failed to parse policy: [{}]", texts.join(", "))),
    }
}

struct Labels<'a> {
    labels: &'a Value,
    errors: Vec<FieldError>,
}

impl<'a> Labels<'a> {
    /// The level under a label: none without the label, an error, which is noted, when it is no level.
    fn level(&mut self, label: &'static str) -> Option<Result<Level, LevelError>> {
        let text = self.text(label)?;
        Some(text.parse().inspect_err(|error| self.wrong(label, text, error)))
    }

    /// The version under a label; `latest` when the value is no version.
    fn version(&mut self, label: &'static str) -> Option<Version> {
        let text = self.text(label)?;
        Some(text.parse().inspect_err(|error| self.wrong(label, text, error)).unwrap_or(Version::Latest))
    }

    /// The text under a label. Null is an empty text, as for every map of texts.
    fn text(&self, label: &str) -> Option<&'a str> {
        match self.labels.as_map()?.get(label)? {
            Value::Str(text) => Some(text),
            Value::Null => Some(""),
            // No type's name is a level or a version.
            other => Some(other.kind().name()),
        }
    }

    fn wrong(&mut self, label: &str, value: &str, error: &dyn ToString) {
        self.errors.push(FieldError::invalid(format!("metadata.labels[{label}]"), value, error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(labels: &str, defaults: &str) -> (String, String) {
        let labels = serde_json::from_str(labels).unwrap();
        let (policy, errors) = resolve_labels(&labels, &Policy::uniform(defaults.parse().unwrap()));
        let policy = format!("{} {} {}", policy.enforce, policy.audit, policy.warn);
        (policy, audit_error(&errors).unwrap_or_default())
    }

    #[track_caller]
    fn expect(labels: &str, defaults: &str, policy: &str, error: &str) {
        assert_eq!(resolve(labels, defaults), (policy.into(), error.into()), "{labels}");
    }

    #[test]
    fn without_labels_the_defaults_hold() {
        expect("null", "baseline:v1.3", "baseline:v1.3 baseline:v1.3 baseline:v1.3", "");
        expect("{}", "privileged:latest", "privileged:latest privileged:latest privileged:latest", "");
    }

    #[test]
    fn enforce_is_warned_of_when_stricter() {
        let enforce = r#"{"pod-security.kubernetes.io/enforce": "baseline",
                          "pod-security.kubernetes.io/enforce-version": "v1.5"}"#;
        expect(enforce, "privileged:latest", "baseline:v1.5 privileged:latest baseline:v1.5", "");
        expect(enforce, "restricted:v1.2", "baseline:v1.5 restricted:v1.2 restricted:v1.2", "");
        expect(
            r#"{"pod-security.kubernetes.io/enforce": "baseline",
                "pod-security.kubernetes.io/warn-version": "v1.9"}"#,
            "privileged:latest",
            "baseline:latest privileged:latest baseline:v1.9",
            "",
        );
        expect(
            r#"{"pod-security.kubernetes.io/enforce": "baseline",
                "pod-security.kubernetes.io/warn": "privileged"}"#,
            "privileged:latest",
            "baseline:latest privileged:latest privileged:latest",
            "",
        );
    }

    #[test]
    fn wrong_levels_fail_closed_for_enforce_and_open_for_the_others() {
        expect(
            r#"{"pod-security.kubernetes.io/enforce": "strict"}"#,
            "privileged:v1.7",
            "restricted:v1.7 privileged:v1.7 privileged:v1.7",
            "Failed to parse policy: metadata.labels[pod-security.kubernetes.io/enforce]: \
             Invalid value: \"strict\": must be one of privileged, baseline, restricted",
        );
        expect(
            r#"{"pod-security.kubernetes.io/audit": "", "pod-security.kubernetes.io/warn-version": "1.3"}"#,
            "baseline:v1.7",
            "baseline:v1.7 privileged:v1.7 baseline:latest",
            "Failed to parse policy: [metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: \"\": \
             must be one of privileged, baseline, restricted, \
             metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \"1.3\": \
             must be \"latest\" or \"v1.x\"]",
        );
    }

    #[test]
    fn labels_that_are_not_text_never_loosen() {
        let (policy, error) = resolve(r#"{"pod-security.kubernetes.io/enforce": true}"#, "privileged:latest");
        assert!(policy.starts_with("restricted:latest "), "{policy}");
        assert!(error.contains("boolean"), "{error}");
        let (policy, error) = resolve("[]", "privileged:v1.1");
        assert!(policy.starts_with("restricted:latest "), "{policy}");
        assert!(error.contains("must be an object"), "{error}");
    }
}
