use serde_json::Value;

use super::*;
use crate::testing::{ADMIN, ESCALATION, finding, hostile, objects, report_of, sample};

fn run(report: &Report, most: usize) -> Value {
    let mut log: Value = serde_json::from_str(&render_at_most(report, most)).unwrap();
    log["runs"][0].take()
}

#[test]
fn what_does_not_fit_is_named_and_the_worst_stays() {
    let pod = |n: usize| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}}}\n");
    let text: Vec<String> = (0..5).map(pod).collect();
    let objects = objects("a.yaml", &text.join("---\n"));
    let rule = |n: usize| if n == 4 { &ADMIN } else { &ESCALATION };
    let findings = objects.iter().enumerate().map(|(n, object)| finding(rule(n), object, None, "spec", "x"));
    let run = run(&report_of(findings.collect()), 3);
    let rules: Vec<&str> =
        run["results"].as_array().unwrap().iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["WL005", "WL005", "RB001"]);
    assert_eq!(run["properties"]["omitted"], 2);
    let note = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(note.as_str().unwrap().starts_with("2 results left out: a file holds at most 3"), "{note}");
}

#[test]
fn every_result_points_at_its_rule_and_has_a_place_github_takes() {
    for report in [sample(), hostile()] {
        let run = run(&report, MOST_RESULTS);
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            let allowed = |byte: u8| byte.is_ascii_graphic() && !b"<>\"`\\{}|^".contains(&byte);
            assert!(!uri.is_empty() && uri.bytes().all(allowed) && !uri.contains(':'), "{uri}");
        }
    }
}

#[test]
fn suppressed_results_are_kept_with_their_reason() {
    let run = run(&sample(), MOST_RESULTS);
    let results = run["results"].as_array().unwrap();
    let suppressed: Vec<&Value> =
        results.iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["suppressions"][0]["justification"], "it writes to the node's tables");
    assert_eq!(suppressed[0]["suppressions"][0]["kind"], "inSource");
}

#[test]
fn brackets_before_parentheses_are_no_link() {
    let objects = objects("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n");
    let run = run(&report_of(vec![finding(&ADMIN, &objects[0], None, "spec", "see [a](b)")]), 10);
    assert_eq!(run["results"][0]["message"]["text"], "see \\[a\\](b) (Pod p)");
}
