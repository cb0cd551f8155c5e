//! What policies would do to objects, and how that is shown.

use std::fmt::Write as _;

use ironhull_network::explain::yaml;
use ironhull_policy::kyverno::engine;
use ironhull_policy::kyverno::explain::Hidden;
use ironhull_value::Value;
use ironhull_world::{GroupKind, World};
use similar::TextDiff;

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Change,
    Create,
    Delete,
}

/// Something that policies would do.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub(super) kind: Kind,
    /// The object as it is; null for one that is made.
    pub(super) before: Value,
    /// The object as it would be; null for one that is deleted.
    pub(super) after: Value,
    /// The policies.
    pub(super) by: Vec<String>,
    /// When, in seconds since 1970, if not now.
    pub(super) at: Option<i64>,
    /// What else is to be said.
    pub(super) note: String,
}

impl Effect {
    fn new(kind: Kind, before: Value, after: Value, by: Vec<String>) -> Self {
        Self { kind, before, after, by, at: None, note: String::new() }
    }

    pub(super) fn change(before: Value, after: Value, by: Vec<String>) -> Self {
        Self::new(Kind::Change, before, after, by)
    }

    pub(super) fn make(made: engine::Effect, by: Vec<String>) -> Self {
        match made {
            engine::Effect::Create(object) => Self::new(Kind::Create, Value::Null, object, by),
            engine::Effect::Update(object) => Self::new(Kind::Change, Value::Null, object, by),
        }
    }

    pub(super) fn delete(object: Value, by: Vec<String>, at: Option<i64>) -> Self {
        Self { at, ..Self::new(Kind::Delete, object, Value::Null, by) }
    }

    /// With what the object is now.
    pub(super) fn after_what_is_there(mut self, world: &World) -> Self {
        let text = |keys: &[&str]| self.after.dig_str(keys).unwrap_or_default();
        let group = text(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
        let key = GroupKind::new(group, text(&["kind"]));
        let there = world.get(key, text(&["metadata", "namespace"]), text(&["metadata", "name"]));
        if let Some(there) = there.filter(|_| self.kind == Kind::Change) {
            self.before = there.value.clone();
        }
        self
    }

    /// Whether there is nothing to do, as where an object is already what it shall be.
    pub(super) fn is_nothing(&self) -> bool {
        self.before == self.after
    }

    /// `Deployment shop/web`
    fn name(&self) -> String {
        let object = if self.after.is_null() { &self.before } else { &self.after };
        let text = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        match text(&["metadata", "namespace"]) {
            "" => format!("{kind} {name}"),
            namespace => format!("{kind} {namespace}/{name}"),
        }
    }

    /// `would change Deployment shop/web, by add-labels`
    fn line(&self) -> String {
        let what = match self.kind {
            Kind::Change => "would change",
            Kind::Create => "would create",
            Kind::Delete => "would delete",
        };
        let mut line = format!("{what} {}, by {}", self.name(), self.by.join(" and "));
        if let Some(at) = self.at.and_then(|at| jiff::Timestamp::from_second(at).ok()) {
            let _ = write!(line, ", at {at}");
        }
        if !self.note.is_empty() {
            let _ = write!(line, "; unknown when: {}", self.note);
        }
        line
    }
}

/// A line for each.
pub(super) fn lines(effects: &[Effect]) -> String {
    effects.iter().fold(String::new(), |out, effect| out + &effect.line() + "\n")
}

/// The objects that are changed or made, as they would be.
pub(super) fn objects(effects: &[Effect]) -> String {
    let there = effects.iter().filter(|effect| !effect.after.is_null());
    let texts: Vec<String> = there.map(|effect| yaml(&effect.after)).collect();
    texts.join("---\n")
}

/// The differences of all objects, as `diff -u` writes them.
pub(super) fn diff(effects: &[Effect]) -> String {
    let mut out = String::new();
    for effect in effects {
        // It is for people to look at; `-o yaml` has the objects themselves.
        let hidden = Hidden::new(&effect.before, [&effect.after]);
        let text = |value: &Value| if value.is_null() { String::new() } else { yaml(&hidden.value(value)) };
        let (before, after) = (text(&effect.before), text(&effect.after));
        let name = effect.name();
        let header = |value: &Value| if value.is_null() { "/dev/null".to_owned() } else { name.clone() };
        let difference = TextDiff::from_lines(&before, &after);
        let (from, to) = (header(&effect.before), header(&effect.after));
        let _ = write!(out, "{}", difference.unified_diff().header(&from, &to));
    }
    out
}
