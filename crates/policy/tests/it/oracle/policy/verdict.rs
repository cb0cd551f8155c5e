//! Whether two answers are the same, and how often there was something to compare.

use std::collections::BTreeMap;

use serde_json::Value;

/// How answers compare.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    /// They differ, and it is known why.
    Excused(&'static str),
    Differs,
    /// They refuse or cannot tell, we let it through. Never accepted.
    FalseAllow,
}

/// What is let pass, each for a reason upstream. None lets through what Kyverno refuses.
mod excuses {
    /// The reading of a list of texts, and of objects to merge, takes every item for one:
    /// pkg/engine/variables/operator/in.go:38 and notin.go:36, go-jmespath's functions.go:530. A panic is no
    /// answer; ours says what is wrong, or judges by the text that is there.
    pub(super) const PANIC: &str = "they stop in a panic";
    /// What a policy of a namespace makes elsewhere is refused when the policy is admitted
    /// (pkg/policy/validate.go) and by the engine no more. Ours has no such moment, so its engine refuses.
    pub(super) const ELSEWHERE: &str = "a policy of a namespace makes objects elsewhere";
}

/// What we say beside what they may say.
pub(super) fn verdict(ours: &Value, reply: &Value) -> Verdict {
    let ours = normal(ours);
    if reply.get("panic").is_some() {
        return Verdict::Excused(excuses::PANIC);
    }
    let theirs: Vec<Value> = reply["outcomes"].as_array().into_iter().flatten().map(normal).collect();
    if theirs.contains(&ours) {
        return Verdict::Same;
    }
    let allows = |outcome: &Value| rules(outcome).all(|rule| !is_refusal(rule));
    if allows(&ours) && !theirs.iter().any(allows) {
        return Verdict::FalseAllow;
    }
    let is_elsewhere =
        |rule: &Value| rule["message"].as_str().is_some_and(|said| said.starts_with("a policy of namespace"));
    if rules(&ours).any(is_elsewhere) {
        return Verdict::Excused(excuses::ELSEWHERE);
    }
    Verdict::Differs
}

fn rules(outcome: &Value) -> impl Iterator<Item = &Value> {
    outcome["rules"].as_array().into_iter().flatten()
}

fn is_refusal(rule: &Value) -> bool {
    rule["status"] == "fail" || rule["status"] == "error"
}

/// With the checks of Pod Security in one order: upstream goes through them in the order of a map.
pub(super) fn normal(outcome: &Value) -> Value {
    let mut outcome = outcome.clone();
    for rule in outcome["rules"].as_array_mut().into_iter().flatten() {
        let mut parts: Vec<&str> =
            rule["message"].as_str().unwrap_or_default().split("(Forbidden reason").collect();
        parts[1..].sort_unstable();
        rule["message"] = own_words(&parts.join("(Forbidden reason")).into();
        if let Some(made) = rule["generated"].as_array_mut() {
            made.sort_by_cached_key(Value::to_string);
        }
        if rule["generated"].is_null() {
            rule.as_object_mut().unwrap().remove("generated");
        }
    }
    // An object that no rule is about is nobody's business.
    if outcome["rules"].as_array().is_some_and(Vec::is_empty)
        && let Some(map) = outcome.as_object_mut()
    {
        map.remove("patched");
    }
    whole(outcome)
}

/// Messages without what is of the libraries below Kyverno, and not ours to repeat.
fn own_words(message: &str) -> String {
    // How the client of a cluster names what it does not find.
    if let Some((start, _)) = message.split_once(" not found: ") {
        return format!("{start} not found");
    }
    // What Go says of a time.
    if let Some((start, _)) = message.split_once(" as \"2006-01-02T15:04:05Z07:00\": ") {
        return start.to_owned();
    }
    // What jsoniter says of a target that is no text.
    if message.starts_with("v1.GeneratePattern.") && message.contains("ReadString: expects")
        || message.contains(" must be a string, found ")
    {
        return "a target is named by no text".to_owned();
    }
    message.to_owned()
}

/// With every whole number as such: Go writes `1.0` as `1`.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "only where nothing is lost")]
            let cast = |float: f64| (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as i64);
            number.as_f64().and_then(cast).map_or(Value::Number(number), Value::from)
        }
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, whole(value))).collect())
        }
        other => other,
    }
}

/// How often what came out.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) pairs: u64,
    /// Pairs in which a rule is about the resource.
    pub(super) matched: u64,
    pub(super) changed: u64,
    pub(super) several_outcomes: u64,
    pub(super) excused: BTreeMap<&'static str, u64>,
    pub(super) statuses: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, asked: &Value, ours: &Value) {
        self.pairs += 1;
        self.matched += u64::from(rules(ours).next().is_some());
        for rule in rules(ours) {
            *self.statuses.entry(rule["status"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        self.changed += u64::from(ours.get("patched").is_some_and(|patched| *patched != asked["resource"]));
    }
}
