//! For programs: every line with its facts, and nothing folded.

use ironhull_value::{Key, Value};

use super::{Line, Outline};

/// Where the form is described. One that could break a reader gets a new name.
const VERSION: &str = "ironhull.dev/v1alpha1";

pub(super) fn render(outline: &Outline) -> String {
    let whole = object(vec![
        ("apiVersion", Value::from(VERSION)),
        ("title", Value::from(outline.title.as_str())),
        ("lines", lines(&outline.lines)),
    ]);
    // Writing to memory fails for no value.
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}

pub(super) fn lines(lines: &[Line]) -> Value {
    Value::from(lines.iter().map(line).collect::<Vec<_>>())
}

fn line(line: &Line) -> Value {
    let mut members = vec![("kind", Value::from(line.kind)), ("text", Value::from(line.text.as_str()))];
    members.extend(line.mark.name().map(|name| ("mark", Value::from(name))));
    if line.decides {
        members.push(("decides", Value::from(true)));
    }
    members.extend(line.facts.iter().cloned());
    if !line.places.is_empty() {
        let places = line.places.iter().map(|(what, place)| (*what, Value::from(place.as_str())));
        members.push(("places", object(places.collect())));
    }
    if !line.lines.is_empty() {
        members.push(("lines", lines(&line.lines)));
    }
    object(members)
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    members.into_iter().map(|(name, value)| (Key::from(name), value)).collect()
}
