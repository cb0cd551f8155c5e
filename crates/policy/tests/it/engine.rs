//! Whole policies: made rules, images, users, exceptions and Pod Security.
//!
//! `engine.jsonl` has a case a line: a policy, a resource, what is done with it, and the responses that
//! Kyverno 1.19's own engine (`engine.Validate`) gives. Ours must be the same to the byte. Where upstream
//! leaves out Pod Security controls, it goes through what stays in random order; there the order is ours.

use std::sync::Arc;

use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::Policy;
use serde_json::Value;

use crate::asked::{object, outcome};

#[test]
fn answers_are_those_of_kyverno() {
    let cases: Vec<Value> =
        include_str!("engine.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let differences: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let (theirs, ours) = (sorted(&case["responses"]), sorted(&answer(case)));
            (theirs != ours).then(|| format!("{}\n  theirs: {theirs}\n  ours:   {ours}", case["about"]))
        })
        .collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn answer(case: &Value) -> Value {
    let policy = Arc::new(Policy::read(&object(&case["policy"])).unwrap());
    assert_eq!(policy.problems, [], "{}", case["about"]);
    outcome(&Compiled::new(&policy).unwrap(), case)["rules"].take()
}

/// With the checks of a message in one order.
fn sorted(responses: &Value) -> Value {
    let mut responses = responses.clone();
    for response in responses.as_array_mut().unwrap() {
        let mut parts: Vec<&str> = response["message"].as_str().unwrap().split("(Forbidden reason").collect();
        parts[1..].sort_unstable();
        response["message"] = parts.join("(Forbidden reason").into();
    }
    responses
}
