//! Whether two answers are the same, and how often there was something to compare.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::normal;

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
    /// (api/kyverno/v1/common_types.go:891) and by the engine no more. Ours has no such moment, so its engine refuses.
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
