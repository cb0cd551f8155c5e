//! Why an assertion does not hold: the rules that decide a connection, the smallest change, and the findings.

use std::sync::Arc;

use ironhull_finding::{Evidence, Finding, Fix, Subject};
use ironhull_value::Path;
use ironhull_world::Object;

use super::check::{Checked, Failure, Outcome};
use super::select::{Actor, Scene};
use crate::algebra::Conns;
use crate::engine::{Decision, End, PolicyId, RuleId, Step};
use crate::lint::{ASSERTION_FAILED, ASSERTION_UNDECIDED};
use crate::place;
use crate::policy::Direction;

/// A field of an object that decides, with what it does.
#[derive(Clone, Debug)]
pub struct Because {
    /// The object.
    pub object: Arc<Object>,
    /// The field.
    pub path: Path,
    /// What it does: `allows it`.
    pub note: String,
}

/// One direction of a connection: the end whose policies are asked, and the other.
struct Half<'a> {
    direction: Direction,
    subject: &'a Actor,
    other: &'a Actor,
}

fn halves<'a>(from: &'a Actor, to: &'a Actor) -> [Half<'a>; 2] {
    [
        Half { direction: Direction::Egress, subject: from, other: to },
        Half { direction: Direction::Ingress, subject: to, other: from },
    ]
}

/// How one direction was decided.
struct Heard {
    steps: Vec<Step>,
    /// Whether policies are asked at all.
    asked: bool,
}

fn hear(scene: &Scene<'_>, half: &Half<'_>, conns: &Conns, left_out: &[RuleId]) -> Option<(Heard, Conns)> {
    let Actor::Workload(place) = half.subject else { return None };
    let class = scene.workloads.get(*place)?.class?;
    let other = scene.end(half.other).unwrap_or(End::Class(scene.network.controller()));
    let ask = scene.network.ask(class, half.direction);
    let mut steps = Vec::new();
    let verdict = ask.decide(
        &other,
        |rule| left_out.contains(&rule),
        |step| {
            if !step.conns.intersection(conns).is_empty() {
                steps.push(step);
            }
        },
    );
    let asked = ask.policies().next().is_some();
    Some((Heard { steps, asked }, verdict.allowed.union(&verdict.unknown)))
}

fn words(scene: &Scene<'_>, direction: Direction, step: &Step) -> Option<(Because, String)> {
    let policy = scene.network.policy(step.policy)?;
    let object = policy.object.clone()?;
    let name = format!("{} {}", policy.kind, policy.full_name());
    let Some(rule) = step.rule.and_then(|rule| policy.side(direction)?.rules.get(rule)) else {
        let path = Path::root().keys(&["metadata", "name"]);
        let text = format!(
            "{name} ({}) selects {} and no rule allows it",
            place(&object, &path),
            side_of(direction)
        );
        return Some((Because { object, path, note: "isolates, and has no rule for it".to_owned() }, text));
    };
    let verb = match step.decision {
        Decision::Allowed => "allows",
        Decision::Denied => "denies",
        Decision::Passed => "passes on",
        Decision::Isolated | Decision::Default => "decides",
    };
    let number = rule.path.segments().last().map_or_else(String::new, |segment| match segment {
        ironhull_value::Segment::Index(index) => format!(" {}", index + 1),
        ironhull_value::Segment::Key(_) => String::new(),
    });
    let perhaps = if step.certain { "" } else { " perhaps" };
    let text = format!(
        "{} rule{number} of {name} ({}){perhaps} {verb} it",
        direction.field(),
        place(&object, &rule.path)
    );
    Some((Because { object, path: rule.path.clone(), note: format!("{verb} it") }, text))
}

fn side_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "the destination",
        Direction::Egress => "the source",
    }
}

/// Connections that are allowed and should not be.
pub(super) fn allowed(scene: &Scene<'_>, from: &Actor, to: &Actor, conns: &Conns) -> Failure {
    let mut reasons = Vec::new();
    let mut evidence = Vec::new();
    let mut fix = scene.change(from, to, conns, false);
    for half in halves(from, to).iter().rev() {
        let Some((heard, _)) = hear(scene, half, conns, &[]) else { continue };
        let subject = scene.title(half.subject);
        if !heard.asked {
            reasons.push(format!("no policy selects {subject} for {}", half.direction.field()));
            fix.get_or_insert_with(|| {
                format!(
                    "Write a NetworkPolicy for {} that selects {subject} and allows only what it needs",
                    half.direction.field()
                )
            });
            continue;
        }
        let allowing: Vec<&Step> =
            heard.steps.iter().filter(|step| step.decision == Decision::Allowed).collect();
        for step in &allowing {
            if let Some((because, text)) = words(scene, half.direction, step) {
                reasons.push(text);
                evidence.push(because);
            }
        }
        if allowing.is_empty() {
            reasons.push(format!(
                "no policy that selects {subject} says anything of it for {}",
                half.direction.field()
            ));
        }
    }
    if let (Actor::Ingress, Actor::Workload(place)) = (from, to)
        && let Some(door) = scene.door(*place, conns)
    {
        reasons.push(format!("{} ({}) leads to it", door.object.key, crate::place(&door.object, &door.path)));
        evidence.push(Because {
            object: Arc::clone(&door.object),
            path: door.path.clone(),
            note: "leads to it".to_owned(),
        });
    }
    let (source, destination) = (scene.title(from), scene.title(to));
    Failure {
        message: format!("{source} => {destination}: {conns} is allowed: {}", reasons.join("; ")),
        from: source,
        to: destination,
        over: Vec::new(),
        conns: conns.clone(),
        evidence,
        fix: fix.unwrap_or_else(|| "Deny it with a policy that selects one of the two ends".to_owned()),
    }
}

/// Connections that are denied and should be allowed.
pub(super) fn denied(scene: &Scene<'_>, from: &Actor, to: &Actor, conns: &Conns) -> Failure {
    let mut reasons = Vec::new();
    let mut evidence = Vec::new();
    let mut fix = scene.change(from, to, conns, true);
    for half in &halves(from, to) {
        let Some((heard, open)) = hear(scene, half, conns, &[]) else { continue };
        let closed = conns.difference(&open);
        if closed.is_empty() {
            continue;
        }
        let stops = |step: &&Step| matches!(step.decision, Decision::Denied | Decision::Isolated);
        for step in
            heard.steps.iter().filter(stops).filter(|step| !step.conns.intersection(&closed).is_empty())
        {
            // Of those that isolate the one for the fewest pods is where a rule for them belongs.
            let mut step = step.clone();
            if step.decision == Decision::Isolated {
                step.policy = narrowest(scene, half).unwrap_or(step.policy);
            }
            let Some((because, text)) = words(scene, half.direction, &step) else { continue };
            reasons.push(text);
            evidence.push(because);
        }
    }
    if let (Actor::Ingress, true) = (from, reasons.is_empty()) {
        reasons.push("no entry opens these ports".to_owned());
        fix = Some("Open the ports with an Ingress, Route, Gateway or Service".to_owned());
    }
    let (source, destination) = (scene.title(from), scene.title(to));
    Failure {
        message: format!("{source} => {destination}: {conns} is denied: {}", reasons.join("; ")),
        from: source,
        to: destination,
        over: Vec::new(),
        conns: conns.clone(),
        evidence,
        fix: fix.unwrap_or_else(|| "Allow it in the policies that are named".to_owned()),
    }
}

/// The policy that isolates the fewest pods, among those that isolate this end.
fn narrowest(scene: &Scene<'_>, half: &Half<'_>) -> Option<PolicyId> {
    let Actor::Workload(place) = half.subject else { return None };
    let class = scene.workloads.get(*place)?.class?;
    let ask = scene.network.ask(class, half.direction);
    let isolates = |id: &PolicyId| {
        let side = scene.network.policy(*id).and_then(|policy| policy.side(half.direction));
        side.is_some_and(|side| side.isolates)
    };
    ask.policies().filter(isolates).min_by_key(|id| scene.network.selected(*id).len())
}

/// Connections of which it is not known whether they are allowed.
pub(super) fn undecided(scene: &Scene<'_>, from: &Actor, to: &Actor, conns: &Conns) -> Failure {
    let mut reasons = Vec::new();
    let mut evidence = Vec::new();
    for half in &halves(from, to) {
        let Some((heard, _)) = hear(scene, half, conns, &[]) else { continue };
        for step in heard.steps.iter().filter(|step| !step.certain) {
            if let Some((because, text)) = words(scene, half.direction, step) {
                reasons.push(text);
                evidence.push(because);
            }
        }
    }
    let (source, destination) = (scene.title(from), scene.title(to));
    Failure {
        message: format!(
            "{source} => {destination}: it is not known whether {conns} is allowed: {}",
            reasons.join("; ")
        ),
        from: source,
        to: destination,
        over: Vec::new(),
        conns: conns.clone(),
        evidence,
        fix: "Correct the policies that are not valid; `ironhull network lint` shows where".to_owned(),
    }
}

/// A workload that no policy selects.
pub(super) fn unprotected(scene: &Scene<'_>, actor: &Actor, directions: &[Direction]) -> Failure {
    let title = scene.title(actor);
    let named: Vec<&str> = directions.iter().map(|direction| direction.field()).collect();
    let mut evidence = Vec::new();
    if let Actor::Workload(place) = actor
        && let Some(id) = scene.workloads.get(*place).and_then(super::super::ends::ShownEnd::workload)
        && let Some(object) = scene.network.workload(id).and_then(|entry| entry.workload.object.clone())
    {
        let path = Path::root().keys(&["metadata", "name"]);
        evidence.push(Because { object, path, note: "is selected by no policy".to_owned() });
    }
    Failure {
        message: format!("no policy selects {title} for {}", named.join(" and ")),
        from: title.clone(),
        to: String::new(),
        over: Vec::new(),
        conns: Conns::all(),
        evidence,
        fix: format!("Write a NetworkPolicy for {} that selects {title}", named.join(" and ")),
    }
}

/// A workload that no entry leads to.
pub(super) fn no_entry(scene: &Scene<'_>, actor: &Actor) -> Failure {
    let title = scene.title(actor);
    Failure {
        message: format!("ingress => {title}: no Ingress, Route, Gateway or Service brings anything to it"),
        from: "ingress".to_owned(),
        to: title,
        over: Vec::new(),
        conns: Conns::none(),
        evidence: Vec::new(),
        fix: "Add the entry to the input, or remove it from the assertion".to_owned(),
    }
}

/// Two ends between which there is no way over other workloads.
pub(super) fn no_way(scene: &Scene<'_>, from: &Actor, to: &Actor, conns: &Conns) -> Failure {
    let (source, destination) = (scene.title(from), scene.title(to));
    Failure {
        message: format!(
            "{source} => {destination}: there is no way for {conns}, over other workloads or not"
        ),
        from: source,
        to: destination,
        over: Vec::new(),
        conns: conns.clone(),
        evidence: Vec::new(),
        fix: "Allow each leg of the way that is meant".to_owned(),
    }
}

/// The findings of assertions that do not hold: one each, with the first connection that shows it.
pub fn findings(checked: &[Checked]) -> Vec<Finding> {
    checked.iter().filter_map(finding).collect()
}

fn finding(checked: &Checked) -> Option<Finding> {
    let (rule, failures) = match &checked.outcome {
        Outcome::Pass(_) => return None,
        Outcome::Fail(failures) => (&ASSERTION_FAILED, failures),
        Outcome::Unknown(failures) => (&ASSERTION_UNDECIDED, failures),
    };
    let assertion = &checked.assertion;
    let first = failures.first()?;
    let more = failures.len() - 1;
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    let mut evidence = vec![Evidence::new(&assertion.object, assertion.path.clone())];
    for because in &first.evidence {
        evidence.push(Evidence {
            object: Arc::clone(&because.object),
            path: because.path.clone(),
            note: Some(because.note.clone()),
            concealed: false,
        });
    }
    Some(Finding {
        rule: (&rule.meta).into(),
        subject: Subject::Object { object: Arc::clone(&assertion.object), container: None },
        message: format!("{}: {}{more}", assertion.name, first.message),
        evidence,
        fix: Some(Fix::manual(sentence(&first.fix))),
        cause: None,
    })
}

/// A change without what to write, which only text has room for.
fn sentence(fix: &str) -> String {
    match fix.split_once(":\n") {
        Some((sentence, _)) => format!("{sentence}; `ironhull network check -o text` shows what to write"),
        None => fix.to_owned(),
    }
}
