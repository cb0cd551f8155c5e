//! An explanation as something to draw.

use super::format::{answer, plan_line, way_lines, way_title};
use super::{Explanation, Part};
use crate::algebra::Conns;
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};

/// The pair with what is allowed and what is not, and below it the steps that say so.
pub fn picture(explanation: &Explanation) -> Picture {
    let mut sketch = Sketch::default();
    let mut notes = Vec::new();
    for part in &explanation.parts {
        edges(&mut sketch, explanation.conns.as_ref(), part);
        sketch.end(&part.from).mark = Mark::Focus;
        for way in [&part.egress, &part.ingress] {
            let lines: Vec<String> = way_lines(way).into_iter().map(|(_, line)| line).collect();
            notes.extend(lines.iter().map(|line| format!("{}: {line}", way_title(way))));
            sketch.end(&way.subject).detail.extend(lines);
        }
        notes.extend(part.plans.first().map(|plan| plan_line(plan, &part.aim)));
    }
    notes.extend(explanation.notes.iter().cloned());
    notes.push(format!("Read as {} does: {}.", explanation.profile, explanation.assumptions.join("; ")));
    let (title, subtitle) = match explanation.parts.as_slice() {
        [first, rest @ ..] => {
            let more = if rest.is_empty() { "" } else { ", for the first of several pairs" };
            (format!("{} => {}", first.from, first.to), format!("{}{more}", answer(explanation, first)))
        }
        [] => Default::default(),
    };
    Picture { title, subtitle, notes, words: words(), ..sketch.done() }
}

/// What the lines of a picture about one question mean.
pub(crate) fn words() -> Vec<(EdgeMark, String)> {
    vec![(EdgeMark::Path, "allowed".to_owned()), (EdgeMark::Removed, "− denied".to_owned())]
}

fn edges(sketch: &mut Sketch, asked: Option<&Conns>, part: &Part) {
    let all = Conns::all();
    let asked = asked.unwrap_or(&all);
    let allowed = part.verdict.allowed.intersection(asked);
    let unknown = part.verdict.unknown.intersection(asked);
    let denied = asked.difference(&allowed).difference(&unknown);
    for (conns, mark) in
        [(allowed, EdgeMark::Path), (denied, EdgeMark::Removed), (unknown, EdgeMark::Unknown)]
    {
        if !conns.is_empty() {
            let (from, to) = (part.from.clone(), part.to.clone());
            sketch.edge(Edge { from, to, label: conns.to_string(), mark, detail: Vec::new() });
        }
    }
}
