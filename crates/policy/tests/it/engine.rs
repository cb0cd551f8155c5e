//! Whole policies: made rules, images, users, exceptions, Pod Security, and what the comparison with Kyverno
//! brought to light.
//!
//! `engine.jsonl` has a case a line: a policy, a resource, what is done with it, and the answer of Kyverno's own
//! engine. Ours must be the same to the byte. `IRONHULL_ORACLE_WRITE=1` with the oracle writes the answers anew,
//! so that a case is added without one.

use std::sync::Arc;

use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::Policy;
use serde_json::Value;

use crate::answer::normal;
use crate::asked::{object, outcome, outcome_heard};
use crate::oracle::Setting;

#[test]
fn answers_are_those_of_kyverno() {
    let differences: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let (theirs, ours) = (normal(&case["answer"]), normal(&answer(case)));
            (theirs != ours).then(|| format!("{}\n  theirs: {theirs}\n  ours:   {ours}", case["about"]))
        })
        .collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// What is stored is what the oracle says.
#[test]
fn stored_answers_are_those_of_the_oracle() {
    let Some(setting) = Setting::of("stored answers") else { return };
    let mut cases = cases();
    // Upstream goes through maps in random order.
    let asked: Vec<Value> = cases
        .iter()
        .map(|case| {
            let mut asked = case.clone();
            asked["times"] = 60.into();
            asked
        })
        .collect();
    let replies = setting.ask("policy", &asked);
    if std::env::var_os("IRONHULL_ORACLE_WRITE").is_some() {
        for (case, reply) in cases.iter_mut().zip(replies) {
            case["answer"] = reply["outcomes"][0].clone();
        }
        let text: String = cases.iter().map(|case| format!("{case}\n")).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/engine.jsonl");
        std::fs::write(path, text).expect("the answers can be written");
        return;
    }
    for (case, reply) in cases.iter().zip(&replies) {
        let mut outcomes = reply["outcomes"].as_array().into_iter().flatten();
        let stored = normal(&case["answer"]);
        assert!(outcomes.any(|outcome| normal(outcome) == stored), "{}: {reply}", case["about"]);
    }
}

fn cases() -> Vec<Value> {
    let cases: Vec<Value> =
        include_str!("engine.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    cases
}

fn answer(case: &Value) -> Value {
    let policy = Arc::new(Policy::read(&object(&case["policy"])).unwrap());
    assert_eq!(policy.problems, [], "{}", case["about"]);
    let compiled = Compiled::new(&policy).unwrap();
    let silent = outcome(&compiled, case);
    assert_eq!(silent, outcome_heard(&compiled, case), "listening changes the answer: {}", case["about"]);
    silent
}
