//! Generated policies as something to draw.

use super::{Allowed, Generated};
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};
use crate::simulate::{broken, not_judged};

/// What the policies allow: with evidence and beyond it. Workloads without evidence stand out.
pub fn picture(generated: &Generated) -> Picture {
    let mut sketch = Sketch::default();
    for (rows, mark) in [(&generated.needed, EdgeMark::Normal), (&generated.excess, EdgeMark::Added)] {
        for row in rows {
            let Allowed { from, to, connections } = row.clone();
            sketch.edge(Edge { from, to, label: connections, mark, detail: Vec::new() });
        }
    }
    for one in &generated.broken {
        broken(&mut sketch, one);
    }
    for row in &generated.coverage {
        let node = sketch.end(&row.workload);
        node.detail.push(format!("{} flows, {} addresses in manifests", row.flows, row.addresses));
        node.detail.extend([&row.policy, &row.note].into_iter().filter(|line| !line.is_empty()).cloned());
    }
    for title in &generated.without_evidence {
        sketch.end(title).mark = Mark::Focus;
    }
    let gaps = generated.gaps.iter().map(|gap| format!("{}: {} ({})", gap.workload, gap.reason, gap.at));
    let unjudged = generated.not_judged.iter().map(not_judged);
    let mut notes: Vec<String> = generated.notes.iter().cloned().chain(gaps).chain(unjudged).collect();
    if !generated.without_evidence.is_empty() {
        notes.push(
            "Nothing is known of what the workloads in focus need: they have no policy of their own."
                .to_owned(),
        );
    }
    notes.push(format!("Read as {} does.", generated.profile));
    Picture {
        title: "What the generated policies allow".to_owned(),
        subtitle: format!(
            "{} policies, {} flows proven to go on, {} broken, {} workloads without evidence",
            generated.policy_count,
            generated.proven,
            generated.broken.len(),
            generated.without_evidence.len()
        ),
        notes,
        words: vec![
            (EdgeMark::Normal, "allowed, with evidence".to_owned()),
            (EdgeMark::Added, "allowed beyond the evidence".to_owned()),
            (EdgeMark::Removed, "was seen, and would break".to_owned()),
        ],
        ..sketch.done()
    }
}
