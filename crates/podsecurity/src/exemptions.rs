//! The `exemptions` of a `PodSecurityConfiguration`: requests that are not judged at all.

use std::collections::BTreeSet;

use ironhull_value::Value;

use crate::FieldError;

/// Who is exempt. All names are exact; there are no wildcards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemptions {
    /// Names of authenticated users.
    pub usernames: BTreeSet<String>,
    /// Namespaces.
    pub namespaces: BTreeSet<String>,
    /// `runtimeClassName`s of pods.
    pub runtime_classes: BTreeSet<String>,
}

/// Why a request is exempt. Displayed as the value of the audit annotation `exempt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exemption {
    /// By its namespace.
    Namespace,
    /// By its user.
    User,
    /// By the runtime class of the pod.
    RuntimeClass,
}

impl std::fmt::Display for Exemption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Namespace => "namespace",
            Self::User => "user",
            Self::RuntimeClass => "runtimeClass",
        })
    }
}

impl Exemptions {
    /// Whether a request is exempt, and why; the namespace is asked first, then the user, then the runtime
    /// class. What is not known is passed as an empty text, which is never exempt.
    pub fn of(&self, namespace: &str, username: &str, runtime_class: &str) -> Option<Exemption> {
        let has = |set: &BTreeSet<String>, name: &str| !name.is_empty() && set.contains(name);
        if has(&self.namespaces, namespace) {
            Some(Exemption::Namespace)
        } else if has(&self.usernames, username) {
            Some(Exemption::User)
        } else if has(&self.runtime_classes, runtime_class) {
            Some(Exemption::RuntimeClass)
        } else {
            None
        }
    }

    /// Reads the `exemptions` of a configuration; null means that there are none.
    ///
    /// # Errors
    /// Every member that is unknown or no list of texts, every name that is empty, listed twice, or could
    /// not be the name of such an object.
    pub fn parse(exemptions: &Value) -> Result<Self, Vec<FieldError>> {
        let mut parsed = Self::default();
        let map = match exemptions {
            Value::Null => return Ok(parsed),
            Value::Map(map) => map,
            other => {
                let found = other.kind().name();
                return Err(vec![FieldError::invalid("exemptions".into(), found, &"must be an object")]);
            }
        };
        let mut errors = Vec::new();
        for (key, value) in map.iter() {
            let (names, is_valid): (_, fn(&str) -> bool) = match key.as_str() {
                "usernames" => (&mut parsed.usernames, |name| !name.is_empty()),
                "namespaces" => (&mut parsed.namespaces, is_dns_label),
                "runtimeClasses" => (&mut parsed.runtime_classes, is_dns_subdomain),
                _ => {
                    let known = "unknown field; known are usernames, namespaces and runtimeClasses";
                    errors.push(FieldError::invalid(
                        format!("exemptions.{key}"),
                        value.kind().name(),
                        &known,
                    ));
                    continue;
                }
            };
            collect(&format!("exemptions.{key}"), value, names, is_valid, &mut errors);
        }
        if errors.is_empty() { Ok(parsed) } else { Err(errors) }
    }
}

fn collect(
    field: &str,
    value: &Value,
    names: &mut BTreeSet<String>,
    is_valid: fn(&str) -> bool,
    errors: &mut Vec<FieldError>,
) {
    let items = match value {
        Value::Null => return,
        Value::Array(items) => items,
        other => {
            errors.push(FieldError::invalid(field.into(), other.kind().name(), &"must be a list"));
            return;
        }
    };
    for (index, item) in items.iter().enumerate() {
        let place = format!("{field}[{index}]");
        match item.as_str() {
            None => errors.push(FieldError::invalid(place, item.kind().name(), &"must be a string")),
            Some(name) if !is_valid(name) => {
                errors.push(FieldError::invalid(place, name, &"is not a valid name"));
            }
            Some(name) if !names.insert(name.into()) => errors.push(FieldError::duplicate(place, name)),
            Some(_) => {}
        }
    }
}

fn is_dns_label(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn is_dns_subdomain(name: &str) -> bool {
    // Between the dots only the total length is limited.
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 253
        && name.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(allowed) && !part.starts_with('-') && !part.ends_with('-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Exemptions, Vec<FieldError>> {
        Exemptions::parse(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn names_are_exact_and_empty_is_never_exempt() {
        let exemptions =
            parse(r#"{"usernames": ["bob"], "namespaces": ["kube-system"], "runtimeClasses": ["gvisor.x"]}"#)
                .unwrap();
        assert_eq!(exemptions.of("kube-system", "bob", ""), Some(Exemption::Namespace));
        assert_eq!(exemptions.of("default", "bob", "gvisor.x"), Some(Exemption::User));
        assert_eq!(exemptions.of("default", "eve", "gvisor.x"), Some(Exemption::RuntimeClass));
        assert_eq!(exemptions.of("kube-system2", "", ""), None);
        assert_eq!(Exemptions::default().of("", "", ""), None);
        assert_eq!(Exemption::RuntimeClass.to_string(), "runtimeClass");
    }

    #[test]
    fn every_error_is_named() {
        let errors = parse(
            r#"{"usernames": ["", "a", "a"], "namespaces": ["A.b", 1], "runtimeClasses": {}, "users": []}"#,
        )
        .unwrap_err();
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                r#"exemptions.namespaces[0]: Invalid value: "A.b": is not a valid name"#,
                r#"exemptions.namespaces[1]: Invalid value: "integer": must be a string"#,
                r#"exemptions.runtimeClasses: Invalid value: "object": must be a list"#,
                r#"exemptions.usernames[0]: Invalid value: "": is not a valid name"#,
                r#"exemptions.usernames[2]: Duplicate value: "a""#,
                r#"exemptions.users: Invalid value: "array": unknown field; known are usernames, namespaces and runtimeClasses"#,
            ]
        );
    }
}
