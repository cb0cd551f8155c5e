//! One policy.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Selector, Value};
use ironhull_world::Object;

use super::reader::{At, Problem, Reader};
use super::rule::{self, Action, Rule};

/// Whose policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of the whole cluster.
    ClusterPolicy,
    /// Of one namespace.
    Policy,
}

/// What happens to a request that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureAction {
    /// It is let through and reported.
    Audit,
    /// It is refused.
    Enforce,
}

/// What happens to a request in some namespaces.
#[derive(Clone, Debug)]
pub struct Override {
    /// What.
    pub action: FailureAction,
    /// Namespaces, with wildcards.
    pub namespaces: Vec<CompactString>,
    /// Or by their labels.
    pub selector: Option<Selector>,
}

/// A condition of the webhook: `matchConditions` of Kubernetes' `admissionregistration.k8s.io/v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchCondition {
    /// How it is named in messages.
    pub name: CompactString,
    /// What must be true, in CEL.
    pub expression: CompactString,
}

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The object.
    pub object: Arc<Object>,
    /// Of what kind.
    pub kind: Kind,
    /// Its rules, as they are written.
    pub rules: Vec<Rule>,
    /// Only the first rule that applies counts.
    pub apply_one: bool,
    /// What happens to a request that fails.
    pub failure_action: FailureAction,
    /// The same for some namespaces.
    pub overrides: Vec<Override>,
    /// Whether it judges requests.
    pub admission: bool,
    /// Whether it judges what is there already.
    pub background: bool,
    /// Whether a request that cannot be judged is let through.
    pub ignores_failure: bool,
    /// Whether whoever asks is warned of what is only reported.
    pub emits_warnings: bool,
    /// How long the webhook may take, in seconds.
    pub timeout_seconds: Option<i64>,
    /// What the API server asks before it asks us, in CEL; all of them must hold. Whoever evaluates the policy without
    /// them is about more than it shall be.
    pub match_conditions: Vec<MatchCondition>,
    /// What is wrong with it. Where there is anything, it is not evaluated.
    pub problems: Vec<Problem>,
}

impl Policy {
    /// Reads a policy; `None` for an object that is none.
    pub fn read(object: &Arc<Object>) -> Option<Self> {
        let kind = match object.key.kind.as_str() {
            _ if object.key.group != "kyverno.io" => return None,
            "ClusterPolicy" => Kind::ClusterPolicy,
            "Policy" => Kind::Policy,
            _ => return None,
        };
        let mut reader = Reader::default();
        let version = object.value.dig_str(&["apiVersion"]).unwrap_or_default();
        if !["kyverno.io/v1", "kyverno.io/v2beta1"].contains(&version) {
            let path = Path::root().child("apiVersion");
            reader.wrong(&path, format!("`{version}` is not known; write kyverno.io/v1"));
        }
        let root = At { value: &object.value, path: Path::root() };
        reader.only(&root, &["apiVersion", "kind", "metadata", "spec", "status"]);
        let empty = Value::default();
        let spec = root.get("spec").unwrap_or_else(|| {
            reader.wrong(&Path::root(), "a policy needs a `spec`");
            At { value: &empty, path: Path::root().child("spec") }
        });
        let mut policy = Self::of_spec(object, kind, &mut reader, &spec);
        policy.check(&mut reader, &spec);
        policy.problems = reader.problems;
        Some(policy)
    }

    fn of_spec(object: &Arc<Object>, kind: Kind, reader: &mut Reader, spec: &At<'_>) -> Self {
        if !spec.value.is_null() {
            reader.only(spec, &FIELDS);
        }
        let rules = spec.get("rules").map(|list| {
            reader.list(&list);
            list.items().map(|item| rule::rule(reader, &item)).collect::<Vec<Rule>>()
        });
        let webhook = spec.get("webhookConfiguration");
        if let Some(webhook) = &webhook {
            reader.only(webhook, &["failurePolicy", "timeoutSeconds", "matchConditions"]);
        }
        let conditions = webhook.as_ref().and_then(|webhook| webhook.get("matchConditions"));
        let match_conditions = conditions.map(|list| match_conditions(reader, &list)).unwrap_or_default();
        let webhook = webhook.unwrap_or_else(|| At { value: &Value::Null, path: spec.path.clone() });
        let policies = ["Fail", "Ignore"];
        let failure = reader
            .word(&webhook, "failurePolicy", &policies)
            .or_else(|| reader.word(spec, "failurePolicy", &policies));
        Self {
            object: Arc::clone(object),
            kind,
            rules: rules.unwrap_or_default(),
            apply_one: reader.word(spec, "applyRules", &["All", "One"]) == Some("One"),
            failure_action: failure_action(reader, spec, "validationFailureAction")
                .unwrap_or(FailureAction::Audit),
            overrides: overrides(reader, spec, "validationFailureActionOverrides"),
            admission: reader.flag(spec, "admission").unwrap_or(true),
            background: reader.flag(spec, "background").unwrap_or(true),
            ignores_failure: failure == Some("Ignore"),
            emits_warnings: reader.flag(spec, "emitWarning").unwrap_or(false),
            timeout_seconds: reader
                .number(&webhook, "timeoutSeconds")
                .or_else(|| reader.number(spec, "webhookTimeoutSeconds")),
            match_conditions,
            problems: Vec::new(),
        }
    }

    fn check(&self, reader: &mut Reader, spec: &At<'_>) {
        if self.rules.is_empty() {
            reader.wrong(&spec.path.child("rules"), "a policy needs at least one rule");
        }
        for (place, rule) in self.rules.iter().enumerate() {
            if self.rules[..place].iter().any(|other| other.name == rule.name) {
                reader.wrong(&rule.path.child("name"), format!("there is another rule `{}`", rule.name));
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.object.key.name
    }

    /// Its namespace; empty for one of the cluster.
    pub fn namespace(&self) -> &str {
        match self.kind {
            Kind::ClusterPolicy => "",
            Kind::Policy => &self.object.key.namespace,
        }
    }

    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.object.value.dig(&["metadata", "annotations"])?.get(name)?.as_str()
    }

    /// Whether any rule changes objects of requests.
    pub fn mutates(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.action, Action::Mutate(_)))
    }

    /// Whether any rule judges.
    pub fn validates(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.action, Action::Validate(_)))
    }

    /// Whether any rule verifies images.
    pub fn verifies_images(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.action, Action::VerifyImages(_)))
    }

    /// Whether any rule makes objects.
    pub fn generates(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.action, Action::Generate(_)))
    }
}

const FIELDS: [&str; 16] = [
    "rules",
    "applyRules",
    "failurePolicy",
    "validationFailureAction",
    "validationFailureActionOverrides",
    "emitWarning",
    "admission",
    "background",
    "schemaValidation",
    "webhookTimeoutSeconds",
    "mutateExistingOnPolicyUpdate",
    "generateExistingOnPolicyUpdate",
    "generateExisting",
    "useServerSideApply",
    "webhookConfiguration",
    "autogen",
];

pub(super) fn failure_action(reader: &mut Reader, at: &At<'_>, key: &str) -> Option<FailureAction> {
    let word = reader.word(at, key, &["Audit", "Enforce"])?;
    Some(if word == "Enforce" { FailureAction::Enforce } else { FailureAction::Audit })
}

fn match_conditions(reader: &mut Reader, list: &At<'_>) -> Vec<MatchCondition> {
    reader.list(list);
    let mut found = Vec::new();
    for item in list.items() {
        reader.only(&item, &["name", "expression"]);
        let texts = (reader.text(&item, "name"), reader.text(&item, "expression"));
        let (Some(name), Some(expression)) = texts else {
            // A text that is none is a problem already.
            reader.wrong(&item.path, "a match condition needs a name and an expression");
            continue;
        };
        found.push(MatchCondition { name, expression });
    }
    found
}

pub(super) fn overrides(reader: &mut Reader, at: &At<'_>, key: &str) -> Vec<Override> {
    let Some(list) = at.get(key) else { return Vec::new() };
    reader.list(&list);
    let mut found = Vec::new();
    for item in list.items() {
        reader.only(&item, &["action", "namespaces", "namespaceSelector"]);
        let Some(action) = failure_action(reader, &item, "action") else { continue };
        let namespaces = reader.texts(&item, "namespaces");
        let selector = item.get("namespaceSelector");
        match selector.as_ref().map(|at| Selector::compile(at.value)).transpose() {
            Ok(selector) => found.push(Override { action, namespaces, selector }),
            // Upstream takes it for one that selects nothing, so that nothing is enforced there.
            Err(why) => reader.wrong(&selector.unwrap_or(item).path, why.to_string()),
        }
    }
    found
}
