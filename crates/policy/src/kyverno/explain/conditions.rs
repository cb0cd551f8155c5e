//! `preconditions` and `deny.conditions`: each condition with its values.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Path, Segment, Value};

use super::rule::{Outcome, Telling};
use super::values::cut;
use crate::kyverno::engine::Status;
use crate::kyverno::trace::Step;

impl Telling<'_> {
    pub(super) fn conditions(
        &self,
        steps: &[Step],
        held: &Result<bool, String>,
        denies: bool,
        outcome: &Outcome<'_>,
    ) -> Line {
        let what = if denies { "deny" } else { "preconditions" };
        let (mark, word) = match held {
            Ok(true) if denies && steps.is_empty() => {
                (Mark::No, "it has no conditions, so that it always denies")
            }
            Ok(true) if denies => (Mark::No, "its conditions hold"),
            Ok(false) if denies => (Mark::Yes, "its conditions do not hold"),
            Ok(true) => (Mark::Yes, "hold"),
            Ok(false) => (Mark::Aside, "do not hold"),
            Err(_) => (Mark::No, "cannot be evaluated"),
        };
        let is_any_met = steps
            .iter()
            .any(|step| matches!(step, Step::Condition { path, held: Ok(true), .. } if is_in_any(path)));
        let lines = steps.iter().map(|step| {
            let Step::Condition { path, held: own, .. } = step else {
                return Line::default();
            };
            let decides = match (own, held) {
                (Err(_), _) => true,
                (Ok(own), Ok(held)) if own != held => false,
                // One of `any` is enough.
                (Ok(false), Ok(false)) => {
                    let wanted =
                        if denies { outcome.status == Some(Status::Pass) } else { outcome.status.is_some() };
                    wanted && !(is_in_any(path) && is_any_met)
                }
                (Ok(true), Ok(true)) => denies && outcome.status == Some(Status::Fail),
                _ => false,
            };
            self.condition(step, denies, decides, outcome)
        });
        let line = Line::new(what, mark, format!("{what}: {word}")).with(lines.collect());
        match held {
            Ok(held) => line.fact("held", *held),
            Err(why) => line.fact("error", &*self.question.hidden.text(why)),
        }
    }

    /// A condition as it is written, with what its variables are.
    pub(super) fn condition(&self, step: &Step, denies: bool, decides: bool, outcome: &Outcome<'_>) -> Line {
        let Step::Condition { path, key, value, held, steps } = step else {
            return Line::default();
        };
        let operator = self.written.at(&path.child("operator")).and_then(Value::as_str).unwrap_or("?");
        let side = |name: &str, value: Option<&Value>| -> String {
            let written = self.written.at(&path.child(name));
            let shown = value.map_or_else(|| "?".to_owned(), |value| self.safe(value));
            match written {
                Some(written) if has_variable(written) => {
                    let written = match written {
                        Value::Str(text) => cut(text, self.question.full),
                        other => self.shown(other),
                    };
                    format!("{written} → {shown}")
                }
                _ => shown,
            }
        };
        let inner = self.steps(steps, outcome, None).into_iter();
        // What resolved stands in the line already.
        let is_told = |line: &Line| line.kind == "variable" && line.mark == Mark::Plain;
        let inner: Vec<Line> = inner.map(|line| if is_told(&line) { line.folded() } else { line }).collect();
        // The innermost reason is enough.
        let is_below = inner.iter().any(|line| line.decides);
        let (mark, word) = match held {
            Ok(true) => (if denies { Mark::No } else { Mark::Yes }, "holds".to_owned()),
            Ok(false) => (if denies { Mark::Yes } else { Mark::Aside }, "does not hold".to_owned()),
            Err(_) if is_below => (Mark::No, "cannot be evaluated".to_owned()),
            Err(why) => (Mark::No, format!("cannot be evaluated: {}", self.question.hidden.text(why))),
        };
        let text =
            format!("{}  {operator}  {}: {word}", side("key", key.as_ref()), side("value", value.as_ref()));
        let mut line = Line::new("condition", mark, text).fact("operator", operator);
        for (name, value) in [("key", key), ("value", value)] {
            if let Some(value) = value {
                line = line.fact(name, self.question.hidden.value(value));
            }
        }
        line = match held {
            Ok(held) => line.fact("held", *held),
            Err(why) => line.fact("error", &*self.question.hidden.text(why)),
        };
        line.deciding(decides && !is_below).at("policy", self.written.place(path)).with(inner)
    }
}

fn is_in_any(path: &Path) -> bool {
    matches!(path.segments(), [.., Segment::Key(key), Segment::Index(_)] if key == "any")
}

fn has_variable(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_variable),
        Value::Map(map) => map.iter().any(|(_, value)| has_variable(value)),
        _ => false,
    }
}
