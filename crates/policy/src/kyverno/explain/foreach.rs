//! The elements of a list.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Path, Segment, Value};

use super::rule::{Outcome, Telling, mark};
use super::values::count;
use super::written::fields;
use crate::kyverno::engine::Status;
use crate::kyverno::trace::Step;

/// Of a list with more elements those are shown that fail.
const FEW: usize = 6;

impl Telling<'_> {
    pub(super) fn foreach(
        &self,
        path: &Path,
        list: &str,
        steps: &[Step],
        outcome: &Outcome<'_>,
        base: Option<&Path>,
    ) -> Line {
        let is_list = |step: &&Step| matches!(step, Step::Variable { expression, .. } if expression == list);
        let of = steps.iter().find(is_list);
        let elements = match of {
            Some(Step::Variable { found: Ok(Value::Array(items)), .. }) => Some(items.len()),
            Some(Step::Variable { found: Ok(_), .. }) => Some(1),
            _ => None,
        };
        let way = self.way(list, base);
        let told = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| !of.is_some_and(|list| elements.is_some() && std::ptr::eq(list, *step)));
        let mut lines: Vec<Line> = Vec::new();
        for (_, step) in told {
            let own = match step {
                Step::Element { index, .. } => way.as_ref().map(|way| way.child(*index)),
                _ => base.cloned(),
            };
            let line = self.step(step, outcome, own.as_ref());
            let is_beside = elements.is_some_and(|count| count > FEW) && line.mark != Mark::No;
            // An entry is loaded again for each element.
            if line.kind == "element" || !lines.contains(&line) {
                lines.push(if is_beside { line.folded() } else { line });
            }
        }
        let text = match elements {
            Some(number) => format!("foreach {list}: {}", count(number, "element")),
            None => format!("foreach {list}"),
        };
        let line = Line::new("foreach", Mark::Plain, text).fact("list", list);
        line.at("policy", self.written.place(&path.child("list"))).with(lines)
    }

    /// Where a list is in the resource, if its expression says nothing but that.
    fn way(&self, list: &str, base: Option<&Path>) -> Option<Path> {
        let fields = fields(list)?;
        let way = match fields.as_slice() {
            ["request", "object", rest @ ..] => Path::root().keys(rest),
            ["element", rest @ ..] => base?.keys(rest),
            _ => return None,
        };
        matches!(self.question.object.value.at(&way), Some(Value::Array(_))).then_some(way)
    }

    pub(super) fn element(
        &self,
        index: usize,
        value: &Value,
        said: Option<&(Status, String)>,
        steps: &[Step],
        outcome: &Outcome<'_>,
        base: Option<&Path>,
    ) -> Line {
        let object = &self.question.object.value;
        // What rules before changed may not be where it is written.
        let base = base.filter(|base| object.at(base) == Some(value));
        let name = value.dig_str(&["name"]).map(|name| format!(" {name}")).unwrap_or_default();
        let (sign, word) = match said {
            Some((status, _)) => (mark(*status), status.name()),
            None => (Mark::Plain, "judged"),
        };
        let failed = said.is_some_and(|(status, _)| matches!(status, Status::Fail | Status::Error));
        let own = if failed { *outcome } else { Outcome::NOTHING };
        let shown = match base {
            Some(base) => self.question.hidden.at(object, base, value),
            None => self.question.hidden.value(value),
        };
        let text = match base.map(Path::segments) {
            Some([.., Segment::Index(_)]) | None => format!("element {index}{name}: {word}"),
            Some(_) => format!("element {index}: {word}"),
        };
        let line = Line::new("element", sign, text)
            .fact("index", i64::try_from(index).unwrap_or(i64::MAX))
            .fact("value", shown.clone());
        let mut lines =
            vec![Line::new("value", Mark::Plain, format!("element → {}", self.shown(&shown))).folded()];
        lines.extend(self.steps(steps, &own, base));
        line.at("resource", base.and_then(|base| self.in_resource(base))).with(lines)
    }
}
