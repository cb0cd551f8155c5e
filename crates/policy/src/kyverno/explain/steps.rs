//! What happened on the way.

use std::sync::Arc;

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Path, Segment, Value};
use ironhull_world::Object;

use super::rule::{Outcome, Telling, mark};
use super::values::{count, cut};
use super::written::{Written, fields, place};
use crate::kyverno::engine::Status;
use crate::kyverno::trace::{Check, Step};

/// Of a list with more elements those are shown that fail.
const FEW: usize = 6;

impl Telling<'_> {
    /// The lines of some steps. `outcome` is what came of them, `base` where the element is in the resource that
    /// they are about, if it is known.
    pub(super) fn steps(&self, steps: &[Step], outcome: &Outcome<'_>, base: Option<&Path>) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for step in steps {
            let line = self.step(step, outcome, base);
            // The same, asked for again.
            let is_question =
                matches!(step, Step::Variable { .. } | Step::Entry { .. } | Step::Preconditions { .. });
            if is_question && (lines.contains(&line) || lines.iter().any(|known| explains(known, &line))) {
                continue;
            }
            lines.push(line);
        }
        lines
    }

    fn step(&self, step: &Step, outcome: &Outcome<'_>, base: Option<&Path>) -> Line {
        match step {
            Step::Rule { .. } => self.rule(step),
            Step::Preconditions { held, steps } => self.conditions(steps, held, false, outcome),
            Step::Deny { held, steps } => self.conditions(steps, held, true, outcome),
            Step::Condition { .. } => self.condition(step, false, false, outcome),
            Step::Entry { name, path, found, steps } => {
                let inner = self.steps(steps, outcome, base).into_iter().map(Line::folded).collect();
                self.entry(name, path, found, outcome).with(inner)
            }
            Step::Variable { expression, found } => self.variable(expression, found, outcome),
            Step::Pattern { .. } => self.pattern(step, outcome, base),
            Step::Foreach { path, list, steps } => self.foreach(path, list, steps, outcome, base),
            Step::Element { index, value, said, steps } => {
                self.element(*index, value, said.as_ref(), steps, outcome, base)
            }
            Step::Checks { level, version, checks } => self.checks(level, version, checks),
            Step::Exception { object, applies, steps } => self.exception(object, *applies, steps),
            Step::Change { before, after } => self.change(before, after),
            Step::Made { is_there, object } => self.made(*is_there, object),
            Step::Before { failed, steps } => {
                let says = if *failed {
                    "failed as well, so that the update is let through"
                } else {
                    "did not fail"
                };
                let line = Line::new("before", Mark::Plain, format!("the old object {says}"));
                line.deciding(*failed)
                    .with(self.steps(steps, &Outcome::NOTHING, None).into_iter().map(Line::folded).collect())
            }
        }
    }

    fn entry(
        &self,
        name: &str,
        path: &Path,
        found: &Result<Option<Value>, String>,
        outcome: &Outcome<'_>,
    ) -> Line {
        let line = match found {
            Ok(Some(value)) => {
                let value = self.question.hidden.value(value);
                let text = format!("context {name} → {}", self.shown(&value));
                Line::new("context", Mark::Plain, text).fact("value", value)
            }
            Ok(None) => Line::new(
                "context",
                Mark::Aside,
                format!("context {name}: entries of its kind are not available here"),
            ),
            Err(why) => {
                let why = self.question.hidden.text(why);
                let line = Line::new("context", Mark::No, format!("context {name} cannot be loaded: {why}"));
                line.fact("error", &*why).deciding(is_because(outcome, &why))
            }
        };
        line.fact("name", name).at("policy", self.written.place(path))
    }

    fn variable(&self, expression: &str, found: &Result<Value, String>, outcome: &Outcome<'_>) -> Line {
        let shown = cut(&self.question.hidden.text(expression.trim()), self.question.full);
        let line = match found {
            Ok(value) => {
                let value = self.question.hidden.value(value);
                let text = format!("{{{{ {shown} }}}} → {}", self.shown(&value));
                Line::new("variable", Mark::Plain, text).fact("value", value)
            }
            Err(why) => {
                let text = self.question.hidden.text(why);
                let line =
                    Line::new("variable", Mark::No, format!("{{{{ {shown} }}}} does not resolve: {text}"));
                line.fact("error", &*text).deciding(is_because(outcome, why))
            }
        };
        line.fact("expression", shown.as_str()).at("policy", self.written.expression(expression))
    }

    fn exception(&self, object: &Arc<Object>, applies: bool, steps: &[Step]) -> Line {
        let (mark, says) = if applies {
            (Mark::Yes, "applies")
        } else {
            (Mark::Aside, "is about the rule, and not about this resource")
        };
        let key = &object.key;
        let name = match key.namespace.as_str() {
            "" => key.name.to_string(),
            namespace => format!("{namespace}/{}", key.name),
        };
        let own = Telling { written: Written { exception: Some(object), ..self.written }, ..*self };
        let inner = own.steps(steps, &Outcome::NOTHING, None);
        let line = Line::new("exception", mark, format!("exception {name} {says}"));
        let line = line.fact("exception", name.as_str()).fact("applies", applies).deciding(applies);
        line.at("exception", place(object, &Path::root())).with(inner)
    }

    fn foreach(
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

    fn element(
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

    fn checks(&self, level: &str, version: &str, checks: &[Check]) -> Line {
        let own = self.written.rule.path.keys(&["validate", "podSecurity"]);
        let is_bad = |check: &&Check| !check.errors.is_empty() && !check.is_left_out;
        let bad = checks.iter().filter(is_bad).count();
        let version = if version.is_empty() { "latest" } else { version };
        let text = match bad {
            0 => format!("podSecurity {level}:{version}: {} pass", count(checks.len(), "check")),
            bad => format!("podSecurity {level}:{version}: {bad} of {} fail", count(checks.len(), "check")),
        };
        let sign = if bad == 0 { Mark::Yes } else { Mark::No };
        let lines = checks.iter().map(|check| self.check(check)).collect();
        let line = Line::new("podSecurity", sign, text).fact("level", level).fact("version", version);
        line.at("policy", self.written.place(&own)).with(lines)
    }

    fn check(&self, check: &Check) -> Line {
        let errors: Vec<Line> = check
            .errors
            .iter()
            .map(|error| {
                let field = error.split([':', ' ']).next().unwrap_or_default();
                let mut path = Path::root();
                for step in field.split('.') {
                    let (key, index) = step.split_once('[').unwrap_or((step, ""));
                    path = path.child(key);
                    if let Ok(index) = index.trim_end_matches(']').parse::<usize>() {
                        path = path.child(index);
                    }
                }
                let text = self.question.hidden.text(error);
                let line = Line::new("field", if check.is_left_out { Mark::Aside } else { Mark::No }, &*text);
                line.at("resource", self.in_resource(&path)).deciding(!check.is_left_out)
            })
            .collect();
        let line = match (check.errors.is_empty(), check.is_left_out) {
            (true, _) => Line::new("check", Mark::Yes, format!("{}: pass", check.id)).folded(),
            (false, true) => Line::new("check", Mark::Aside, format!("{}: left out", check.id)),
            (false, false) => Line::new("check", Mark::No, format!("{}: fail", check.id)),
        };
        line.fact("check", check.id).with(errors)
    }
}

/// Whether an entry that cannot be loaded says already why a variable does not resolve.
fn explains(entry: &Line, variable: &Line) -> bool {
    let error = |line: &Line| line.facts.iter().find(|(name, _)| *name == "error").cloned();
    let is_so = entry.kind == "context" && variable.kind == "variable";
    is_so && error(entry).is_some() && error(entry) == error(variable)
}

/// Whether an error is what the rule ended with.
fn is_because(outcome: &Outcome<'_>, why: &str) -> bool {
    matches!(outcome.status, Some(Status::Error | Status::Fail)) && outcome.message.contains(why)
}
