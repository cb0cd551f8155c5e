//! The pods of an input as Pod Security sees them.

use std::borrow::Cow;
use std::sync::Arc;

use ironhull_podsecurity::{Decision, Invalid, LevelVersion, PodRef, Violation, evaluate};
use ironhull_value::{Key, Path, Value};
use ironhull_world::{Object, Pod, World, kinds};

/// The verdict about one pod or pod template.
pub(super) struct Subject<'w> {
    pub(super) object: &'w Arc<Object>,
    pub(super) path: Path,
    pub(super) result: Result<Decision, Invalid>,
}

impl Subject<'_> {
    pub(super) fn is_allowed(&self) -> bool {
        self.result.as_ref().is_ok_and(Decision::is_allowed)
    }

    /// `file:line:column` of a path below the pod, or the object's name for live ones.
    pub(super) fn place(&self, below: &Path) -> String {
        match self.object.locate(&self.path.join(below)) {
            Some((source, location)) => {
                let at = source.position(location.mark().start);
                format!("{}:{}:{}", source.name(), at.line, at.column)
            }
            None => self.object.key.to_string(),
        }
    }

    /// The violations; none where the pod could not be judged.
    pub(super) fn violations(&self) -> &[Violation] {
        self.result.as_ref().map(|decision| decision.violations.as_slice()).unwrap_or_default()
    }
}

/// Judges every pod of every object that nothing else in the input controls. The second number counts
/// places that hold containers without the pod around them, which cannot be judged.
pub(super) fn subjects(world: &World, level: LevelVersion) -> (Vec<Subject<'_>>, usize) {
    let mut subjects = Vec::new();
    let mut partial = 0;
    for object in world.workloads() {
        for pod in world.pods_of(object) {
            if pod.is_partial() {
                partial += 1;
                continue;
            }
            let spec = defaulted(&pod);
            let result = evaluate(level, PodRef::new(pod.metadata, &spec));
            subjects.push(Subject { object, path: pod.path.clone(), result });
        }
    }
    (subjects, partial)
}

/// The API server gives every port of a Pod on the host network its host port; it does not do so inside
/// pod templates. Only the message depends on it: such a pod is refused anyway.
fn defaulted<'p>(pod: &Pod<'p>) -> Cow<'p, Value> {
    if !pod.object.key.is(kinds::POD) || !pod.flag("hostNetwork") {
        return Cow::Borrowed(pod.spec);
    }
    let Some(spec) = pod.spec.as_map() else { return Cow::Borrowed(pod.spec) };
    let entries = spec.iter().map(|(key, value)| {
        let value = match key.as_str() {
            "containers" | "initContainers" => {
                each(value, |container| with(container, "ports", |ports| each(ports, host_port)))
            }
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    Cow::Owned(entries.collect())
}

fn host_port(port: &Value) -> Value {
    let unset = port.get("hostPort").and_then(Value::as_i64).unwrap_or(0) == 0;
    match (unset, port.as_map(), port.get("containerPort")) {
        (true, Some(map), Some(number)) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), value.clone()));
            entries.chain([(Key::new("hostPort"), number.clone())]).collect()
        }
        _ => port.clone(),
    }
}

fn each(list: &Value, change: impl Fn(&Value) -> Value) -> Value {
    match list.as_array() {
        Some(items) => Value::Array(items.iter().map(change).collect()),
        None => list.clone(),
    }
}

fn with(object: &Value, field: &str, change: impl Fn(&Value) -> Value) -> Value {
    match object.as_map() {
        Some(map) => map
            .iter()
            .map(|(key, value)| {
                (key.clone(), if key.as_str() == field { change(value) } else { value.clone() })
            })
            .collect(),
        None => object.clone(),
    }
}
