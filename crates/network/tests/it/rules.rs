//! Runs `tests/rules/*.md`, and holds the rules' metadata to the form that all rules have.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use ironhull_finding::Outcome;
use ironhull_network::Profile;
use ironhull_network::lint::{ALL, Check, Rule, lint, rule};
use ironhull_testkit::literate::Expectation;
use ironhull_testkit::rules::{Rules, expectations};
use ironhull_testkit::world_of;

fn results(id: &str, name: &str, text: &str) -> Vec<Expectation> {
    let linted = lint(&world_of(name, text), Profile::Upstream, &[rule(id).expect("a rule")]);
    linted.results.iter().flat_map(|result| expectations(&result.outcome)).collect()
}

fn judged() -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied().filter(|rule| matches!(rule.check, Check::World(_)))
}

fn rules() -> Rules {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    Rules { folder, metas: judged().map(|rule| &rule.meta).collect(), judge: results }
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

#[test]
fn the_metadata_has_its_form() {
    assert!(ALL.is_sorted_by(|a, b| a.meta.id < b.meta.id));
    let names: BTreeSet<_> = ALL.iter().map(|rule| &rule.meta.name).collect();
    assert_eq!(names.len(), ALL.len());
    for rule in ALL {
        let meta = &rule.meta;
        let (area, number) = meta.id.split_at(2);
        assert!(
            area == "NW" && number.len() == 3 && number.parse::<u16>().is_ok_and(|number| number > 8),
            "{}",
            meta.id
        );
        assert!(meta.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", meta.name);
        assert!(!meta.title.ends_with('.'), "{}", meta.id);
        for heading in ["What it does", "Why it matters", "How to fix", "References"] {
            let section =
                meta.section(heading).unwrap_or_else(|| panic!("{} has no section {heading}", meta.id));
            assert!(!section.is_empty(), "{}: {heading} is empty", meta.id);
        }
        let why = meta.section("Why it matters").unwrap().to_lowercase();
        assert!(why.contains(meta.severity.name()), "{} does not say why it is {}", meta.id, meta.severity);
        for control in meta.controls {
            assert!(control.framework.has(control.id), "{}: no control {}", meta.id, control.id);
        }
    }
}

#[test]
fn a_policy_with_very_many_rules_ends_soon_and_says_what_was_not_compared() {
    let mut text = String::from(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x, labels: {app: a}}\nspec: {containers: [{name: c}]}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: big, namespace: x}\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  ingress:\n",
    );
    for number in 0..100_000u32 {
        let [_, a, b, c] = number.to_be_bytes();
        let _ = writeln!(text, "  - {{from: [{{ipBlock: {{cidr: 10.{a}.{b}.{c}/32}}}}]}}");
    }
    text.push_str("  - {from: [{}]}\n");
    let world = world_of("big.yaml", &text);
    let rules: Vec<&Rule> = judged().collect();
    let linted = lint(&world, Profile::Upstream, &rules);
    let of =
        |id: &str| linted.results.iter().find(|result| result.rule.id == id && result.object.name() == "big");
    assert!(matches!(of("NW013").map(|result| &result.outcome), Some(Outcome::Unknown(_))));
    assert!(matches!(of("NW019").map(|result| &result.outcome), Some(Outcome::Unknown(_))));
    // The mistake in its last line is found all the same.
    let invalid: Vec<_> = linted.findings().filter(|finding| finding.rule.id == "NW009").collect();
    assert_eq!(invalid.len(), 1);
    assert_eq!(invalid[0].place().map(|place| place.start.line), Some(100_013));
}
