//! One rule made from another, on its document.

use compact_str::CompactString;
use ironhull_value::{Map, Value};

use super::controllers::{is_made, names_pod};
use super::replace::{Place, in_texts, shift_references};
use crate::kyverno::model::{Matching, Rule};

/// Controllers other than CronJob, in the order in which rules name them.
const CONTROLLERS: [&str; 6] =
    ["DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// What goes from a rule into one that is made from it.
const KEPT: [&str; 11] = [
    "name",
    "match",
    "exclude",
    "celPreconditions",
    "context",
    "preconditions",
    "mutate",
    "validate",
    "verifyImages",
    "skipBackgroundRequests",
    "reportProperties",
];

/// A rule to make.
pub(super) struct Plan {
    /// The kinds of the first step, which every rule takes.
    kinds: Vec<CompactString>,
    /// Whether there is a second step, for CronJobs.
    is_cron_job: bool,
}

impl Plan {
    /// What is to be made of a rule for controllers, with commas between them.
    pub(super) fn all(rule: &Rule, controllers: &str) -> Vec<Self> {
        let mut plans = Vec::new();
        let others: Vec<&str> = sorted(controllers).into_iter().filter(|kind| *kind != "CronJob").collect();
        if let Some(kinds) = kinds(rule, &others.join(",")) {
            plans.push(Self { kinds, is_cron_job: false });
        }
        if (controllers.contains("CronJob") || controllers.contains("all"))
            && let Some(kinds) = kinds(rule, controllers)
        {
            plans.push(Self { kinds, is_cron_job: true });
        }
        plans
    }

    pub(super) fn is_cron_job(&self) -> bool {
        self.is_cron_job
    }

    pub(super) fn kinds(&self) -> &[CompactString] {
        &self.kinds
    }

    /// Makes the rule; `None` where there is nothing to make of it.
    pub(super) fn make(&self, source: &Value) -> Option<Value> {
        let name = source.dig_str(&["name"]).unwrap_or_default();
        let mut made = Step::POD.take(source, &self.kinds)?;
        let mut place = Place::Template;
        let mut prefix = "autogen";
        if self.is_cron_job {
            made = Step::CRON_JOB.take(&made, &["CronJob".into()])?;
            place = Place::JobTemplate;
            prefix = "autogen-cronjob";
        }
        made = with(&made, "name", Value::Str(cut(&format!("{prefix}-{name}")).into()));
        made = conditions_settled(&made);
        let fields = KEPT.into_iter().filter_map(|key| Some((key, made.get(key)?.clone())));
        let made = Value::Map(fields.map(|(key, value)| (key.into(), value)).collect());
        let is_cel = made.dig(&["validate", "cel"]).is_some_and(|cel| !cel.is_null());
        Some(in_texts(&made, place, is_cel))
    }
}

/// The kinds of a rule for controllers other than CronJob; `None` if there is no such rule.
fn kinds(rule: &Rule, controllers: &str) -> Option<Vec<CompactString>> {
    if is_made(&rule.name) || controllers.is_empty() {
        return None;
    }
    let named: Vec<&str> = rule.matching.kinds().collect();
    let excluded: Vec<&str> = rule.exclude.iter().flat_map(Matching::kinds).collect();
    if !names_pod(&named) || (!excluded.is_empty() && !names_pod(&excluded)) {
        return None;
    }
    if controllers == "all" {
        return Some(CONTROLLERS.into_iter().map(CompactString::from).collect());
    }
    let wanted = sorted(controllers);
    let known: Vec<&str> = wanted.iter().copied().filter(|kind| CONTROLLERS.contains(kind)).collect();
    // What is not known at all is taken as it is.
    let kinds = if known.is_empty() { wanted } else { known };
    Some(kinds.into_iter().map(CompactString::from).collect())
}

fn sorted(controllers: &str) -> Vec<&str> {
    let mut kinds: Vec<&str> = controllers.split(',').collect();
    kinds.sort_unstable();
    kinds
}

/// At most 63 bytes of a name.
fn cut(name: &str) -> String {
    String::from_utf8_lossy(name.as_bytes().get(..63).unwrap_or(name.as_bytes())).into_owned()
}

/// How a rule becomes one for what has its pod one level deeper.
struct Step {
    /// The field of `spec` that what was the pod is in now.
    key: &'static str,
    /// Where the pod is, in references.
    shift: &'static str,
    /// Whether filters that do not name pods get the kinds as well.
    takes_every_filter: bool,
}

impl Step {
    const POD: Self = Self { key: "template", shift: "spec/template", takes_every_filter: false };
    const CRON_JOB: Self =
        Self { key: "jobTemplate", shift: "spec/jobTemplate/spec/template", takes_every_filter: true };

    fn take(&self, rule: &Value, kinds: &[CompactString]) -> Option<Value> {
        let kinds = list(kinds.iter().map(|kind| Value::Str(with_group(kind).into())));
        let own = rule.get("match").cloned().unwrap_or_default();
        let mut made = with(rule, "match", self.with_kinds(&own, &kinds, true));
        if let Some(exclude) = some(rule, "exclude") {
            made = with(&made, "exclude", self.with_kinds(exclude, &kinds, false));
        }
        if let Some(mutate) = some(rule, "mutate")
            && let Some(mutate) = self.mutate(mutate)
        {
            return Some(with(&made, "mutate", mutate));
        }
        if let Some(validate) = some(rule, "validate")
            && let Some(validate) = self.validate(validate)
        {
            return Some(with(&made, "validate", validate));
        }
        some(rule, "verifyImages").map(|_| made)
    }

    fn with_kinds(&self, matching: &Value, kinds: &Value, always: bool) -> Value {
        for key in ["any", "all"] {
            let filters = matching.dig_items(&[key]);
            if filters.is_empty() {
                continue;
            }
            let filters = filters.iter().map(|filter| {
                let own: Vec<&str> = named_kinds(filter).iter().filter_map(Value::as_str).collect();
                if self.takes_every_filter || names_pod(&own) {
                    of_kinds(filter, kinds)
                } else {
                    filter.clone()
                }
            });
            return with(matching, key, list(filters));
        }
        if always || !named_kinds(matching).is_empty() { of_kinds(matching, kinds) } else { matching.clone() }
    }

    fn mutate(&self, mutate: &Value) -> Option<Value> {
        if let Some(patch) = some(mutate, "patchStrategicMerge") {
            return Some(map([("patchStrategicMerge", self.nested(settled(patch)))]));
        }
        let foreach = mutate.dig_items(&["foreach"]);
        let made = foreach.iter().map(|item| {
            let patch = item.get("patchStrategicMerge").cloned().unwrap_or_default();
            let kept = kept(item, &["list", "context", "preconditions"]);
            with(&kept, "patchStrategicMerge", self.nested(patch))
        });
        (!foreach.is_empty()).then(|| map([("foreach", list(made))]))
    }

    fn validate(&self, validate: &Value) -> Option<Value> {
        const HOW: [&str; 3] = ["failureAction", "failureActionOverrides", "allowExistingViolations"];
        let with_message = |pivot: &str, key: &str, value: Value| {
            let mut made = with(&kept(validate, &HOW), key, value);
            if let Some(message) = validate.dig_str(&["message"]) {
                let message = shift_references(message, self.shift, pivot);
                made = with(&made, "message", Value::Str(message.into()));
            }
            Some(made)
        };
        if let Some(pattern) = some(validate, "pattern") {
            return with_message("pattern", "pattern", self.nested(settled(pattern)));
        }
        for key in ["deny", "podSecurity"] {
            if let Some(own) = some(validate, key) {
                return with_message(key, key, own.clone());
            }
        }
        if let Some(patterns) = some(validate, "anyPattern") {
            let patterns = patterns.as_array().unwrap_or_default().iter();
            let patterns = patterns.map(|pattern| self.nested(settled(pattern)));
            return with_message("anyPattern", "anyPattern", list(patterns));
        }
        if !validate.dig_items(&["foreach"]).is_empty() {
            return with_message("pattern", "foreach", validate.get("foreach").cloned().unwrap_or_default());
        }
        some(validate, "cel").map(|_| validate.clone())
    }

    fn nested(&self, inner: Value) -> Value {
        map([("spec", map([(self.key, inner)]))])
    }
}

/// A kind with its group and version, where it is one of a controller.
fn with_group(kind: &str) -> String {
    match kind {
        "DaemonSet" | "Deployment" | "StatefulSet" | "ReplicaSet" => format!("apps/v1/{kind}"),
        "Job" | "CronJob" => format!("batch/v1/{kind}"),
        "ReplicationController" | "Pod" => format!("v1/{kind}"),
        other => other.to_owned(),
    }
}

fn named_kinds(filter: &Value) -> &[Value] {
    filter.dig_items(&["resources", "kinds"])
}

fn of_kinds(filter: &Value, kinds: &Value) -> Value {
    let resources = filter.get("resources").cloned().unwrap_or_default();
    with(filter, "resources", with(&resources, "kinds", kinds.clone()))
}

/// Upstream writes the rule as JSON and reads it again: lists of conditions that are empty are gone then.
fn conditions_settled(rule: &Value) -> Value {
    let mut made = member_settled(rule, "preconditions");
    let Some(validate) = some(rule, "validate") else { return made };
    let deny = |value: &Value| match some(value, "deny") {
        Some(deny) => with(value, "deny", member_settled(deny, "conditions")),
        None => value.clone(),
    };
    let mut validate = deny(validate);
    let foreach = validate.dig_items(&["foreach"]);
    if !foreach.is_empty() {
        validate = with(&validate, "foreach", list(foreach.iter().map(deny)));
    }
    made = with(&made, "validate", validate);
    made
}

fn member_settled(value: &Value, key: &str) -> Value {
    let Some(conditions) = some(value, key).and_then(Value::as_map) else { return value.clone() };
    let full = conditions.iter().filter(|(_, list)| list.as_array().is_none_or(|list| !list.is_empty()));
    with(value, key, Value::Map(full.map(|(key, value)| (key.clone(), value.clone())).collect()))
}

/// A pattern after it was written as JSON: a whole number is one, however it was written.
fn settled(value: &Value) -> Value {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e18 => Value::Int(*number as i64),
        Value::Array(items) => list(items.iter().map(settled)),
        Value::Map(own) => Value::Map(own.iter().map(|(key, value)| (key.clone(), settled(value))).collect()),
        other => other.clone(),
    }
}

/// A member that is there and is not null.
fn some<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| !value.is_null())
}

fn kept(value: &Value, keys: &[&str]) -> Value {
    let own = keys.iter().filter_map(|key| Some(((*key).into(), value.get(key)?.clone())));
    Value::Map(own.collect())
}

fn with(value: &Value, key: &str, new: Value) -> Value {
    let own = value.as_map().into_iter().flat_map(Map::iter);
    let own = own.map(|(key, value)| (key.clone(), value.clone()));
    Value::Map(own.chain([(key.into(), new)]).collect())
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::Array(items.collect())
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
}
