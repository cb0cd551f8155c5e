//! Findings about policies as something to draw.

use ironhull_finding::{Finding, Subject};

use super::Facts;
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};
use crate::policy::Direction;

/// What the findings are about, and of policies the workloads that they select.
pub fn picture(facts: &Facts<'_>, findings: &[Finding]) -> Picture {
    let mut sketch = Sketch::default();
    let mut notes = Vec::new();
    for finding in findings {
        let line = format!("{} {}: {}", finding.rule.id, finding.rule.name, finding.message);
        let Subject::Object { object, .. } = &finding.subject else {
            notes.push(line);
            continue;
        };
        let key = &object.key;
        let title = match (key.namespace.as_str(), key.kind.as_str()) {
            ("", "Namespace") => format!("{0}/{0}[Namespace]", key.name),
            ("", kind) => format!("{}[{kind}]", key.name),
            (namespace, kind) => format!("{namespace}/{}[{kind}]", key.name),
        };
        let node = sketch.end(&title);
        node.mark = Mark::Focus;
        node.detail.push(line.clone());
        notes.push(format!("{key}: {line}"));
        let about = facts.policies().filter(|(_, _, own)| own.key == *key);
        for (id, policy, _) in about {
            let directions: Vec<&str> = Direction::BOTH
                .into_iter()
                .filter(|direction| policy.side(*direction).is_some())
                .map(Direction::field)
                .collect();
            for class in facts.network.selected(id) {
                let to = facts.title(*class);
                let (from, label) = (title.clone(), directions.join(" and "));
                sketch.edge(Edge { from, to, label, mark: EdgeMark::Normal, detail: Vec::new() });
            }
        }
    }
    Picture {
        title: "What is wrong with the policies".to_owned(),
        subtitle: format!("{} finding{}", findings.len(), if findings.len() == 1 { "" } else { "s" }),
        notes,
        words: vec![(
            EdgeMark::Normal,
            "the policy selects it, for what stands where the line ends".to_owned(),
        )],
        ..sketch.done()
    }
}
