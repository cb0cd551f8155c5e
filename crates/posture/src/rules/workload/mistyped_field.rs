//! WL030

use std::sync::Arc;

use ironhull_finding::{Fix, Safety};
use ironhull_value::{CompactString, Map, Path, Segment, Value};
use ironhull_world::{Carrier, Object, Pod, Shape};

use super::pod_schema::{CONTAINER, METADATA, POD, Schema, noun_of};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds fields of pods and containers that have a type which the API server refuses, such as
    /// `privileged: "true"` or a number as the value of an environment variable, and labels and annotations
    /// of any object that are not strings. `null` is always taken; a quantity may be a number.
    ///
    /// ## Why it matters
    /// The object cannot be applied, so whatever it should protect is missing. Worse, a tool that reads
    /// `"false"` as absent or as true judges something else than the author meant: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     securityContext:
    ///       runAsNonRoot: "true"
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     securityContext:
    ///       runAsNonRoot: true
    /// ```
    ///
    /// ## How to fix
    /// Put strings that look like a number or a truth value in quotes, and take the quotes from numbers and
    /// truth values. Templates often lose or add them: look at what they render.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>
    pub static MISTYPED_FIELD = {
        id: "WL030",
        name: "mistyped-field",
        title: "A field has a type that the API server refuses",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::AnyObject(check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    let mut search = Search::default();
    if let Some(metadata) = object.value.get("metadata") {
        search.walk(metadata, &METADATA, &Place::at(&Path::root().child("metadata")), "");
    }
    for carrier in judge.world.carriers().of(object.key.group_kind()) {
        search.way(&object.value, carrier, &carrier.path, &Path::root());
    }
    for pod in judge.world.pods_of(object) {
        search.pod(&pod);
    }
    for Wrong { path, message, fix } in search.found {
        judge.fail(path, message).with_fix(fix);
    }
}

struct Wrong {
    path: Path,
    message: String,
    fix: Fix,
}

#[derive(Default)]
struct Search {
    found: Vec<Wrong>,
}

/// Where a walk stands, without building a path before one is needed.
struct Place<'p> {
    start: &'p Path,
    steps: Option<&'p Steps<'p>>,
}

struct Steps<'p> {
    before: Option<&'p Steps<'p>>,
    last: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl<'p> Place<'p> {
    fn at(start: &'p Path) -> Self {
        Self { start, steps: None }
    }

    /// The way from the start.
    fn relative(&self) -> Path {
        let mut segments: Vec<Segment> = Vec::new();
        let mut steps = self.steps;
        while let Some(step) = steps {
            segments.push(match step.last {
                Step::Key(key) => key.into(),
                Step::Index(index) => index.into(),
            });
            steps = step.before;
        }
        segments.into_iter().rev().collect()
    }
}

impl Search {
    fn pod(&mut self, pod: &Pod<'_>) {
        // The metadata of a Pod is that of the object.
        if !pod.path.segments().is_empty() {
            self.walk(pod.metadata, &METADATA, &Place::at(&pod.path.child("metadata")), "");
        }
        self.walk(pod.spec, &POD, &Place::at(&pod.spec_path), "");
        for container in pod.containers() {
            self.walk(container.value, &CONTAINER, &Place::at(container.path), &container.label());
        }
    }

    /// The way to a pod, on which an object or a list may be something else.
    fn way(&mut self, value: &Value, carrier: &Carrier, steps: &[CompactString], path: &Path) {
        const MAP: &Schema = &Schema::Object(&[]);
        const LIST: &Schema = &Schema::List(&Schema::Any);
        let Some((step, rest)) = steps.split_first() else {
            if carrier.shape != Shape::Container {
                self.walk(value, MAP, &Place::at(path), "");
            }
            return;
        };
        if step == "*" {
            self.walk(value, LIST, &Place::at(path), "");
            for (index, item) in value.as_array().unwrap_or_default().iter().enumerate() {
                self.way(item, carrier, rest, &path.child(index));
            }
        } else {
            self.walk(value, MAP, &Place::at(path), "");
            if let Some(next) = value.get(step) {
                self.way(next, carrier, rest, &path.child(step.as_str()));
            }
        }
    }

    fn walk(&mut self, value: &Value, schema: &Schema, place: &Place<'_>, owner: &str) {
        if !schema.takes(value) {
            return self.wrong(value, schema, place, owner);
        }
        let mut below = |value: &Value, schema: &Schema, last: Step<'_>| {
            let steps = Steps { before: place.steps, last };
            self.walk(value, schema, &Place { start: place.start, steps: Some(&steps) }, owner);
        };
        match schema {
            Schema::List(item) => {
                for (index, value) in value.as_array().unwrap_or_default().iter().enumerate() {
                    below(value, item, Step::Index(index));
                }
            }
            Schema::Dict(member) => {
                for (key, value) in value.as_map().into_iter().flat_map(Map::iter) {
                    below(value, member, Step::Key(key.as_str()));
                }
            }
            Schema::Object(members) => {
                for (key, value) in value.as_map().into_iter().flat_map(Map::iter) {
                    if let Some((name, schema)) = members.iter().find(|(name, _)| *name == key.as_str()) {
                        below(value, schema, Step::Key(name));
                    }
                }
            }
            _ => {}
        }
    }

    fn wrong(&mut self, value: &Value, schema: &Schema, place: &Place<'_>, owner: &str) {
        let relative = place.relative();
        let path = place.start.join(&relative);
        // Two carriers of one kind share a part of their way.
        if self.found.iter().any(|wrong| wrong.path == path) {
            return;
        }
        let field = match owner {
            "" => path.to_string(),
            _ if relative.segments().is_empty() => owner.to_owned(),
            _ => format!("{relative} of {owner}"),
        };
        let message = format!("{field} must be {}, not {}", schema.noun(), noun_of(value));
        let fix = fix(value, schema, &path);
        self.found.push(Wrong { path, message, fix });
    }
}

/// Only a text that spells the wanted value can be replaced by it. The other way round the text as its
/// author wrote it is lost: `yes` and `1.10` are `true` and `1.1` by now.
fn fix(value: &Value, schema: &Schema, path: &Path) -> Fix {
    let text = value.as_str().unwrap_or_default();
    match schema {
        Schema::Bool if matches!(text, "true" | "false") => {
            Fix::set(path.clone(), text == "true", Safety::Unsafe)
        }
        Schema::Int => match text.parse::<i64>() {
            Ok(number) => Fix::set(path.clone(), Value::Int(number), Safety::Unsafe),
            Err(_) => Fix::manual(format!("Write {path} as {}", schema.noun())),
        },
        Schema::Str => Fix::manual(format!("Write {path} as a string, in quotes")),
        _ => Fix::manual(format!("Write {path} as {}", schema.noun())),
    }
}
