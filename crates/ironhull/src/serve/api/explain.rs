//! Why: the steps of each policy that refused, and the smallest change that would let the object pass.
//!
//! What a policy looks up elsewhere is never part of it: who may see a decision may not see everything that we may.

use std::sync::Arc;

use ironhull_podsecurity::{CHECKS, LevelVersion, PodRef, evaluate};
use ironhull_policy::kyverno::engine::{Cluster, Compiled};
use ironhull_policy::kyverno::explain::{Hidden, Question, explain};
use ironhull_report::Style;
use ironhull_report::outline::{Form, Line, Mark, Outline};
use ironhull_value::Value;
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::Value as Json;

use super::change::{Edit, allowed, parse, set, taken};
use super::model::{Change, Explanation};
use crate::serve::engine::{Engine, Scene};
use crate::serve::loaded::{Loaded, revision};
use crate::serve::recorded::{Recorded, RecordedSaid};

/// What is noted of a policy that is gone.
pub(crate) const NOT_LOADED: &str = "the policy is not loaded any more";

/// How many fields one rule may want to be changed before it is given up.
const MOST_CHANGES: usize = 32;

/// Nothing is looked up.
struct Nobody;

impl Cluster for Nobody {
    fn get(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Option<Value>, String> {
        Err("objects are not looked up for this".to_owned())
    }

    fn list(&self, _: &str, _: &str, _: &str, _: Option<&Value>) -> Result<Vec<Value>, String> {
        Err("objects are not looked up for this".to_owned())
    }
}

/// Of each policy that refused, or would have, why.
pub(crate) fn explanations(engine: &Engine, decision: &Recorded) -> Vec<Explanation> {
    let loaded = engine.loaded.load_full();
    let mut names: Vec<&str> = decision.refusing().map(|said| said.policy.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &&str| {
        let said: Vec<&RecordedSaid> = decision.refusing().filter(|said| said.policy == **name).collect();
        if said.iter().any(|said| said.engine == "pod-security") {
            pod_security(decision, &said)
        } else {
            of_policy(engine, &loaded, decision, name, &said)
        }
    };
    names.iter().map(of).collect()
}

fn of_policy(
    engine: &Engine,
    loaded: &Arc<Loaded>,
    decision: &Recorded,
    name: &str,
    said: &[&RecordedSaid],
) -> Explanation {
    let mut found = Explanation { policy: name.to_owned(), ..Explanation::default() };
    let Some(known) = loaded.policy(name) else {
        found.notes.push(NOT_LOADED.to_owned());
        return found;
    };
    let Some(compiled) = known.compiled.as_ref().filter(|_| known.is_ready()) else {
        found.notes.push(format!("the policy is not enforced any more: {}", known.reasons().join("; ")));
        return found;
    };
    let now = revision(&known.object);
    if let Some(then) = said.iter().map(|said| said.revision.as_str()).find(|then| *then != now) {
        let (then, now) = (or_file(then), or_file(now));
        found.notes.push(format!(
            "the policy changed since: it decided as {then} and is {now} now, and these are the steps of now"
        ));
    }
    if loaded.looks_outside(compiled) {
        found.notes.push(
            "the policy looks up other objects, which you may not be allowed to see; its steps are not shown"
                .to_owned(),
        );
        return found;
    }
    if decision.about().is_none() {
        return found;
    }
    match trial(engine, loaded, decision, compiled, None) {
        Err(why) => found.notes.push(format!("the steps cannot be made again: {why}")),
        Ok(line) => {
            found.text = text(&line);
            found.steps = steps(&line);
        }
    }
    for one in said {
        found.changes.extend(changes(engine, loaded, decision, compiled, &one.rule));
    }
    found
}

fn or_file(revision: &str) -> String {
    if revision.is_empty() { "that of a file".to_owned() } else { format!("revision {revision}") }
}

/// The steps of a policy, or of one of its rules, about the object of a decision.
fn trial(
    engine: &Engine,
    loaded: &Arc<Loaded>,
    decision: &Recorded,
    compiled: &Arc<Compiled>,
    rule: Option<&str>,
) -> Result<Line, String> {
    let scene: Scene = engine.scene_of(decision, loaded)?;
    let mut request = scene.request();
    if loaded.wants_roles(compiled) {
        scene.add_roles(&mut request)?;
    }
    let about = scene.asked().about().cloned().unwrap_or_default();
    let key = ObjectRef {
        group: decision.resource.group.as_str().into(),
        kind: decision.kind(),
        namespace: decision.namespace.as_str().into(),
        name: decision.name.as_str().into(),
        copy: 0,
    };
    let hidden = Hidden::new(&about, []);
    let object = Object {
        key,
        version: decision.resource.version.as_str().into(),
        value: about.clone(),
        origin: Origin::Request,
    };
    let question = Question { object: &Arc::new(object), request, rule, hidden: &hidden, full: false };
    let ports = engine.lookups(&scene, None);
    explain(std::slice::from_ref(compiled), &question, &ports, &Nobody)
        .ok_or_else(|| "the policy has no such rule any more".to_owned())
}

/// The steps of the rules that do not pass; the others are in the way.
fn text(line: &Line) -> String {
    let mut lines = line.lines.clone();
    for policy in &mut lines {
        policy.lines.retain(|rule| rule.mark == Mark::No);
    }
    let style = Style { color: false, ..Style::default() };
    let text = Outline { title: String::new(), lines }.render(Form::Text, style, false);
    // What is folded is in the steps for programs; there is no option to unfold it here.
    let is_told = |line: &&str| !line.ends_with("--full shows everything.");
    text.lines().filter(is_told).map(|line| format!("{line}\n")).collect::<String>().trim_end().to_owned()
        + "\n"
}

fn steps(line: &Line) -> Json {
    let style = Style { color: false, ..Style::default() };
    let outline = Outline { title: String::new(), lines: line.lines.clone() };
    let whole: Json = serde_json::from_str(&outline.render(Form::Json, style, true)).unwrap_or_default();
    whole.get("lines").cloned().unwrap_or_default()
}

/// What a rule wants to be changed, one field after the other, each tried before the next.
fn changes(
    engine: &Engine,
    loaded: &Arc<Loaded>,
    decision: &Recorded,
    compiled: &Arc<Compiled>,
    rule: &str,
) -> Vec<Change> {
    let mut tried = decision.clone();
    let mut found: Vec<Change> = Vec::new();
    while found.len() < MOST_CHANGES {
        let Ok(line) = trial(engine, loaded, &tried, compiled, Some(rule)) else { break };
        let Some(failing) = failing(&line, rule) else {
            // It passes.
            for change in &mut found {
                change.proven = true;
            }
            break;
        };
        let Some(wanted) = deciding(failing) else { break };
        let fact = |name: &str| wanted.facts.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
        let field = fact("field").and_then(Value::as_str).unwrap_or_default().to_owned();
        let pattern = fact("wanted").map(|value| serde_json::json!(value));
        let change = Change {
            rule: rule.to_owned(),
            found: fact("found").filter(|value| !value.is_null()).map(short),
            advice: advice(&field, pattern.as_ref(), wanted),
            field,
            proven: false,
        };
        let is_known = found.iter().any(|known| known.field == change.field && known.advice == change.advice);
        if is_known {
            // It was changed, and that did not help.
            break;
        }
        let value = pattern.as_ref().and_then(taken);
        let path = parse(&change.field);
        found.push(change);
        let (Some(value), Some(path), Some(object)) = (value, path, tried.object.as_mut()) else { break };
        if set(object, &path, value).is_none() {
            break;
        }
    }
    found
}

/// The rule, if it does not pass.
fn failing<'l>(line: &'l Line, rule: &str) -> Option<&'l Line> {
    let is = |line: &Line, name: &str, value: &str| {
        line.facts.iter().any(|(own, found)| *own == name && found.as_str() == Some(value))
    };
    let rules = line.lines.iter().flat_map(|policy| &policy.lines);
    let mut own = rules.filter(|line| is(line, "rule", rule));
    own.find(|line| is(line, "status", "fail") || is(line, "status", "error"))
}

/// The innermost line that decided.
fn deciding(line: &Line) -> Option<&Line> {
    line.lines.iter().find_map(deciding).or_else(|| line.decides.then_some(line))
}

fn advice(field: &str, pattern: Option<&Json>, line: &Line) -> String {
    match pattern {
        Some(pattern) if !field.is_empty() => match taken(pattern) {
            Some(Edit::Remove) => format!("remove {field}"),
            Some(Edit::Set(_)) if matches!(pattern, Json::String(text) if text.contains(['?', '*'])) => {
                format!("set {field} to something that matches {pattern}")
            }
            Some(Edit::Set(value)) => format!("set {field} to {value}"),
            None => format!("change {field} so that it matches {pattern}"),
        },
        _ if line.kind == "condition" => {
            format!("change the object so that this does not hold: {}", line.text)
        }
        _ => format!("change what decided: {}", line.text),
    }
}

fn short(value: &Value) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    if text.chars().count() <= 120 { text } else { text.chars().take(119).chain(['…']).collect() }
}

/// The violations of the Pod Security Standards, as the level was then.
fn pod_security(decision: &Recorded, said: &[&RecordedSaid]) -> Explanation {
    let mut found = Explanation { policy: "pod-security".to_owned(), ..Explanation::default() };
    let level = said.iter().find_map(|said| said.revision.parse::<LevelVersion>().ok());
    let (Some(level), Some(object)) = (level, &decision.object) else {
        found.notes.push("the level is not in the record; the message says what is wrong".to_owned());
        return found;
    };
    match violations(level, object) {
        Err(why) => found.notes.push(why),
        Ok(changes) => found.changes = changes,
    }
    found
}

fn violations(level: LevelVersion, object: &Json) -> Result<Vec<Change>, String> {
    let judge = |object: &Json| -> Result<_, String> {
        let value: Value = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
        let pod = PodRef::of(&value).map_err(|invalid| invalid.to_string())?;
        let decision = evaluate(level, pod).map_err(|invalid| invalid.to_string())?;
        Ok((value, decision.violations))
    };
    let (value, violations) = judge(object)?;
    let mut found = Vec::new();
    for violation in violations {
        let id = violation.check;
        let summary = CHECKS.iter().find(|check| check.id == id).map_or("", |check| check.summary);
        let wanted = allowed(id);
        let mut changed = object.clone();
        // From the last one, as removing an item moves those behind it.
        let is_done = wanted.as_ref().is_some_and(|wanted| {
            violation.fields.iter().rev().all(|field| set(&mut changed, field, wanted.clone()).is_some())
        });
        let passes = |(_, left): (Value, Vec<ironhull_podsecurity::Violation>)| {
            !left.iter().any(|one| one.check == id)
        };
        let proven = is_done && judge(&changed).is_ok_and(passes);
        for field in &violation.fields {
            let advice = match &wanted {
                Some(Edit::Set(value)) if proven => format!("set {field} to {value}"),
                Some(Edit::Remove) if proven => format!("remove {field}"),
                _ => format!("{field}: {summary}"),
            };
            found.push(Change {
                rule: id.to_string(),
                field: field.to_string(),
                found: value.at(field).map(short),
                advice,
                proven,
            });
        }
        if violation.fields.is_empty() {
            let advice = format!("{}: {summary}", violation.detail);
            found.push(Change { rule: id.to_string(), advice, ..Change::default() });
        }
    }
    Ok(found)
}
