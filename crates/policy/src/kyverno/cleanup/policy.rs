//! `CleanupPolicy` and `ClusterCleanupPolicy`. Upstream: `api/kyverno/v2/cleanup_policy_types.go`.

use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::Schedule;
use crate::kyverno::model::reader::{At, Problem, Reader};
use crate::kyverno::model::{Conditions, ContextEntry, Matching, parts};

/// A policy that deletes.
#[derive(Clone, Debug)]
pub struct CleanupPolicy {
    /// The object.
    pub object: Arc<Object>,
    /// When it runs; `None` if what is written is no schedule, which is a problem.
    pub schedule: Option<Schedule>,
    /// Which resources.
    pub matching: Matching,
    /// Which of them it leaves alone.
    pub exclude: Option<Matching>,
    /// Variables.
    pub context: Vec<ContextEntry>,
    /// What must hold for a resource to be deleted.
    pub conditions: Option<Conditions>,
    /// What becomes of what belongs to it: `Foreground`, `Background` or `Orphan`.
    pub propagation: Option<&'static str>,
    /// What is wrong with it. Where there is anything, it deletes nothing.
    pub problems: Vec<Problem>,
}

const FIELDS: [&str; 6] =
    ["context", "match", "exclude", "schedule", "conditions", "deletionPropagationPolicy"];

impl CleanupPolicy {
    /// Reads a policy; `None` for an object that is none.
    pub fn read(object: &Arc<Object>) -> Option<Self> {
        let kind = object.key.kind.as_str();
        if object.key.group != "kyverno.io" || !["CleanupPolicy", "ClusterCleanupPolicy"].contains(&kind) {
            return None;
        }
        let mut reader = Reader::default();
        let version = object.value.dig_str(&["apiVersion"]).unwrap_or_default();
        if !["kyverno.io/v2", "kyverno.io/v2beta1"].contains(&version) {
            let path = Path::root().child("apiVersion");
            reader.wrong(&path, format!("`{version}` is not known; write kyverno.io/v2"));
        }
        let root = At { value: &object.value, path: Path::root() };
        reader.only(&root, &["apiVersion", "kind", "metadata", "spec", "status"]);
        let empty = Value::Map(ironhull_value::Map::default());
        let spec = root.get("spec").unwrap_or_else(|| {
            reader.wrong(&Path::root(), "a policy needs a `spec`");
            At { value: &empty, path: Path::root().child("spec") }
        });
        reader.only(&spec, &FIELDS);
        let matching = spec.get("match").map(|at| parts::matching(&mut reader, &at));
        if matching.is_none() {
            reader.wrong(&spec.path, "a policy needs a `match`");
        }
        let matching = matching.unwrap_or_default();
        let exclude = spec.get("exclude").map(|at| parts::matching(&mut reader, &at));
        for (key, one) in [("match", Some(&matching)), ("exclude", exclude.as_ref())] {
            if one.is_some_and(|one| one.filters().any(|filter| !filter.users.is_empty())) {
                let message =
                    "nobody asks when a policy cleans up: users, roles and subjects have no meaning";
                reader.wrong(&spec.path.child(key), message);
            }
        }
        let schedule = match reader.text(&spec, "schedule") {
            None => {
                reader.wrong(&spec.path, "a policy needs a `schedule`, such as \"*/5 * * * *\"");
                None
            }
            Some(text) => match Schedule::parse(&text) {
                Ok(schedule) => Some(schedule),
                Err(why) => {
                    reader.wrong(&spec.path.child("schedule"), format!("`{text}` is no schedule: {why}"));
                    None
                }
            },
        };
        let words = ["Foreground", "Background", "Orphan"];
        Some(Self {
            object: Arc::clone(object),
            schedule,
            matching,
            exclude,
            context: parts::entries(&mut reader, &spec),
            conditions: spec.get("conditions").map(|at| parts::conditions(&mut reader, &at)),
            propagation: reader.word(&spec, "deletionPropagationPolicy", &words),
            problems: reader.problems,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.object.key.name
    }

    /// Its namespace, outside of which it deletes nothing; empty for one of the cluster.
    pub fn namespace(&self) -> &str {
        if self.object.key.kind == "CleanupPolicy" { &self.object.key.namespace } else { "" }
    }
}
