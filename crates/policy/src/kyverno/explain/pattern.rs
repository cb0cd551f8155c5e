//! A pattern beside what was held against it.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Path, Value};

use super::rule::{Outcome, Telling};
use super::written::parsed;
use crate::kyverno::engine::Status;
use crate::kyverno::pattern::{AnchorKind, Decision, Event, PatternError};
use crate::kyverno::trace::Step;

/// So many parts of a pattern that matches are shown.
const FEW: usize = 3;

impl Telling<'_> {
    pub(super) fn pattern(&self, step: &Step, outcome: &Outcome<'_>, base: Option<&Path>) -> Line {
        let Step::Pattern { path, place, pattern, events, found, subject } = step else {
            return Line::default();
        };
        let (mark, word) = match found {
            Ok(()) => (Mark::Yes, "matches"),
            Err(why) if why.skip => (Mark::Aside, "does not apply"),
            Err(_) => (Mark::No, "does not match"),
        };
        let name = place.map_or_else(|| "pattern".to_owned(), |place| format!("anyPattern[{place}]"));
        // Rules before may have changed it.
        let of = |value: &Value| {
            [&["kind"][..], &["metadata", "name"]].map(|keys| value.dig_str(keys).map(str::to_owned))
        };
        let is_whole = of(subject) == of(&self.question.object.value);
        let root = Path::root();
        let held = Held { path, pattern, subject, base: if is_whole { Some(&root) } else { base } };
        let deciding = deciding(events, found);
        let counts = match found {
            Ok(()) => place.is_some() && outcome.status == Some(Status::Pass),
            Err(why) if why.skip => outcome.status == Some(Status::Skip),
            Err(_) => matches!(outcome.status, Some(Status::Fail | Status::Error)),
        };
        let mut lines: Vec<Line> = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let decides = deciding.contains(&index);
            let line = self.event(event, &held, decides && counts);
            let is_shown = decides || found.is_ok() && events.len() <= FEW;
            lines.push(if is_shown { line } else { line.folded() });
        }
        if deciding.is_empty()
            && let Err(why) = found
        {
            let text = self.question.hidden.text(&why.message);
            let field = parsed(&why.path, subject);
            let line = Line::new("reason", mark, &*text).deciding(counts);
            lines.push(line.at("resource", held.field(&field).and_then(|field| self.in_resource(&field))));
        }
        let is_alternative = found.is_ok() && counts;
        let line = Line::new("pattern", mark, format!("{name}: {word}")).deciding(is_alternative);
        line.at("policy", self.written.place(path)).with(lines)
    }

    fn event(&self, event: &Event, held: &Held<'_>, decides: bool) -> Line {
        let own = parsed(&event.pattern, held.pattern);
        let field = parsed(&event.resource, held.subject);
        let path = held.path.join(&own);
        let wanted = held.pattern.at(&own).cloned().unwrap_or_default();
        let found = held.subject.at(&field).cloned().unwrap_or_default();
        let found = match held.field(&field) {
            Some(whole) => self.question.hidden.at(&self.question.object.value, &whole, &found),
            None => self.question.hidden.value(&found),
        };
        let name = if field.segments().is_empty() { "it".to_owned() } else { field.to_string() };
        let is =
            if found.is_null() { "is not there".to_owned() } else { format!("is {}", self.shown(&found)) };
        let must = self.safe(&wanted);
        let written = self.written.at(&path).and_then(Value::as_str).filter(|text| text.contains("{{"));
        let must = match written {
            Some(written) => format!("{must} (written {written})"),
            None => must,
        };
        let anchor = own.segments().last().map(|segment| match segment {
            ironhull_value::Segment::Key(key) => key.to_string(),
            ironhull_value::Segment::Index(index) => index.to_string(),
        });
        let anchor = anchor.unwrap_or_default();
        let (mut mark, text) = match (event.decision, event.held) {
            (Decision::Leaf, true) => (Mark::Yes, format!("{name} {is}, and matches {must}")),
            (Decision::Leaf, false) => (Mark::No, format!("{name} {is}, and must match {must}")),
            (Decision::Present, true) => (Mark::Yes, format!("{name} is there")),
            (Decision::Present, false) => (Mark::No, format!("{name} is not there, and must be")),
            (Decision::Structure, _) => {
                let (wanted, found) = (
                    article(&wanted),
                    if found.is_null() { "not there".to_owned() } else { article(&found) },
                );
                (Mark::No, format!("{name} is {found}, and must be {wanted}"))
            }
            (Decision::Anchor(kind), held) => {
                (if held { Mark::Yes } else { Mark::No }, said(kind, held, &anchor, &name))
            }
        };
        if matches!(event.decision, Decision::Anchor(AnchorKind::Condition | AnchorKind::Global))
            && !event.held
        {
            mark = Mark::Aside;
        }
        let line = Line::new("field", mark, text).deciding(decides).fact("field", field.to_string().as_str());
        let line = line
            .fact("pattern", own.to_string().as_str())
            .fact("wanted", self.question.hidden.value(&wanted))
            .fact("found", found.clone());
        let place = held.field(&field).and_then(|field| self.in_resource(&field));
        line.fact("held", event.held).at("policy", self.written.place(&path)).at("resource", place)
    }
}

/// What is held against what.
struct Held<'a> {
    path: &'a Path,
    pattern: &'a Value,
    subject: &'a Value,
    /// Where the subject is in the resource.
    base: Option<&'a Path>,
}

impl Held<'_> {
    fn field(&self, field: &Path) -> Option<Path> {
        Some(self.base?.join(field))
    }
}

fn said(kind: AnchorKind, held: bool, anchor: &str, name: &str) -> String {
    match (kind, held) {
        (AnchorKind::Condition, true) => format!("{anchor}: the condition of {name} holds"),
        (AnchorKind::Condition, false) => {
            format!("{anchor}: the condition of {name} does not hold, so that the rest is not asked")
        }
        (AnchorKind::Global, true) => format!("{anchor}: the condition of the whole rule holds"),
        (AnchorKind::Global, false) => format!("{anchor}: the condition of the whole rule does not hold"),
        (AnchorKind::Equality, true) => format!("{anchor}: {name} is as it must be, if it is there"),
        (AnchorKind::Equality, false) => format!("{anchor}: {name} is there, and not as it must be"),
        (AnchorKind::Existence, true) => format!("{anchor}: an item of {name} matches"),
        (AnchorKind::Existence, false) => format!("{anchor}: no item of {name} matches"),
        (AnchorKind::Negation, true) => format!("{anchor}: {name} is not there, as it must be"),
        (AnchorKind::Negation, false) => format!("{anchor}: {name} is there, and must not be"),
        (AnchorKind::AddIfNotPresent, _) => format!("{anchor}: {name}"),
    }
}

/// Which of the decisions made the outcome. A failure is told where it is and then by everything that it is in.
fn deciding(events: &[Event], found: &Result<(), PatternError>) -> Vec<usize> {
    let Err(why) = found else { return Vec::new() };
    let is_skip = |event: &Event| {
        !event.held && matches!(event.decision, Decision::Anchor(AnchorKind::Condition | AnchorKind::Global))
    };
    if why.skip {
        let skips = events.iter().enumerate().filter(|(_, event)| is_skip(event));
        let mut found: Vec<usize> = skips.map(|(index, _)| innermost(events, index)).collect();
        found.dedup();
        return found;
    }
    let last = events.iter().rposition(|event| !event.held);
    last.map(|last| innermost(events, last)).into_iter().collect()
}

/// The decision that a failed one comes from.
fn innermost(events: &[Event], outer: usize) -> usize {
    let mut place = outer;
    while let (Some(event), Some(before)) =
        (events.get(place), place.checked_sub(1).and_then(|place| events.get(place)))
    {
        let is_of_many = event.decision == Decision::Anchor(AnchorKind::Existence);
        if before.held || is_of_many || !before.pattern.starts_with(&event.pattern) {
            break;
        }
        place -= 1;
    }
    place
}

fn article(value: &Value) -> String {
    match value.kind().name() {
        name @ ("array" | "integer" | "object") => format!("an {name}"),
        "null" => "empty".to_owned(),
        name => format!("a {name}"),
    }
}
