//! PO033

use crate::kyverno::condition::Operator;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::{Action, Condition, Conditions, ForeachMutate, ForeachValidate, Rule};

rule! {
    /// ## What it does
    /// Finds conditions that come out the same for every resource: neither side has a variable, or the operator is
    /// written in letters of a case in which Kyverno takes it and holds nothing true.
    ///
    /// ## Why it matters
    /// Mostly the braces were forgotten, so that the name of a field is compared instead of its value. The rule then
    /// judges everything, or nothing: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: deletions}
    /// spec:
    ///   rules:
    ///   - name: none
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: Namespaces stay.
    ///       deny: {conditions: {any: [{key: request.operation, operator: Equals, value: DELETE}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: deletions}
    /// spec:
    ///   rules:
    ///   - name: none
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: Namespaces stay.
    ///       deny: {conditions: {any: [{key: '{{ request.operation }}', operator: Equals, value: DELETE}]}}
    /// ```
    ///
    /// ## How to fix
    /// Put the field between double braces, or take the condition out.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/preconditions/>
    pub static CONDITION_IS_CONSTANT = {
        id: "PO033",
        name: "condition-is-constant",
        title: "A condition comes out the same for every resource",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for condition in conditions(rule) {
            let Some(operator) = condition.operator else { continue };
            if operator == Operator::NeverHolds {
                let message =
                    "operators are written with capital letters, as in `GreaterThan`; this one never holds";
                judge.fail(linted.object(), condition.path.child("operator"), message);
                continue;
            }
            let (Some(key), Some(value)) = (condition.key.plain(), condition.value.plain()) else { continue };
            let word = if operator.holds(key, value) { "always" } else { "never" };
            let message = format!("there is no variable in the condition, which {word} holds");
            judge.fail(linted.object(), condition.path.clone(), message);
        }
    }
}

fn conditions(rule: &Rule) -> Vec<&Condition> {
    let mut found = Vec::new();
    add(rule.preconditions.as_ref(), &mut found);
    match &rule.action {
        Action::Validate(validate) => {
            add(validate.deny.as_ref().and_then(|deny| deny.conditions.as_ref()), &mut found);
            validate.foreach.iter().for_each(|each| of_each(each, &mut found));
        }
        Action::Mutate(mutate) => {
            mutate.targets.iter().for_each(|target| add(target.preconditions.as_ref(), &mut found));
            mutate.foreach.iter().for_each(|each| of_each_change(each, &mut found));
        }
        Action::Generate(generate) => {
            generate.foreach.iter().for_each(|each| add(each.preconditions.as_ref(), &mut found));
        }
        Action::VerifyImages(_) | Action::None => {}
    }
    found
}

fn of_each<'r>(each: &'r ForeachValidate, found: &mut Vec<&'r Condition>) {
    add(each.preconditions.as_ref(), found);
    add(each.deny.as_ref().and_then(|deny| deny.conditions.as_ref()), found);
    each.foreach.iter().for_each(|inner| of_each(inner, found));
}

fn of_each_change<'r>(each: &'r ForeachMutate, found: &mut Vec<&'r Condition>) {
    add(each.preconditions.as_ref(), found);
    each.foreach.iter().for_each(|inner| of_each_change(inner, found));
}

fn add<'r>(conditions: Option<&'r Conditions>, found: &mut Vec<&'r Condition>) {
    match conditions {
        None => {}
        Some(Conditions::List(list)) => found.extend(list),
        Some(Conditions::AnyAll(any, _, all)) => found.extend(any.iter().chain(all)),
    }
}
