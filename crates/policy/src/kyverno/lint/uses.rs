//! Every expression of a policy, with its place and with what it may name.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_jmespath::{Dialect, Expression, SyntaxError};
use ironhull_value::{Map, Path, Value};

use crate::kyverno::model::{Policy, Rule};
use crate::kyverno::variables::variables;

/// An expression.
#[derive(Debug)]
pub struct Use {
    /// The text that it stands in.
    pub path: Path,
    /// The place of its rule in the policy.
    pub rule: usize,
    /// As it is written.
    pub text: String,
    /// Compiled.
    pub parsed: Result<Expression, SyntaxError>,
    /// What it may name.
    pub scope: Arc<Scope>,
    /// Whether it is evaluated on an answer, such as that of an API call, and not on the variables.
    pub is_on_answer: bool,
}

/// What an expression may name beside what every expression may.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Entries of a `context`.
    pub entries: Vec<CompactString>,
    /// Entries that come later, with the one that it stands in first.
    pub later: Vec<CompactString>,
    /// How many `foreach` are around it.
    pub nesting: usize,
    /// Whether it is about an object of `mutate.targets`.
    pub has_target: bool,
    /// Whether it is in `verifyImages`.
    pub is_verifying: bool,
    /// Whether names come from something that is not known here.
    pub is_open: bool,
}

/// All expressions of a policy.
pub(super) fn uses(policy: &Policy) -> Vec<Use> {
    let mut walk = Walk { found: Vec::new(), rule: 0 };
    for (place, rule) in policy.rules.iter().enumerate() {
        walk.rule = place;
        walk.rule(rule);
    }
    walk.found
}

struct Walk {
    found: Vec<Use>,
    rule: usize,
}

impl Walk {
    fn rule(&mut self, rule: &Rule) {
        // An entry is loaded where it is first named, which may be inside of a `foreach` or a target.
        let actions = ["validate", "mutate", "generate"].into_iter().filter_map(|key| rule.source.get(key));
        let nesting = actions.map(depth).max().unwrap_or_default();
        let has_target = !rule.source.dig_items(&["mutate", "targets"]).is_empty();
        let loading = Scope { nesting, has_target, ..Scope::default() };
        let entries = self.holder(&rule.source, &rule.path, &loading).entries;
        let scope = Scope { entries, ..Scope::default() };
        for (key, value) in members(&rule.source) {
            let path = rule.path.child(key);
            match key {
                "name" | "match" | "exclude" | "context" | "celPreconditions" | "imageExtractors" => {}
                "validate" => self.validate(value, &path, &scope),
                "mutate" => self.mutate(value, &path, &scope),
                "generate" => self.each_and_rest(value, &path, &scope, &[]),
                "verifyImages" => {
                    self.verify_images(value, &path, &Scope { is_verifying: true, ..scope.clone() });
                }
                _ => self.texts(value, &path, &Arc::new(scope.clone())),
            }
        }
    }

    /// Reads the `context` of something; what is in it after that.
    fn holder(&mut self, holder: &Value, path: &Path, scope: &Scope) -> Scope {
        let entries = holder.dig_items(&["context"]);
        let name = |entry: &Value| CompactString::from(entry.dig_str(&["name"]).unwrap_or_default());
        let mut scope = scope.clone();
        for (place, entry) in entries.iter().enumerate() {
            let later = entries.get(place..).unwrap_or_default().iter().map(name).collect();
            self.entry(entry, &path.child("context").child(place), &Scope { later, ..scope.clone() });
            scope.entries.push(name(entry));
        }
        scope
    }

    fn entry(&mut self, entry: &Value, path: &Path, scope: &Scope) {
        let scope = Arc::new(scope.clone());
        for (source, inner) in members(entry).filter(|(key, _)| *key != "name") {
            let path = path.child(source);
            let is_on_answer = source != "variable" || inner.get("value").is_some_and(|own| !own.is_null());
            for (key, value) in members(inner) {
                match value.as_str() {
                    Some(text) if key == "jmesPath" => {
                        self.whole(text, &path.child(key), &scope, is_on_answer);
                    }
                    _ => self.texts(value, &path.child(key), &scope),
                }
            }
        }
    }

    fn validate(&mut self, validate: &Value, path: &Path, scope: &Scope) {
        // The message is filled in where an element failed.
        let mut inner = scope.clone();
        deepest(validate, &mut inner);
        if let Some(message) = validate.get("message") {
            self.texts(message, &path.child("message"), &Arc::new(inner));
        }
        self.each_and_rest(validate, path, scope, &["message", "cel", "assert"]);
    }

    fn mutate(&mut self, mutate: &Value, path: &Path, scope: &Scope) {
        let mut patching = scope.clone();
        for (place, target) in mutate.dig_items(&["targets"]).iter().enumerate() {
            let path = path.child("targets").child(place);
            for (key, value) in
                members(target).filter(|(key, _)| !matches!(*key, "context" | "preconditions"))
            {
                self.texts(value, &path.child(key), &Arc::new(scope.clone()));
            }
            let inner = Scope { has_target: true, ..scope.clone() };
            let inner = self.holder(target, &path, &inner);
            if let Some(conditions) = target.get("preconditions") {
                self.texts(conditions, &path.child("preconditions"), &Arc::new(inner.clone()));
            }
            patching.has_target = true;
            patching.entries.extend(inner.entries.into_iter().skip(scope.entries.len()));
        }
        self.each_and_rest(mutate, path, &patching, &["targets"]);
    }

    fn verify_images(&mut self, list: &Value, path: &Path, scope: &Scope) {
        for (place, item) in list.as_array().unwrap_or_default().iter().enumerate() {
            let path = path.child(place);
            for (key, value) in members(item) {
                // Conditions of attestations name what an attestation has, and `validate` comes after them.
                let is_open = matches!(key, "attestations" | "validate");
                let scope = Scope { is_open, ..scope.clone() };
                self.texts(value, &path.child(key), &Arc::new(scope));
            }
        }
    }

    /// The items of a `foreach`, and every other member.
    fn each_and_rest(&mut self, value: &Value, path: &Path, scope: &Scope, without: &[&str]) {
        for (key, value) in members(value).filter(|(key, _)| !without.contains(key)) {
            let path = path.child(key);
            if key != "foreach" {
                self.texts(value, &path, &Arc::new(scope.clone()));
                continue;
            }
            for (place, item) in value.as_array().unwrap_or_default().iter().enumerate() {
                let path = path.child(place);
                if let Some(list) = item.dig_str(&["list"]) {
                    self.whole(list, &path.child("list"), &Arc::new(scope.clone()), false);
                }
                let inner = Scope { nesting: scope.nesting + 1, ..scope.clone() };
                let inner = self.holder(item, &path, &inner);
                self.each_and_rest(item, &path, &inner, &["list", "context", "order", "elementScope"]);
            }
        }
    }

    fn texts(&mut self, value: &Value, path: &Path, scope: &Arc<Scope>) {
        match value {
            Value::Str(text) => self.variables(text, path, scope),
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.texts(item, &path.child(place), scope);
                }
            }
            Value::Map(map) => {
                for (key, value) in map.iter() {
                    let path = path.child(key.as_str());
                    self.variables(key.as_str(), &path, scope);
                    self.texts(value, &path, scope);
                }
            }
            _ => {}
        }
    }

    fn variables(&mut self, text: &str, path: &Path, scope: &Arc<Scope>) {
        for found in variables(text) {
            self.add(found.expression().0, path, scope, false);
        }
    }

    /// A field that is an expression as a whole; variables in it are replaced first.
    fn whole(&mut self, text: &str, path: &Path, scope: &Arc<Scope>, is_on_answer: bool) {
        if text.contains("{{") {
            self.variables(text, path, scope);
        } else if !text.trim().is_empty() {
            self.add(text.trim().to_owned(), path, scope, is_on_answer);
        }
    }

    fn add(&mut self, text: String, path: &Path, scope: &Arc<Scope>, is_on_answer: bool) {
        let parsed = Expression::parse(&text, Dialect::Kyverno);
        let (path, scope) = (path.clone(), Arc::clone(scope));
        self.found.push(Use { path, rule: self.rule, text, parsed, scope, is_on_answer });
    }
}

/// Everything that any `foreach` below may name.
fn deepest(value: &Value, scope: &mut Scope) {
    for item in value.dig_items(&["foreach"]) {
        scope.nesting += 1;
        let names = item.dig_items(&["context"]).iter().filter_map(|entry| entry.dig_str(&["name"]));
        scope.entries.extend(names.map(CompactString::from));
        deepest(item, scope);
    }
}

/// How many `foreach` are inside of each other.
fn depth(value: &Value) -> usize {
    value.dig_items(&["foreach"]).iter().map(|item| 1 + depth(item)).max().unwrap_or_default()
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_map().into_iter().flat_map(Map::iter).map(|(key, value)| (key.as_str(), value))
}
