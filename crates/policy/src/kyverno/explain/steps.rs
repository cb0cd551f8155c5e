//! What happened on the way.

use std::sync::Arc;

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::rule::{Outcome, Telling};
use super::values::cut;
use super::written::{Written, place};
use crate::kyverno::engine::Status;
use crate::kyverno::trace::Step;

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

    pub(super) fn step(&self, step: &Step, outcome: &Outcome<'_>, base: Option<&Path>) -> Line {
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
