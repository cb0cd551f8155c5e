//! What assertions found, as something to draw.

use super::{Checked, Demand, Failure, Outcome};
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};

/// Every counterexample: the connections that must not be and those that are missing, each with its stops.
pub fn picture(checked: &[Checked]) -> Picture {
    let mut sketch = Sketch::default();
    let (mut kept, mut notes) = (0, Vec::new());
    for one in checked {
        let (certain, failures) = match &one.outcome {
            Outcome::Pass(_) => {
                kept += 1;
                continue;
            }
            Outcome::Fail(failures) => (true, failures),
            Outcome::Unknown(failures) => (false, failures),
        };
        let mark = match (certain, &one.assertion.demand) {
            (false, _) => EdgeMark::Unknown,
            (true, Demand::Allow(_)) => EdgeMark::Removed,
            (true, _) => EdgeMark::Path,
        };
        for failure in failures {
            draw(&mut sketch, mark, failure);
            let fix = failure.fix.lines().next().unwrap_or_default();
            notes.push(format!("{}: {}. {fix}", one.assertion.name, failure.message));
        }
    }
    let words = vec![
        (EdgeMark::Path, "must not be, and is".to_owned()),
        (EdgeMark::Removed, "must be, and is not".to_owned()),
    ];
    Picture { title: format!("{kept} of {} assertions hold", checked.len()), notes, words, ..sketch.done() }
}

fn draw(sketch: &mut Sketch, mark: EdgeMark, failure: &Failure) {
    // One that is about nothing has no ends, one about a workload alone has one.
    if failure.from.is_empty() {
        return;
    }
    let about = &failure.message;
    let start = sketch.end(&failure.from);
    start.mark = Mark::Focus;
    if failure.to.is_empty() {
        start.detail.push(about.clone());
        return;
    }
    let last = failure.conns.to_string();
    let stops: Vec<&String> = failure.over.iter().chain([&failure.to]).collect();
    let mut before = &failure.from;
    for (place, stop) in stops.iter().enumerate() {
        let label = if place + 1 == stops.len() { last.clone() } else { "on the way".to_owned() };
        sketch.edge(Edge {
            from: before.clone(),
            to: (*stop).clone(),
            label,
            mark,
            detail: vec![about.clone()],
        });
        before = stop;
    }
}
