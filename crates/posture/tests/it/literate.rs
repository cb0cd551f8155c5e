//! Runs `tests/rules/*.md`.

use std::path::Path;

use ironhull_posture::{ALL, Check, evaluate, rule};
use ironhull_testkit::literate::Expectation;
use ironhull_testkit::rules::{Rules, expectations};
use ironhull_testkit::world_of;

fn results(id: &str, name: &str, text: &str) -> Vec<Expectation> {
    let world = world_of(name, text);
    let evaluation = evaluate(&world, &[rule(id).expect("a rule")]);
    let outcomes = evaluation.results().flat_map(|result| &result.outcomes);
    outcomes.flat_map(|(_, outcome)| expectations(outcome)).collect()
}

fn rules() -> Rules {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let judging = ALL.iter().filter(|rule| !matches!(rule.check, Check::Input));
    Rules { folder, metas: judging.map(|rule| &rule.meta).collect(), judge: results }
}

#[test]
fn every_case_holds() {
    rules().every_case_holds();
}

#[test]
fn every_rule_has_cases_for_both_sides_and_for_the_naive_reading() {
    rules().every_rule_has_its_cases();
}

#[test]
fn the_examples_of_the_documentation_are_true() {
    rules().every_example_is_true();
}
