//! Runs `tests/rules/*.md`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use ironhull_finding::Outcome;
use ironhull_posture::{ALL, Check, Rule, evaluate, rule};
use ironhull_testkit::literate::{Case, Expectation, cases, differences};
use ironhull_testkit::world_of;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

fn results(rule: &'static Rule, name: &str, text: &str) -> Vec<Expectation> {
    let world = world_of(name, text);
    let evaluation = evaluate(&world, &[rule]);
    let mut found = Vec::new();
    for (_, outcome) in evaluation.results().flat_map(|result| &result.outcomes) {
        let plain =
            |reason: &str| Expectation { outcome: outcome.name().into(), line: 0, message: reason.into() };
        match outcome {
            Outcome::Pass => {}
            Outcome::Fail(findings) | Outcome::Warn(findings) => {
                found.extend(findings.iter().map(|finding| {
                    let line = finding.place().map_or(0, |place| place.start.line);
                    Expectation { outcome: "fail".into(), line, message: finding.message.clone() }
                }));
            }
            Outcome::Skip(reason) | Outcome::Unknown(reason) | Outcome::Error(reason) => {
                found.push(plain(reason));
            }
        }
    }
    found
}

#[test]
fn every_case_holds() {
    let mut report = String::new();
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let id = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let rule = rule(&id).unwrap_or_else(|| panic!("{id}.md names no rule"));
        for case in cases(&fs::read_to_string(&file).unwrap()) {
            let name = format!("{id}.md:{} {}", case.line, case.title);
            let difference = differences(&case, results(rule, &name, &case.text));
            if !difference.is_empty() {
                let _ = write!(report, "{name}\n{difference}");
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_rule_has_cases_for_both_sides_and_for_the_naive_reading() {
    for rule in ALL.iter().filter(|rule| !matches!(rule.check, Check::Input)) {
        let id = &*rule.meta.id;
        let text = fs::read_to_string(folder().join(format!("{id}.md")))
            .unwrap_or_else(|_| panic!("{id}.md is missing"));
        assert!(
            text.starts_with(&format!("# {id} {}\n", rule.meta.name)),
            "{id}.md does not start with `# {id} {}`",
            rule.meta.name
        );
        let all = cases(&text);
        let fails = |case: &Case| case.expected.iter().any(|expected| expected.outcome == "fail");
        assert!(
            all.iter().any(fails) && !all.iter().all(fails),
            "{id}.md needs a failing and a passing case"
        );
        assert!(text.contains("\n## The naive reading"), "{id}.md needs a section `## The naive reading …`");
    }
}

#[test]
fn the_examples_of_the_documentation_are_true() {
    for rule in ALL.iter().filter(|rule| !matches!(rule.check, Check::Input)) {
        let id = &*rule.meta.id;
        let example = rule.meta.section("Example").unwrap_or_else(|| panic!("{id} has no example"));
        let blocks = cases(&example);
        assert_eq!(blocks.len(), 2, "{id} needs a bad and a good example");
        let failing = |text: &str| results(rule, id, text).iter().any(|result| result.outcome != "skip");
        assert!(
            results(rule, id, &blocks[0].text).iter().any(|result| result.outcome == "fail"),
            "{id}: the bad example passes"
        );
        assert!(
            !failing(&blocks[1].text),
            "{id}: the good example does not pass: {:?}",
            results(rule, id, &blocks[1].text)
        );
    }
}
