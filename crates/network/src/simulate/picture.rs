//! A simulation as something to draw.

use super::format::{flows, headline, why};
use super::{Break, NotJudged, Simulation};
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};

/// Every observed pair: what goes on, and what would break.
pub fn picture(simulation: &Simulation) -> Picture {
    let mut sketch = Sketch::default();
    for (from, to, conns) in &simulation.kept {
        let (from, to) = (from.clone(), to.clone());
        sketch.edge(Edge { from, to, label: conns.to_string(), ..Edge::default() });
    }
    for one in &simulation.breaks {
        broken(&mut sketch, one);
    }
    let breaks = simulation.breaks.iter();
    let breaks = breaks.map(|one| format!("{} => {}: {}: {}", one.from, one.to, one.connections, why(one)));
    let mut notes: Vec<String> = breaks.chain(simulation.not_judged.iter().map(not_judged)).collect();
    notes.push(format!("Read as {} does.", simulation.profile));
    Picture {
        title: "What the policies would break".to_owned(),
        subtitle: headline(simulation),
        notes,
        words: vec![
            (EdgeMark::Normal, "was seen, and goes on".to_owned()),
            (EdgeMark::Removed, "was seen, and would break".to_owned()),
        ],
        ..sketch.done()
    }
}

/// Why flows were not judged.
pub(crate) fn not_judged(one: &NotJudged) -> String {
    format!("Not judged: {} ({}): {}", one.seen_at, flows(one.flows), one.reason)
}

/// A connection that was seen and is not allowed; the workload in the way stands out.
pub(crate) fn broken(sketch: &mut Sketch, one: &Break) {
    sketch.edge(Edge {
        from: one.from.clone(),
        to: one.to.clone(),
        label: one.connections.clone(),
        mark: if one.fate == "unknown" { EdgeMark::Unknown } else { EdgeMark::Removed },
        detail: vec![why(one)],
    });
    let node = sketch.end(&one.workload);
    node.mark = Mark::Focus;
    node.detail.push(format!("{}: {}", one.direction, why(one)));
}
