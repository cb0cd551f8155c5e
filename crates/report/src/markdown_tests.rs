use super::*;
use crate::testing::{ESCALATION, HOST_PID, finding, objects, report_of};

#[test]
fn nothing_of_others_becomes_markup() {
    let out = text("<b>|`x` @all #1 [a](http://b) *c* _d_\n# e");
    assert_eq!(
        out,
        "&lt;b&gt;\\|\\`x\\` @<!-- -->all #<!-- -->1 \\[a\\](http:<!-- -->//b) \\*c\\* \\_d\\_␊#<!-- --> e"
    );
    assert_eq!(code("a<b>'@x#1"), "a&lt;b&gt;&#39;@<!-- -->x#<!-- -->1");
}

fn large(files: usize, each: usize) -> Report {
    let mut findings = Vec::new();
    for file in 0..files {
        let pod = |n: usize| {
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}}}\nspec: {{hostPID: true}}\n")
        };
        let text: Vec<String> = (0..each).map(pod).collect();
        for object in objects(&format!("deploy/file-{file}.yaml"), &text.join("---\n")) {
            let rule = if file == files - 1 { &HOST_PID } else { &ESCALATION };
            findings.push(finding(
                rule,
                &object,
                None,
                "spec/hostPID",
                "the pod shares the process namespace of its node",
            ));
        }
    }
    report_of(findings)
}

#[test]
fn a_comment_stays_within_its_limit_and_says_what_is_missing() {
    let report = large(30, 40);
    let out = render(&report);
    assert!(out.len() <= 65_000, "{}", out.len());
    let rows =
        out.lines().filter(|line| line.starts_with("| medium |") || line.starts_with("| high |")).count();
    assert!(rows > 300, "{rows}");
    let note = out.lines().find(|line| line.contains("left out here")).unwrap();
    assert!(note.starts_with(&format!("**{} findings in ", number(1200 - rows))), "{note}");
    // The worst file comes first, so that it is never what is missing.
    let first = out.find("<details>").unwrap();
    assert!(out[first..].starts_with("<details><summary><code>deploy/file-29.yaml</code>: 40 high"));
    assert_eq!(out.matches("<details>").count(), out.matches("</details>").count());
    assert!(out.contains("- Read: "));
}

#[test]
fn a_tail_that_is_too_long_is_cut_as_well() {
    let mut report = large(1, 1);
    for n in 0..500 {
        let (path, reason) = (format!("charts/{n}"), format!("Helm chart {n} ünd more"));
        report.inputs.not_evaluated.push(crate::NotEvaluated { path, reason });
    }
    let out = render_at_most(&report, 2000, 500);
    assert!(out.len() <= 2000, "{}", out.len());
    assert!(out.ends_with("…\n"));
}
