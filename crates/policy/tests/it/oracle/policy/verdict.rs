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
    /// pkg/engine/variables/operator/in.go:38 and notin.go:36, go-jmespath's functions.go:530. That refuses the
    /// request as well; ours says what is wrong.
    pub(super) const PANIC: &str = "they stop in a panic, ours refuses";
    /// The same over the old object, which Kyverno judges also where the new one is right
    /// (pkg/engine/handlers/validation/validate_resource.go:173). Ours judges it only where the new one fails.
    pub(super) const PANIC_BEFORE: &str = "they stop in a panic over an old object";
    /// What a policy of a namespace makes elsewhere is refused when the policy is admitted
    /// (api/kyverno/v1/common_types.go:891) and by the engine no more. Ours has no such moment, so its engine
    /// refuses.
    pub(super) const ELSEWHERE: &str = "a policy of a namespace makes objects elsewhere";
}

/// What we say beside what they may say.
pub(super) fn verdict(asked: &Value, ours: &Value, reply: &Value) -> Verdict {
    let ours = normal(ours);
    if reply.get("panic").is_some() {
        return match asked["operation"].as_str() {
            _ if rules(&ours).any(is_refusal) => Verdict::Excused(excuses::PANIC),
            Some("UPDATE") => Verdict::Excused(excuses::PANIC_BEFORE),
            _ => Verdict::FalseAllow,
        };
    }
    let theirs: Vec<Value> = reply["outcomes"].as_array().into_iter().flatten().map(normal).collect();
    if theirs.contains(&ours) {
        return Verdict::Same;
    }
    let is_allowed = |rule: &Value| {
        let named =
            |outcome: &&Value| rules(outcome).any(|own| own["name"] == rule["name"] && is_refusal(own));
        is_refusal(rule)
            && !rules(&ours).any(|own| own["name"] == rule["name"] && is_refusal(own))
            && theirs.iter().filter(named).count() == theirs.len()
    };
    if theirs.iter().flat_map(rules).any(is_allowed) {
        return Verdict::FalseAllow;
    }
    let is_elsewhere =
        |rule: &Value| rule["message"].as_str().is_some_and(|said| said.starts_with("a policy of namespace"));
    let is_excused = |outcome: &Value| {
        let (own, other): (Vec<&Value>, Vec<&Value>) = (rules(&ours).collect(), rules(outcome).collect());
        own.len() == other.len()
            && own.iter().zip(other).all(|(own, other)| *own == other || is_elsewhere(own))
    };
    if theirs.iter().any(is_excused) { Verdict::Excused(excuses::ELSEWHERE) } else { Verdict::Differs }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_refused_there_and_not_here_is_no_plain_difference() {
        let one = |status: &str, message: &str| json!({"rules": [{"name": "r", "status": status, "message": message}]});
        let of = |ours: &Value, theirs: &[Value]| verdict(&Value::Null, ours, &json!({"outcomes": theirs}));
        let (pass, fail) = (one("pass", ""), one("fail", "m"));
        assert_eq!(of(&pass, std::slice::from_ref(&pass)), Verdict::Same);
        assert_eq!(of(&pass, std::slice::from_ref(&fail)), Verdict::FalseAllow);
        assert_eq!(of(&json!({"rules": []}), std::slice::from_ref(&fail)), Verdict::FalseAllow);
        assert_eq!(of(&one("skip", ""), &[one("error", "")]), Verdict::FalseAllow);
        assert_eq!(of(&pass, &[fail.clone(), pass.clone()]), Verdict::Same);
        assert_eq!(of(&fail, std::slice::from_ref(&pass)), Verdict::Differs);
        assert_eq!(of(&one("fail", "n"), &[fail]), Verdict::Differs);
        assert_eq!(
            of(&one("error", "a policy of namespace x"), std::slice::from_ref(&pass)),
            Verdict::Excused(excuses::ELSEWHERE)
        );
        assert_eq!(verdict(&Value::Null, &pass, &json!({"panic": "x"})), Verdict::FalseAllow);
        assert_eq!(
            verdict(&Value::Null, &one("error", ""), &json!({"panic": "x"})),
            Verdict::Excused(excuses::PANIC)
        );
    }
}
