//! Patterns and conditions against Kyverno's own code, on random input.

mod cases;

use ironhull_policy::kyverno::condition::Operator;
use ironhull_policy::kyverno::pattern::{Pattern, PatternError, leaf_matches};
use ironhull_value::Value as Tree;
use serde_json::{Value, json};

use super::Setting;
use crate::random::Random;

#[test]
fn the_language_equals_the_oracle() {
    let Some(setting) = Setting::of("patterns") else { return };
    let (count, seed) = (setting.cases, setting.seed);
    let mut random = Random::new(seed);
    let questions: Vec<Value> = (0..count).map(|id| cases::case(&mut random, id)).collect();
    let replies = setting.ask("pattern", &questions);
    let mut tally = Tally::default();
    let differences: Vec<String> =
        questions.iter().zip(&replies).filter_map(|(asked, reply)| tally.difference(asked, reply)).collect();
    say!("patterns against Kyverno: {count} cases, {} differences; {tally:?}", differences.len());
    let shown = differences.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "seed {seed}: {} differences, first ones:\n{shown}", differences.len());
    // Otherwise the comparison says little.
    assert!(
        tally.passed * 20 > tally.trees
            && tally.skipped * 20 > tally.trees
            && tally.failed * 20 > tally.trees
    );
}

/// What the questions were about.
#[derive(Debug, Default)]
struct Tally {
    held: u64,
    did_not_hold: u64,
    panics: u64,
    trees: u64,
    passed: u64,
    skipped: u64,
    failed: u64,
    errors: u64,
    several_outcomes: u64,
}

impl Tally {
    fn difference(&mut self, asked: &Value, reply: &Value) -> Option<String> {
        let differs = |ours: &str| Some(format!("{asked}\n  theirs: {reply}\n  ours:   {ours}"));
        assert!(reply.get("error").is_none(), "{asked}: {reply}");
        if reply.get("panic").is_some() {
            // Only where an item of a key is no text, which has to end in an answer here.
            self.panics += 1;
            let list = matches!(asked["operator"].as_str(), Some("In" | "NotIn")) && asked["key"].is_array();
            let _ = condition(asked);
            return if list { None } else { differs("no reason to stop") };
        }
        match asked["op"].as_str() {
            Some("tree") => {
                self.trees += 1;
                let theirs = reply["outcomes"].as_array().unwrap();
                self.several_outcomes += u64::from(theirs.len() > 1);
                let ours = Pattern::compile(&tree(&asked["pattern"])).matches(&tree(&asked["resource"]));
                match &ours {
                    Ok(()) => self.passed += 1,
                    Err(error) if error.skip => self.skipped += 1,
                    Err(error) if error.path.is_empty() => self.errors += 1,
                    Err(_) => self.failed += 1,
                }
                let ours = outcome(ours);
                if theirs.contains(&ours) { None } else { differs(&ours.to_string()) }
            }
            op => {
                let ours = match op {
                    Some("leaf") => Some(leaf_matches(&tree(&asked["value"]), &tree(&asked["pattern"]))),
                    _ => condition(asked),
                };
                let theirs = reply["holds"].as_bool();
                *(if theirs == Some(true) { &mut self.held } else { &mut self.did_not_hold }) += 1;
                if ours == theirs { None } else { differs(&format!("{ours:?}")) }
            }
        }
    }
}

fn condition(asked: &Value) -> Option<bool> {
    let operator = Operator::parse(asked["operator"].as_str().unwrap())?;
    Some(operator.holds(&tree(&asked["key"]), &tree(&asked["value"])))
}

fn outcome(ours: Result<(), PatternError>) -> Value {
    match ours {
        Ok(()) => Value::Null,
        Err(PatternError { message, path, skip }) => json!({"message": message, "path": path, "skip": skip}),
    }
}

/// Through text, as the other side gets it.
fn tree(value: &Value) -> Tree {
    serde_json::from_str(&value.to_string()).unwrap()
}
