//! The `defaults` of a `PodSecurityConfiguration` (`pod-security.admission.config.k8s.io/v1`).

use ironhull_value::Value;

use crate::{FieldError, LevelVersion, Policy};

/// The policy for namespaces without labels. Members that are missing or empty mean `privileged` and
/// `latest`, as upstream defaults them; null means that there is no `defaults`.
///
/// # Errors
/// Every member that is unknown, no text, or no level or version. A configuration with errors must not be
/// used in part.
pub fn parse_defaults(defaults: &Value) -> Result<Policy, Vec<FieldError>> {
    let mut policy = Policy::default();
    let map = match defaults {
        Value::Null => return Ok(policy),
        Value::Map(map) => map,
        other => {
            return Err(vec![FieldError::invalid(
                "defaults".into(),
                other.kind().name(),
                &"must be an object",
            )]);
        }
    };
    let mut errors = Vec::new();
    for (key, value) in map.iter() {
        if let Err(problem) = set(&mut policy, key, value) {
            let written = value.as_str().unwrap_or(value.kind().name());
            errors.push(FieldError::invalid(format!("defaults.{key}"), written, &problem));
        }
    }
    if errors.is_empty() { Ok(policy) } else { Err(errors) }
}

fn set(policy: &mut Policy, key: &str, value: &Value) -> Result<(), String> {
    let (mode, is_version): (&mut LevelVersion, bool) = match key {
        "enforce" => (&mut policy.enforce, false),
        "enforce-version" => (&mut policy.enforce, true),
        "audit" => (&mut policy.audit, false),
        "audit-version" => (&mut policy.audit, true),
        "warn" => (&mut policy.warn, false),
        "warn-version" => (&mut policy.warn, true),
        _ => {
            return Err("unknown field; known are enforce, audit and warn, each with -version".into());
        }
    };
    match value {
        Value::Null => Ok(()),
        Value::Str(text) if text.is_empty() => Ok(()),
        Value::Str(text) if is_version => {
            mode.version = text.parse().map_err(|error: crate::VersionError| error.to_string())?;
            Ok(())
        }
        Value::Str(text) => {
            mode.level = text.parse().map_err(|error: crate::LevelError| error.to_string())?;
            Ok(())
        }
        _ => Err("must be a string".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Policy, Vec<FieldError>> {
        parse_defaults(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_is_missing_is_privileged_and_latest() {
        let policy = parse(r#"{"enforce": "baseline", "audit-version": "v1.3", "warn": ""}"#).unwrap();
        assert_eq!(policy.enforce.to_string(), "baseline:latest");
        assert_eq!(policy.audit.to_string(), "privileged:v1.3");
        assert_eq!(policy.warn.to_string(), "privileged:latest");
        assert_eq!(parse("null").unwrap(), Policy::default());
    }

    #[test]
    fn every_error_is_named() {
        let errors = parse(r#"{"enforce": "x", "enforceVersion": "latest", "warn-version": 1}"#).unwrap_err();
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts[0],
            r#"defaults.enforce: Invalid value: "x": must be one of privileged, baseline, restricted"#
        );
        assert!(texts[1].starts_with(r#"defaults.enforceVersion: Invalid value: "latest": unknown field"#));
        assert_eq!(texts[2], r#"defaults.warn-version: Invalid value: "integer": must be a string"#);
    }
}
