//! A rule and what it said.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Path, Value};

use super::values::shown;
use super::written::{Written, place};
use super::{Question, for_others};
use crate::kyverno::engine::{Compiled, RuleResponse, Status};
use crate::kyverno::model::Rule;
use crate::kyverno::trace::{Filter, Step};

/// Tells of one rule.
pub(super) struct Telling<'a> {
    pub(super) written: Written<'a>,
    pub(super) question: &'a Question<'a>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(policy: &'a Compiled, rule: &'a Rule, question: &'a Question<'a>) -> Self {
        Self { written: Written { policy: &policy.policy, rule, exception: None }, question }
    }

    pub(super) fn shown(&self, value: &Value) -> String {
        shown(value, self.question.full)
    }

    /// A value that nobody has looked through yet.
    pub(super) fn safe(&self, value: &Value) -> String {
        self.shown(&self.question.hidden.value(value))
    }

    pub(super) fn in_resource(&self, path: &Path) -> Option<String> {
        place(self.question.object, path)
    }

    /// A rule that was not asked.
    pub(super) fn not_asked(&self, why: &str) -> Line {
        let line = self.head(Mark::Aside, &format!("not asked, {why}"), None, false);
        Line { places: Vec::new(), ..line.fact("reason", why) }
    }

    /// What came of a rule.
    pub(super) fn rule(&self, step: &Step) -> Line {
        let Step::Rule { is_about, filters, said, steps, .. } = step else {
            return self.not_asked("it is not evaluated");
        };
        if !is_about {
            return self.not_about(&filters.0);
        }
        let worst = said.iter().find(|said| matters(said.status)).or(said.first());
        let status = worst.map(|said| said.status);
        let (mark, word) =
            status.map_or((Mark::Aside, "says nothing"), |status| (mark(status), status.name()));
        let mut lines = self.matching(&filters.0, true);
        let message = worst.map(|said| said.message.as_str()).unwrap_or_default();
        let outcome = Outcome { status, message };
        lines.extend(self.steps(steps, &outcome, Some(&Path::root())));
        lines.extend(said.iter().filter(|said| !said.message.is_empty()).map(|said| self.says(said)));
        self.head(mark, word, status, true).with(lines)
    }

    /// A rule that is not about the resource. For most of them the kind says all.
    fn not_about(&self, filters: &[Filter]) -> Line {
        let lines = self.matching(filters, false);
        let other = |filter: &&Filter| filter.parts.iter().any(|part| part.name == "kinds" && !part.is_met);
        let matching = || filters.iter().filter(|filter| !filter.is_exclude);
        if !matching().all(|filter| other(&filter)) {
            return self.head(Mark::Aside, "is not about it", None, false).with(lines);
        }
        let why = for_others(self.written.rule, self.question.request.kind);
        let line = self.head(Mark::Aside, &format!("is not about it, {why}"), None, false);
        let kinds = matching().flat_map(|filter| &filter.parts).find(|part| part.name == "kinds");
        let line = Line { places: Vec::new(), ..line }
            .at("policy", kinds.and_then(|part| self.written.place(&part.path)));
        line.with(lines.into_iter().map(Line::folded).collect())
    }

    fn head(&self, mark: Mark, word: &str, status: Option<Status>, is_about: bool) -> Line {
        let rule = self.written.rule;
        let origin = self.written.origin();
        let made = origin.map(|origin| format!(" (made from {})", origin.name));
        let text = format!("{}{}: {word}", rule.name, made.unwrap_or_default());
        let mut line =
            Line::new("rule", mark, text).fact("rule", rule.name.as_str()).fact("isAbout", is_about);
        if let Some(status) = status {
            line = line.fact("status", status.name());
        }
        if let Some(origin) = origin {
            line = line.fact("madeFrom", origin.name.as_str());
        }
        line.at("policy", self.written.place(&rule.path))
    }

    /// The message, as every other command has it; only what nobody shall see is hidden.
    fn says(&self, said: &RuleResponse) -> Line {
        let message = self.question.hidden.text(&said.message);
        let line = Line::new("message", Mark::Plain, format!("says: {message}"));
        line.fact("status", said.status.name()).fact("message", &*message)
    }
}

/// What came out, as far as steps may have brought it about.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    pub(super) status: Option<Status>,
    pub(super) message: &'a str,
}

impl Outcome<'_> {
    /// Where steps are told that changed nothing.
    pub(super) const NOTHING: Outcome<'static> = Outcome { status: None, message: "" };
}

fn matters(status: Status) -> bool {
    matches!(status, Status::Fail | Status::Warn | Status::Error)
}

pub(super) fn mark(status: Status) -> Mark {
    match status {
        Status::Pass => Mark::Yes,
        Status::Fail | Status::Warn | Status::Error => Mark::No,
        Status::Skip => Mark::Aside,
    }
}
