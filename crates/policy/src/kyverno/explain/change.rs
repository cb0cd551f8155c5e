//! What a rule changes, and what it would make.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::{Map, Path, Value};

use super::rule::Telling;
use super::values::count;

/// One field of a difference.
struct Field {
    path: Path,
    old: Option<Value>,
    /// Without either it is a list whose items stand in another order.
    new: Option<Value>,
}

impl Telling<'_> {
    /// The difference between two objects, field by field.
    pub(super) fn change(&self, before: &Value, after: &Value) -> Line {
        let mut fields = Vec::new();
        differ(Some(before), Some(after), &Path::root(), &mut fields);
        let text = match fields.len() {
            0 => "nothing changes".to_owned(),
            number => format!("it makes {}", count(number, "change")),
        };
        let is_written = *before == self.question.object.value;
        let lines = fields.iter().flat_map(|field| {
            let place = || is_written.then(|| self.in_resource(&field.path)).flatten();
            let of = |mark, object: &Value, value: &Value| {
                let value = self.question.hidden.at(object, &field.path, value);
                let text = format!("{}: {}", field.path, self.shown(&value));
                Line::new("change", mark, text)
                    .fact("field", field.path.to_string().as_str())
                    .fact("value", value)
            };
            let old = field.old.as_ref().map(|old| of(Mark::Removed, before, old).at("resource", place()));
            let new = field.new.as_ref().map(|new| of(Mark::Added, after, new));
            let moved = (old.is_none() && new.is_none()).then(|| {
                let text = format!("{}: its items stand in another order", field.path);
                Line::new("order", Mark::Plain, text).fact("field", field.path.to_string().as_str())
            });
            [old, new, moved].into_iter().flatten()
        });
        Line::new("changes", Mark::Plain, text).with(lines.collect())
    }

    /// An object that would be made, or made so.
    pub(super) fn made(&self, is_there: bool, object: &Value) -> Line {
        let text = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
        let (kind, name, namespace) =
            (text(&["kind"]), text(&["metadata", "name"]), text(&["metadata", "namespace"]));
        let name = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        let verb = if is_there { "would update" } else { "would make" };
        let mut fields = Vec::new();
        leaves(object, &Path::root(), &mut fields);
        let lines = fields.iter().map(|(path, value)| {
            let is_label =
                path.to_string().contains("kyverno.io/") || path.to_string().contains("managed-by");
            let value = self.question.hidden.at(object, path, value);
            let line = Line::new("change", Mark::Added, format!("{path}: {}", self.shown(&value)));
            let line = line.fact("field", path.to_string().as_str()).fact("value", value);
            if is_label { line.folded() } else { line }
        });
        let line = Line::new("made", Mark::Added, format!("{verb} {kind} {name}")).deciding(true);
        line.fact("object", self.question.hidden.value(object)).with(lines.collect())
    }
}

fn differ(old: Option<&Value>, new: Option<&Value>, path: &Path, found: &mut Vec<Field>) {
    match (old, new) {
        (Some(Value::Map(a)), Some(Value::Map(b))) => {
            let added = b.keys().filter(|key| !a.contains_key(key));
            for key in a.keys().chain(added) {
                differ(a.get(key), b.get(key), &path.child(key.as_str()), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b)))
            if a != b && named(a).is_some() && named(b).is_some() =>
        {
            by_name(a, b, path, found);
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for place in 0..a.len().max(b.len()) {
                differ(a.get(place), b.get(place), &path.child(place), found);
            }
        }
        (old, new) if old == new => {}
        (None, Some(new)) => {
            let mut inner = Vec::new();
            leaves(new, path, &mut inner);
            found.extend(inner.into_iter().map(|(path, new)| Field { path, old: None, new: Some(new) }));
        }
        (old, new) => found.push(Field { path: path.clone(), old: old.cloned(), new: new.cloned() }),
    }
}

/// The names of items, if each has one of its own.
fn named(items: &[Value]) -> Option<Vec<&str>> {
    let names: Option<Vec<&str>> = items.iter().map(|item| item.dig_str(&["name"])).collect();
    let names = names?;
    let is_own = |(place, name): (usize, &&str)| !names.iter().take(place).any(|before| before == name);
    names.iter().enumerate().all(is_own).then_some(names)
}

/// Items with names may stand in another order.
fn by_name(old: &[Value], new: &[Value], path: &Path, found: &mut Vec<Field>) {
    let name = |item: &Value| item.dig_str(&["name"]).map(str::to_owned);
    let find = |items: &[Value], item: &Value| items.iter().position(|own| name(own) == name(item));
    let mut last = 0;
    let mut is_moved = false;
    for (place, item) in old.iter().enumerate() {
        let other = find(new, item);
        is_moved |= other.is_some_and(|other| other < last);
        last = other.unwrap_or(last);
        differ(Some(item), other.and_then(|other| new.get(other)), &path.child(place), found);
    }
    for (place, item) in new.iter().enumerate().filter(|(_, item)| find(old, item).is_none()) {
        differ(None, Some(item), &path.child(place), found);
    }
    if is_moved {
        found.push(Field { path: path.clone(), old: None, new: None });
    }
}

/// Every scalar, and every list and object that has nothing in it.
fn leaves(value: &Value, path: &Path, found: &mut Vec<(Path, Value)>) {
    match value {
        Value::Map(map) if !Map::is_empty(map) => {
            map.iter().for_each(|(key, value)| leaves(value, &path.child(key.as_str()), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(place, item)| leaves(item, &path.child(place), found));
        }
        other => found.push((path.clone(), other.clone())),
    }
}
