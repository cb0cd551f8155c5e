//! Exceptions from policies.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::conditions::{self, Conditions};
use super::filter::{self, Matching};
use super::pod_security::{self, PodSecurityExclude};
use super::reader::{At, Problem, Reader};

/// A `PolicyException`: resources that rules leave alone. Upstream:
/// `api/kyverno/v2/policy_exception_types.go`.
#[derive(Clone, Debug)]
pub struct PolicyException {
    /// The object.
    pub object: Arc<Object>,
    /// Whether it is for what is there already as well.
    pub background: bool,
    /// Which resources.
    pub matching: Matching,
    /// What must hold; always `any` and `all`.
    pub conditions: Option<Conditions>,
    /// From which rules.
    pub exceptions: Vec<Excepted>,
    /// Pod Security controls that are left out, instead of the whole rule.
    pub pod_security: Vec<PodSecurityExclude>,
    /// What is wrong with it. Where there is anything, it excepts nothing.
    pub problems: Vec<Problem>,
}

/// Rules of one policy.
#[derive(Clone, Debug)]
pub struct Excepted {
    /// The policy, as `namespace/name` or, in the cluster, `name`.
    pub policy: CompactString,
    /// The rules, with wildcards.
    pub rules: Vec<CompactString>,
}

const FIELDS: [&str; 5] = ["background", "match", "conditions", "exceptions", "podSecurity"];

impl PolicyException {
    /// Reads an exception; `None` for an object that is none.
    pub fn read(object: &Arc<Object>) -> Option<Self> {
        if object.key.group != "kyverno.io" || object.key.kind != "PolicyException" {
            return None;
        }
        let mut reader = Reader::default();
        let version = object.value.dig_str(&["apiVersion"]).unwrap_or_default();
        if !["kyverno.io/v2", "kyverno.io/v2beta1"].contains(&version) {
            let path = Path::root().child("apiVersion");
            reader.wrong(&path, format!("`{version}` is not known; write kyverno.io/v2"));
        }
        let root = At { value: &object.value, path: Path::root() };
        reader.only(&root, &["apiVersion", "kind", "metadata", "spec"]);
        let empty = Value::default();
        let spec = root.get("spec").unwrap_or_else(|| {
            reader.wrong(&Path::root(), "an exception needs a `spec`");
            At { value: &empty, path: Path::root().child("spec") }
        });
        if !spec.value.is_null() {
            reader.only(&spec, &FIELDS);
        }
        let pod_security = spec.get("podSecurity").map(|at| pod_security::excludes(&mut reader, &at));
        Some(Self {
            object: Arc::clone(object),
            background: reader.flag(&spec, "background").unwrap_or(true),
            matching: matching(&mut reader, &spec),
            conditions: conditions(&mut reader, &spec),
            exceptions: excepted(&mut reader, &spec),
            pod_security: pod_security.unwrap_or_default(),
            problems: reader.problems,
        })
    }

    /// `namespace/name`.
    pub fn key(&self) -> String {
        let key = &self.object.key;
        if key.namespace.is_empty() {
            key.name.to_string()
        } else {
            format!("{}/{}", key.namespace, key.name)
        }
    }
}

fn matching(reader: &mut Reader, spec: &At<'_>) -> Matching {
    let Some(at) = spec.get("match") else {
        reader.wrong(&spec.path, "an exception needs a `match`");
        return Matching::default();
    };
    reader.only(&at, &["any", "all"]);
    filter::matching(reader, &at)
}

fn conditions(reader: &mut Reader, spec: &At<'_>) -> Option<Conditions> {
    let at = spec.get("conditions")?;
    if at.value.as_map().is_none() {
        reader.wrong(&at.path, "must be an object with `any` and `all`");
        return None;
    }
    Some(conditions::conditions(reader, &at))
}

fn excepted(reader: &mut Reader, spec: &At<'_>) -> Vec<Excepted> {
    let Some(list) = spec.get("exceptions") else {
        reader.wrong(&spec.path, "an exception needs `exceptions`");
        return Vec::new();
    };
    reader.list(&list);
    let mut found = Vec::new();
    for item in list.items() {
        reader.only(&item, &["policyName", "ruleNames"]);
        let policy = reader.text(&item, "policyName").unwrap_or_default();
        if policy.is_empty() {
            reader.wrong(&item.path, "an exception needs the name of a policy");
        }
        found.push(Excepted { policy, rules: reader.texts(&item, "ruleNames") });
    }
    found
}

#[cfg(test)]
mod tests {
    use ironhull_world::{ObjectRef, Origin};

    use super::*;

    fn read(version: &str, spec: &str) -> PolicyException {
        let text = format!(
            r#"{{"apiVersion": "kyverno.io/{version}", "kind": "PolicyException", "metadata": {{"name": "x"}}, "spec": {spec}}}"#
        );
        let object = Object {
            key: ObjectRef {
                group: "kyverno.io".into(),
                kind: "PolicyException".into(),
                namespace: "n".into(),
                name: "x".into(),
                copy: 0,
            },
            version: version.into(),
            value: serde_json::from_str(&text).unwrap(),
            origin: Origin::Request,
        };
        PolicyException::read(&Arc::new(object)).unwrap()
    }

    #[test]
    fn an_exception_is_read() {
        let found = read(
            "v2",
            r#"{"background": false, "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
                "conditions": {"all": [{"key": "a", "operator": "Equals", "value": "a"}]},
                "exceptions": [{"policyName": "p", "ruleNames": ["r", "autogen-*"]}],
                "podSecurity": [{"controlName": "Seccomp", "images": ["*"]}]}"#,
        );
        assert_eq!(found.problems, []);
        assert_eq!(found.key(), "n/x");
        assert!(!found.background && found.conditions.is_some() && found.matching.any.len() == 1);
        assert_eq!((found.exceptions[0].policy.as_str(), found.exceptions[0].rules.len()), ("p", 2));
        assert_eq!(found.pod_security[0].control, "Seccomp");
    }

    #[test]
    fn what_is_not_understood_is_a_problem() {
        let matching = r#""match": {"any": [{"resources": {"kinds": ["Pod"]}}]}"#;
        let exceptions = r#""exceptions": [{"policyName": "p", "ruleNames": ["r"]}]"#;
        for (version, spec, path, message) in [
            ("v1", format!("{{{matching}, {exceptions}}}"), "apiVersion", "is not known"),
            ("v2", format!("{{{exceptions}}}"), "spec", "needs a `match`"),
            ("v2", format!("{{{matching}}}"), "spec", "needs `exceptions`"),
            ("v2", format!("{{{matching}, {exceptions}, \"x\": 1}}"), "spec.x", "unknown field"),
            (
                "v2",
                format!("{{{matching}, {exceptions}, \"conditions\": []}}"),
                "spec.conditions",
                "must be an object",
            ),
            (
                "v2",
                format!("{{{matching}, \"exceptions\": [{{\"ruleNames\": [\"r\"]}}]}}"),
                "spec.exceptions[0]",
                "needs the name of a policy",
            ),
            (
                "v2beta1",
                format!("{{\"match\": {{\"resources\": {{\"kinds\": [\"Pod\"]}}}}, {exceptions}}}"),
                "spec.match.resources",
                "unknown field",
            ),
        ] {
            let found = read(version, &spec).problems;
            let is_told = found
                .iter()
                .any(|problem| problem.path.to_string() == path && problem.message.contains(message));
            assert!(is_told, "{spec}: {found:?}");
        }
    }
}
