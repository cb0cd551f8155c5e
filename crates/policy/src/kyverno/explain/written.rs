//! Where things are written.

use std::sync::Arc;

use ironhull_value::{Path, Segment, Value};
use ironhull_world::{Object, Origin};

use crate::kyverno::model::{Policy, Rule};

/// A rule as it is written, or an exception from it.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) policy: &'a Policy,
    pub(super) rule: &'a Rule,
    /// The exception that paths are in, instead of the policy.
    pub(super) exception: Option<&'a Arc<Object>>,
}

impl<'a> Written<'a> {
    /// The rule that it was made from; `None` for one that somebody wrote.
    pub(super) fn origin(self) -> Option<&'a Rule> {
        let is_it = |rule: &&Rule| rule.path == self.rule.path && rule.name != self.rule.name;
        self.policy.rules.iter().find(is_it)
    }

    /// What is written at a path of the policy. Of a rule that was made it is what was made.
    pub(super) fn at(self, path: &Path) -> Option<&'a Value> {
        if let Some(exception) = self.exception {
            return exception.value.at(path);
        }
        let own = path.segments().get(self.rule.path.segments().len()..)?;
        self.rule.source.at(&own.iter().cloned().collect())
    }

    /// `file:line:column` of a path of the policy.
    pub(super) fn place(self, path: &Path) -> Option<String> {
        if let Some(exception) = self.exception {
            return place(exception, path);
        }
        place(&self.policy.object, &self.in_policy(path))
    }

    /// The path of what a part of a made rule was made from: the pod is not as deep there.
    fn in_policy(self, path: &Path) -> Path {
        if self.origin().is_none() || self.policy.object.value.at(path).is_some() {
            return path.clone();
        }
        let mut steps: Vec<Segment> = path.segments().to_vec();
        let bare = |step: Option<&Segment>| match step {
            Some(Segment::Key(key)) => key.trim_matches(['<', '=', '^', 'X', '+', '(', ')']).to_owned(),
            _ => String::new(),
        };
        let start = self.rule.path.segments().len();
        for inner in ["jobTemplate", "template"] {
            let found = (start..steps.len())
                .find(|at| bare(steps.get(*at)) == "spec" && bare(steps.get(at + 1)) == inner);
            if let Some(found) = found {
                steps.drain(found..found + 2);
            }
        }
        steps.into_iter().collect()
    }

    /// Where an expression is written in the rule: the first text that has it.
    pub(super) fn expression(self, expression: &str) -> Option<String> {
        if let Some(exception) = self.exception {
            return place(exception, &find(&exception.value, &Path::root(), expression.trim())?);
        }
        let path = find(&self.rule.source, &Path::root(), expression.trim())?;
        self.place(&self.rule.path.join(&path))
    }
}

fn find(value: &Value, path: &Path, expression: &str) -> Option<Path> {
    match value {
        Value::Str(text) => text.contains(expression).then(|| path.clone()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(place, item)| find(item, &path.child(place), expression))
        }
        Value::Map(map) => map.iter().find_map(|(key, value)| {
            let path = path.child(key.as_str());
            if key.contains(expression) && key.contains("{{") {
                Some(path)
            } else {
                find(value, &path, expression)
            }
        }),
        _ => None,
    }
}

/// `file:line:column` of a field, or of its nearest written parent.
pub(super) fn place(object: &Arc<Object>, path: &Path) -> Option<String> {
    if let Origin::Dump { source, line } = &object.origin {
        return Some(format!("{}:{line}", source.name()));
    }
    let (source, location) = object.locate(path)?;
    let start = source.position(location.key.unwrap_or(location.value).start);
    Some(format!("{}:{}:{}", source.name(), start.line, start.column))
}

/// A path whose steps stand between slashes. Keys may have slashes in them, so that only the value says where
/// one ends; what it does not have is taken step by step.
pub(super) fn parsed(text: &str, value: &Value) -> Path {
    let (mut path, mut value, mut rest) = (Path::root(), Some(value), text.trim_matches('/'));
    while !rest.is_empty() {
        let first = rest.find('/').unwrap_or(rest.len());
        let ends = || rest.match_indices('/').map(|(end, _)| end).chain([rest.len()]);
        let (end, segment) = match value {
            Some(Value::Array(_)) => {
                let index = rest.get(..first).and_then(|step| step.parse::<usize>().ok());
                (first, index.map(Segment::Index))
            }
            Some(Value::Map(map)) => {
                let end = ends().rfind(|end| rest.get(..*end).is_some_and(|key| map.get(key).is_some()));
                (end.unwrap_or(first), None)
            }
            _ => (first, None),
        };
        let step = rest.get(..end).unwrap_or_default();
        let segment = segment.unwrap_or_else(|| Segment::from(step));
        value = value.and_then(|value| match &segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.item(*index),
        });
        path = path.child(segment);
        rest = rest.get(end..).unwrap_or_default().trim_start_matches('/');
    }
    path
}

/// The fields that an expression leads to, where it is nothing but their names: `request.object.spec.x[]`.
pub(super) fn fields(expression: &str) -> Option<Vec<&str>> {
    let expression = expression.trim();
    let plain = expression.strip_suffix("[]").unwrap_or(expression);
    let is_name = |step: &str| {
        !step.is_empty() && step.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let steps: Vec<&str> = plain.split('.').collect();
    steps.iter().all(|step| is_name(step)).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_beside_a_value() {
        let value: Value = serde_json::from_str(r#"{"a/b": {"c": [{"d": 1}]}, "0": 1}"#).unwrap();
        for (text, path) in [
            ("/a/b/c/0/d/", r#"["a/b"].c[0].d"#),
            ("/a/b/c/0/e/f/", r#"["a/b"].c[0].e.f"#),
            ("/x/y/", "x.y"),
            ("/", ""),
        ] {
            assert_eq!(parsed(text, &value).to_string(), path, "{text}");
        }
        assert_eq!(parsed("/0/", &value).segments(), [Segment::from("0")]);
    }

    #[test]
    fn an_expression_that_only_names_fields_says_where_it_leads() {
        assert_eq!(
            fields(" request.object.spec.containers[] "),
            Some(vec!["request", "object", "spec", "containers"])
        );
        for other in ["a || b", "a[0].b", "keys(a)", "", "a."] {
            assert_eq!(fields(other), None, "{other}");
        }
    }
}
