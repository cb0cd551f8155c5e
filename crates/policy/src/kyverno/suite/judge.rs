//! What came out beside what is expected. Upstream: `commands/test/output.go` and `command.go`.

use ironhull_report::outline::Line;
use ironhull_value::Value;

use super::Options;
use super::case::{Case, Expectation};
use super::compare;
use super::evaluate::{Answer, Evaluated};
use super::files::Files;
use super::load::{Inputs, LoadedPolicy};
use super::outcome::{Gap, Got, Outcome, Reason, Row};
use super::trace;
use crate::kyverno::engine::{RuleResponse, RuleType, Status};
use crate::kyverno::explain::is_about;
use crate::kyverno::model::{ContextSource, Rule};

/// The row of an expectation whose test could not be run.
pub(super) fn not_run(case: &Case, wanted: &Expectation, why: &str) -> Row {
    row(case, wanted, wanted.resources.join(", "), Outcome::Fail(Reason::NotRun(why.to_owned())))
}

/// One row for each resource of each expectation.
pub(super) fn judge(
    case: &Case,
    inputs: &Inputs,
    evaluated: &Evaluated,
    files: &dyn Files,
    options: Options,
) -> Vec<Row> {
    let judge = Judge { case, inputs, evaluated, files, options };
    case.results.iter().flat_map(|wanted| judge.expectation(wanted)).collect()
}

fn row(case: &Case, wanted: &Expectation, resource: String, outcome: Outcome) -> Row {
    Row {
        test: case.path.clone(),
        policy: wanted.policy.clone(),
        rule: wanted.rule.clone(),
        resource,
        operation: wanted.operation.clone(),
        expected: Some(wanted.result),
        got: Vec::new(),
        trace: Vec::new(),
        outcome,
    }
}

struct Judge<'a> {
    case: &'a Case,
    inputs: &'a Inputs,
    evaluated: &'a Evaluated,
    files: &'a dyn Files,
    options: Options,
}

/// What a row is about.
#[derive(Clone, Copy, PartialEq)]
enum Subject {
    /// A resource that is judged, by its place.
    Trigger(usize),
    /// One that a rule for existing resources changes, by its place.
    Target(usize),
}

impl<'a> Judge<'a> {
    fn expectation(&self, wanted: &Expectation) -> Vec<Row> {
        let same = |outcome: &Outcome| -> Vec<Row> {
            let mut names = wanted.resources.clone();
            names.extend(wanted.specs.iter().map(|spec| format!("{}/{}", spec.namespace, spec.name)));
            if names.is_empty() {
                names.push(String::new());
            }
            names.into_iter().map(|name| row(self.case, wanted, name, outcome.clone())).collect()
        };
        if let Some(gap) = self.gap(wanted) {
            return same(&Outcome::Gap(gap));
        }
        let policies = self.policies(wanted);
        if policies.is_empty() {
            return same(&Outcome::Fail(Reason::NoSuchPolicy));
        }
        for (_, own) in &policies {
            if let Err(why) = &own.compiled {
                return same(&Outcome::Fail(Reason::InvalidPolicy(why.clone())));
            }
        }
        let rules: Vec<&Rule> = policies.iter().flat_map(|(_, own)| rules_of(own, &wanted.rule)).collect();
        if rules.is_empty() && !self.options.compat {
            return same(&Outcome::Fail(Reason::NoSuchRule));
        }
        let places: Vec<usize> = policies.iter().map(|(place, _)| *place).collect();
        if wanted.resources.is_empty() && wanted.specs.is_empty() {
            return self.everything(wanted, &places);
        }
        self.named(wanted, &places)
    }

    /// What an expectation needs that is not evaluated here.
    fn gap(&self, wanted: &Expectation) -> Option<Gap> {
        let (namespace, name) = wanted.policy.split_once('/').unwrap_or(("", &wanted.policy));
        let policies = self.policies(wanted);
        if policies.is_empty() || wanted.declared.is_some() {
            let other =
                self.inputs.others.iter().find(|other| {
                    other.name == name && (namespace.is_empty() || other.namespace == namespace)
                });
            let gap = other.map(|other| other.gap).filter(|gap| {
                policies.is_empty() || wanted.declared.is_none_or(|declared| declared == *gap)
            })?;
            return Some(if self.case.has_payloads && gap == Gap::Cel { Gap::Payload } else { gap });
        }
        policies.iter().flat_map(|(_, own)| rules_of(own, &wanted.rule)).find_map(gap_of_rule)
    }

    fn policies(&self, wanted: &Expectation) -> Vec<(usize, &'a LoadedPolicy)> {
        let (namespace, name) = wanted.policy.split_once('/').unwrap_or(("", &wanted.policy));
        let is = |own: &LoadedPolicy| {
            own.policy.name() == name && (namespace.is_empty() || own.policy.namespace() == namespace)
        };
        self.inputs.policies.iter().enumerate().filter(|(_, own)| is(own)).collect()
    }

    /// The rows of an expectation that names resources.
    fn named(&self, wanted: &Expectation, policies: &[usize]) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut done: Vec<Subject> = Vec::new();
        let asked = wanted.resources.iter().map(|name| (name.clone(), self.by_name(wanted, name)));
        let specs = wanted.specs.iter().map(|spec| {
            let is = |value: &Value| {
                let text = |keys: &[&str]| value.dig_str(keys).unwrap_or_default();
                text(&["apiVersion"]) == spec.api_version
                    && text(&["metadata", "namespace"]) == spec.namespace
                    && text(&["metadata", "name"]) == spec.name
            };
            (format!("{}/{}", spec.namespace, spec.name), self.subjects(is))
        });
        for (name, subjects) in asked.chain(specs) {
            if subjects.is_empty() {
                rows.push(row(self.case, wanted, name, Outcome::Fail(Reason::NoSuchResource)));
            }
            // An object that is judged and changed by a rule as well counts where something was said about it.
            let said: Vec<Subject> =
                subjects.iter().copied().filter(|one| self.said(wanted, policies, *one)).collect();
            let subjects = if said.is_empty() { subjects.into_iter().take(1).collect() } else { said };
            for subject in subjects {
                if !done.contains(&subject) {
                    done.push(subject);
                    rows.push(self.subject(wanted, policies, subject));
                }
            }
        }
        rows
    }

    /// The rows of an expectation that names none: whatever was said.
    fn everything(&self, wanted: &Expectation, policies: &[usize]) -> Vec<Row> {
        let all = self.subjects(|_| true);
        let said: Vec<Subject> = all.into_iter().filter(|one| self.said(wanted, policies, *one)).collect();
        if said.is_empty() {
            return vec![row(self.case, wanted, String::new(), self.silence(wanted))];
        }
        said.into_iter().map(|one| self.subject(wanted, policies, one)).collect()
    }

    fn subjects(&self, is: impl Fn(&Value) -> bool) -> Vec<Subject> {
        let triggers = self.inputs.resources.iter().enumerate();
        let triggers = triggers.filter(|(_, value)| is(value)).map(|(place, _)| Subject::Trigger(place));
        let targets = self.inputs.targets.iter().enumerate();
        let targets = targets.filter(|(_, value)| is(value)).map(|(place, _)| Subject::Target(place));
        triggers.chain(targets).collect()
    }

    /// The resources of a name; where one of them is of the kind that is written, only those.
    fn by_name(&self, wanted: &Expectation, name: &str) -> Vec<Subject> {
        let (namespace, bare) =
            name.split_once('/').map_or((None, name), |(space, bare)| (Some(space), bare));
        let found = self.subjects(|value| {
            let text = |key: &str| value.dig_str(&["metadata", key]).unwrap_or_default();
            text("name") == bare && namespace.is_none_or(|own| own == text("namespace"))
        });
        let of_kind = |one: &Subject| {
            let kind = self.value(*one).and_then(|value| value.dig_str(&["kind"])).unwrap_or_default();
            kind == wanted.kind.rsplit('/').next().unwrap_or_default()
        };
        if self.options.compat || !found.iter().any(of_kind) {
            return found;
        }
        found.into_iter().filter(of_kind).collect()
    }

    fn value(&self, subject: Subject) -> Option<&'a Value> {
        match subject {
            Subject::Trigger(place) => self.inputs.resources.get(place),
            Subject::Target(place) => self.inputs.targets.get(place),
        }
    }

    fn said(&self, wanted: &Expectation, policies: &[usize], subject: Subject) -> bool {
        self.answers(wanted, policies, subject).is_ok_and(|found| !found.is_empty())
    }

    /// What the rules that are meant said about a subject.
    fn answers(
        &self,
        wanted: &Expectation,
        policies: &[usize],
        subject: Subject,
    ) -> Result<Vec<(&'a Answer, &'a RuleResponse)>, &'a str> {
        let answers: Vec<&'a Answer> = match subject {
            Subject::Trigger(place) => self.evaluated.answers(&wanted.operation, place)?.iter().collect(),
            Subject::Target(_) => self.evaluated.all().collect(),
        };
        let target = match subject {
            Subject::Target(_) => self.value(subject),
            Subject::Trigger(_) => None,
        };
        let is_meant = |rule: &RuleResponse| {
            is_rule(&rule.name, &wanted.rule)
                && match (target, &rule.patched_target) {
                    (None, None) => true,
                    (Some(own), Some(patched)) => is_same(own, patched),
                    _ => false,
                }
        };
        Ok(answers
            .into_iter()
            .filter(|answer| policies.contains(&answer.policy))
            .flat_map(|answer| answer.rules.iter().map(move |rule| (answer, rule)))
            .filter(|(_, rule)| is_meant(rule))
            .collect())
    }

    /// What it means that no rule said anything.
    fn silence(&self, wanted: &Expectation) -> Outcome {
        match wanted.result {
            _ if self.options.compat => Outcome::Pass,
            Status::Pass if wanted.patched.is_empty() && wanted.generated.is_empty() => Outcome::NotMatched,
            _ => Outcome::Fail(Reason::NothingAnswered),
        }
    }

    fn subject(&self, wanted: &Expectation, policies: &[usize], subject: Subject) -> Row {
        let shown = self.value(subject).map(show).unwrap_or_default();
        let found = match self.answers(wanted, policies, subject) {
            Ok(found) => found,
            Err(why) => {
                return row(self.case, wanted, shown, Outcome::Fail(Reason::NotRun(why.to_owned())));
            }
        };
        let mut made = row(self.case, wanted, shown, self.silence(wanted));
        made.got = found
            .iter()
            .map(|(answer, rule)| Got {
                rule: rule.name.to_string(),
                status: self.status(answer, rule),
                message: rule.message.clone(),
            })
            .collect();
        if !found.is_empty() {
            let wrong = found.iter().find_map(|(answer, rule)| self.wrong(wanted, answer, rule));
            made.outcome = wrong.unwrap_or(Outcome::Pass);
        }
        if self.options.trace && matches!(made.outcome, Outcome::Fail(_)) {
            made.trace = self.trace(wanted, policies, subject);
        }
        made
    }

    /// Why the rules that are meant said what they said. An object that is changed does not say because of
    /// which other; the first one is told that a rule is about.
    fn trace(&self, wanted: &Expectation, policies: &[usize], subject: Subject) -> Vec<Line> {
        let of = |place| trace::of(self.case, self.inputs, self.options, wanted, policies, place);
        match subject {
            Subject::Trigger(place) => of(place),
            Subject::Target(_) => {
                let told = (0..self.inputs.resources.len()).map(of);
                told.into_iter().find(|lines| lines.iter().any(is_about)).unwrap_or_default()
            }
        }
    }

    /// The status as reports have it: a policy that is not scored warns where others fail.
    fn status(&self, answer: &Answer, rule: &RuleResponse) -> Status {
        let policy = self.inputs.policies.get(answer.policy);
        let scored = policy.and_then(|own| own.policy.annotation("policies.kyverno.io/scored"));
        match rule.status {
            Status::Fail if scored == Some("false") => Status::Warn,
            status => status,
        }
    }

    /// What is wrong with one answer.
    fn wrong(&self, wanted: &Expectation, answer: &Answer, rule: &RuleResponse) -> Option<Outcome> {
        if self.status(answer, rule) != wanted.result {
            return Some(Outcome::Fail(Reason::WrongResult));
        }
        if !wanted.patched.is_empty() && rule.rule_type == RuleType::Mutation {
            let actual = rule.patched_target.as_ref().unwrap_or(&answer.patched);
            return self.wrong_object(wanted, std::slice::from_ref(&wanted.patched), actual);
        }
        if rule.rule_type == RuleType::Generation && !wanted.generated.is_empty() {
            if rule.generated.is_empty() && wanted.result == Status::Pass && !self.options.compat {
                let why = "nothing was generated".to_owned();
                return Some(Outcome::Fail(Reason::WrongObject(why)));
            }
            return rule
                .generated
                .iter()
                .find_map(|actual| self.wrong_object(wanted, &wanted.generated, actual));
        }
        None
    }

    /// What is wrong with an object that one of some files shall have.
    fn wrong_object(&self, wanted: &Expectation, paths: &[String], actual: &Value) -> Option<Outcome> {
        let mut said = None;
        for path in paths {
            match compare::expected(self.case, self.inputs, self.files, path, actual) {
                Err(why) => return Some(Outcome::Fail(Reason::NotRun(why))),
                Ok(None) => {}
                Ok(Some(expected)) => match compare::difference(&expected, actual) {
                    None => return None,
                    Some(difference) => said = Some(difference),
                },
            }
        }
        let is_lenient = !wanted.fail_on_missing && !wanted.patched.is_empty();
        match said {
            Some(difference) => Some(Outcome::Fail(Reason::WrongObject(difference))),
            None if is_lenient && self.options.compat => Some(Outcome::NotMatched),
            // A rule that did nothing leaves nothing to compare.
            None if is_lenient && wanted.result != Status::Pass => None,
            None => {
                let why = format!("{} is not in {}", show(actual), paths.join(", "));
                Some(Outcome::Fail(Reason::WrongObject(why)))
            }
        }
    }
}

/// The rules of a policy that an expectation means.
fn rules_of<'p>(own: &'p LoadedPolicy, name: &str) -> Vec<&'p Rule> {
    let bare = name.strip_prefix("autogen-cronjob-").or_else(|| name.strip_prefix("autogen-"));
    let is =
        |rule: &&Rule| name.is_empty() || rule.name == name || bare.is_some_and(|bare| rule.name == bare);
    own.policy.rules.iter().filter(is).collect()
}

/// Whether an answer is of a rule or of one that was made from it for controllers of pods.
fn is_rule(answered: &str, wanted: &str) -> bool {
    wanted.is_empty()
        || answered == wanted
        || answered.strip_prefix("autogen-") == Some(wanted)
        || answered.strip_prefix("autogen-cronjob-") == Some(wanted)
}

fn gap_of_rule(rule: &Rule) -> Option<Gap> {
    let has = |keys: &[&str]| rule.source.dig(keys).is_some_and(|value| !value.is_null());
    let is_image = |source: &ContextSource| matches!(source, ContextSource::ImageRegistry { .. });
    if has(&["validate", "cel"]) || has(&["celPreconditions"]) {
        Some(Gap::Cel)
    } else if has(&["verifyImages"])
        || has(&["validate", "manifests"])
        || rule.context.iter().any(|entry| is_image(&entry.source))
    {
        Some(Gap::Image)
    } else {
        None
    }
}

fn is_same(own: &Value, other: &Value) -> bool {
    [&["apiVersion"][..], &["kind"], &["metadata", "name"], &["metadata", "namespace"]]
        .iter()
        .all(|keys| own.dig_str(keys) == other.dig_str(keys))
}

fn show(value: &Value) -> String {
    let text = |keys: &[&str]| value.dig_str(keys).unwrap_or_default();
    let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
    match text(&["metadata", "namespace"]) {
        "" => format!("{kind} {name}"),
        namespace => format!("{kind} {namespace}/{name}"),
    }
}
