//! Fields whose absence means the same to Kubernetes as a value that a pattern accepts, and pods that prove that
//! the pattern refuses the absence.

use ironhull_value::{Key, Path, Value};

use super::dry_run::DryRun;
use super::samples::with;
use crate::kyverno::model::Policy;
use crate::kyverno::pattern::{AnchorKind, parse_anchor};

/// The step into every item of a list.
pub(super) const EACH: &str = "[]";

/// Fields of a pod's spec, and as JSON what their absence means.
const OF_SPEC: [(&[&str], &str); 10] = [
    (&["hostNetwork"], "false"),
    (&["hostPID"], "false"),
    (&["hostIPC"], "false"),
    (&["shareProcessNamespace"], "false"),
    (&["initContainers"], "[]"),
    (&["ephemeralContainers"], "[]"),
    (&["volumes"], "[]"),
    (&["hostAliases"], "[]"),
    (&["securityContext", "sysctls"], "[]"),
    (&["securityContext", "windowsOptions", "hostProcess"], "false"),
];

/// The same for a container.
const OF_CONTAINER: [(&[&str], &str); 5] = [
    (&["ports"], "[]"),
    (&["securityContext", "privileged"], "false"),
    (&["securityContext", "procMount"], "\"Default\""),
    (&["securityContext", "capabilities", "add"], "[]"),
    (&["securityContext", "windowsOptions", "hostProcess"], "false"),
];

/// A field with what its absence means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Neutral {
    /// Keys from the root of the object, with [`EACH`] for the items of a list.
    pub(super) steps: Vec<String>,
    /// What its absence means.
    pub(super) value: Value,
}

/// All fields of an object whose pod is at `prefix`.
pub(super) fn neutrals(prefix: &[String]) -> Vec<Neutral> {
    let row = |parent: &[&str], keys: &[&str], json: &str| Neutral {
        steps: prefix
            .iter()
            .cloned()
            .chain(["spec"].iter().chain(parent).chain(keys).map(|key| (*key).to_owned()))
            .collect(),
        value: serde_json::from_str(json).unwrap_or_default(),
    };
    let mut found: Vec<Neutral> = OF_SPEC.iter().map(|(keys, json)| row(&[], keys, json)).collect();
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        found.extend(OF_CONTAINER.iter().map(|(keys, json)| row(&[list, EACH], keys, json)));
    }
    found
}

/// A pattern that refuses an absent field.
pub(super) struct Refusal {
    /// The key to put an anchor on, from the root of the pattern.
    pub(super) place: Path,
    /// The field.
    pub(super) field: String,
    /// What its absence means.
    pub(super) meant: Value,
    /// An object that is refused.
    pub(super) refused: Value,
    /// What stands at `place`, with anchors below.
    pub(super) anchored: Value,
}

/// Whether a rule with this pattern refuses `sample` for a field that is absent.
pub(super) fn refusal(
    policy: &Policy,
    rule: &Value,
    pattern: &Value,
    sample: &Value,
    neutral: &Neutral,
    all: &[Neutral],
) -> Option<Refusal> {
    let keys = chain(pattern, &neutral.steps)?;
    let run = |pattern: Value| DryRun::new(policy, &with(rule, &["validate", "pattern"], pattern));
    let pruned = pruned(pattern, &keys);
    let plain = run(pruned.clone())?;
    for (place, key) in keys.iter().enumerate() {
        let (Some(written), before) = (key.written.as_ref(), neutral.steps.get(..place)?) else { continue };
        if parse_anchor(written).is_some() {
            continue;
        }
        let under = neutral.steps.get(..=place)?;
        if under.len() < neutral.steps.len() && !is_neutral(key.value, under, all) {
            continue;
        }
        let Some(refused) = without_field(sample, before, under) else { continue };
        let same = filled(&refused, &neutral.steps, &neutral.value);
        if !plain.refuses(&refused) || plain.refuses(&same) {
            continue;
        }
        let anchored = with_anchors(key.value, under, all);
        if run(proposed(&pruned, &keys, place, &anchored))?.refuses(&refused) {
            continue;
        }
        let place = keys.get(..place)?.iter().fold(Path::root(), |path, key| key.extend(&path));
        let short = shortened(&refused);
        return Some(Refusal {
            place: place.child(written.as_str()),
            field: neutral.steps.join(".").replace(".[]", "[]"),
            meant: neutral.value.clone(),
            refused: if plain.refuses(&short) { short } else { refused },
            anchored,
        });
    }
    None
}

/// A step of a way through a pattern.
struct Step<'v> {
    /// As it is written; none for the first item of a list.
    written: Option<String>,
    /// What stands there.
    value: &'v Value,
}

impl Step<'_> {
    fn extend(&self, path: &Path) -> Path {
        self.written.as_ref().map_or_else(|| path.child(0), |key| path.child(key.as_str()))
    }
}

fn bare(key: &str) -> &str {
    parse_anchor(key).map_or(key, |(_, inside)| inside)
}

/// The way of a field through a pattern, if the pattern asks for it.
fn chain<'v>(pattern: &'v Value, steps: &[String]) -> Option<Vec<Step<'v>>> {
    let (mut found, mut value) = (Vec::new(), pattern);
    for step in steps {
        if step == EACH {
            value = value.item(0)?;
            found.push(Step { written: None, value });
            continue;
        }
        let (key, inner) = value.as_map()?.iter().find(|(key, _)| bare(key.as_str()) == step)?;
        let is_other =
            |kind| matches!(kind, AnchorKind::Existence | AnchorKind::Negation | AnchorKind::AddIfNotPresent);
        if parse_anchor(key.as_str()).is_some_and(|(kind, _)| is_other(kind)) {
            return None;
        }
        value = inner;
        found.push(Step { written: Some(key.to_string()), value });
    }
    Some(found)
}

/// The pattern with one way and the conditions beside it.
fn pruned(pattern: &Value, keys: &[Step<'_>]) -> Value {
    let Some((first, rest)) = keys.split_first() else { return pattern.clone() };
    let Some(written) = &first.written else { return Value::from(vec![pruned(first.value, rest)]) };
    let is_condition = |key: &str| {
        matches!(parse_anchor(key), Some((AnchorKind::Condition | AnchorKind::Global, _))) && key != written
    };
    let members = pattern.as_map().into_iter().flat_map(ironhull_value::Map::iter);
    let beside = members
        .filter(|(key, _)| is_condition(key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()));
    Value::Map(beside.chain([(Key::new(written), pruned(first.value, rest))]).collect())
}

/// The same with `=()` on one key of the way and something else below it.
fn proposed(pattern: &Value, keys: &[Step<'_>], place: usize, below: &Value) -> Value {
    let Some((first, rest)) = keys.split_first() else { return pattern.clone() };
    let inner = |pattern: &Value| proposed(pattern, rest, place.saturating_sub(1), below);
    let Some(written) = &first.written else {
        return Value::from(vec![inner(pattern.item(0).unwrap_or(&Value::Null))]);
    };
    let members = pattern.as_map().into_iter().flat_map(ironhull_value::Map::iter);
    let new = members.map(|(key, value)| match (key.as_str() == written, place) {
        (false, _) => (key.clone(), value.clone()),
        (true, 0) => (Key::new(&anchor(written)), below.clone()),
        (true, _) => (key.clone(), inner(value)),
    });
    Value::Map(new.collect())
}

/// An object without what the API server fills in by itself: the part that a reader has to see.
fn shortened(value: &Value) -> Value {
    const FILLED_IN: [&str; 7] = [
        "imagePullPolicy",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "dnsPolicy",
        "restartPolicy",
        "schedulerName",
        "terminationGracePeriodSeconds",
    ];
    match value {
        Value::Map(map) => {
            let is_empty = |value: &Value| value.as_map().is_some_and(ironhull_value::Map::is_empty);
            let is_filled_in =
                |key: &str, value: &Value| FILLED_IN.contains(&key) || key == "resources" && is_empty(value);
            let own = map.iter().filter(|(key, value)| !is_filled_in(key.as_str(), value));
            Value::Map(own.map(|(key, value)| (key.clone(), shortened(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(shortened).collect()),
        other => other.clone(),
    }
}

fn anchor(key: &str) -> String {
    if parse_anchor(key).is_some() { key.to_owned() } else { format!("=({key})") }
}

/// Whether everything that must be there below a key is a field whose absence means something.
fn is_neutral(value: &Value, at: &[String], all: &[Neutral]) -> bool {
    if all.iter().any(|neutral| neutral.steps == at) {
        return true;
    }
    match value {
        Value::Map(map) => map.iter().all(|(key, value)| {
            let steps: Vec<String> = at.iter().cloned().chain([bare(key.as_str()).to_owned()]).collect();
            match parse_anchor(key.as_str()) {
                Some((AnchorKind::Equality | AnchorKind::Negation, _)) => true,
                Some(_) => false,
                None => is_neutral(value, &steps, all),
            }
        }),
        _ => false,
    }
}

/// What stands at a key, with `=()` on every key below whose absence means something.
fn with_anchors(value: &Value, at: &[String], all: &[Neutral]) -> Value {
    if let Value::Array(items) = value {
        let at: Vec<String> = at.iter().cloned().chain([EACH.to_owned()]).collect();
        return Value::Array(items.iter().map(|item| with_anchors(item, &at, all)).collect());
    }
    let Value::Map(map) = value else { return value.clone() };
    let new = map.iter().map(|(key, value)| {
        let steps: Vec<String> = at.iter().cloned().chain([bare(key.as_str()).to_owned()]).collect();
        let name = if is_neutral(value, &steps, all) { anchor(key.as_str()) } else { key.to_string() };
        (Key::new(&name), with_anchors(value, &steps, all))
    });
    Value::Map(new.collect())
}

/// The sample with everything before a field there, and the field absent.
fn without_field(sample: &Value, before: &[String], field: &[String]) -> Option<Value> {
    let made = filled(sample, before, &Value::Null);
    (!has(&made, field)).then_some(made)
}

fn has(value: &Value, steps: &[String]) -> bool {
    match steps {
        [] => !value.is_null(),
        [step, rest @ ..] if step == EACH => value.item(0).is_some_and(|item| has(item, rest)),
        [step, rest @ ..] => value.get(step).is_some_and(|inner| has(inner, rest)),
    }
}

/// A tree with a value at the end of a way; `null` leaves what is there, and makes an empty object of nothing.
fn filled(old: &Value, steps: &[String], new: &Value) -> Value {
    match steps {
        [] if !new.is_null() => new.clone(),
        [] if old.is_null() => Value::Map(ironhull_value::Map::default()),
        [] => old.clone(),
        [step, rest @ ..] if step == EACH => {
            let items = old.as_array().unwrap_or_default();
            let named = Value::Map(std::iter::once((Key::new("name"), Value::from("other"))).collect());
            let items = if items.is_empty() { std::slice::from_ref(&named) } else { items };
            Value::Array(items.iter().map(|item| filled(item, rest, new)).collect())
        }
        [step, rest @ ..] => with(old, &[step], filled(old.get(step).unwrap_or(&Value::Null), rest, new)),
    }
}
