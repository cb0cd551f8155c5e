//! Everything that a test names, read.

use std::sync::Arc;

use ironhull_value::Value;
use ironhull_world::{Catalog, Object};

use super::case::Case;
use super::files::{Files, beside, documents, objects, resource, subject};
use super::outcome::Gap;
use crate::kyverno::engine::Compiled;
use crate::kyverno::exceptions::Exceptions;
use crate::kyverno::model::{Policy, PolicyException};
use crate::kyverno::offline::fields::{get, list, only, texts};
use crate::kyverno::offline::{Globals, Values, read_user};
use crate::kyverno::request::User;

/// What a test is run with.
pub(super) struct Inputs {
    pub(super) policies: Vec<LoadedPolicy>,
    /// Policies of kinds that are not evaluated here.
    pub(super) others: Vec<Other>,
    /// What is judged; every number is a float.
    pub(super) resources: Vec<Value>,
    /// The same as they are written.
    pub(super) written: Vec<Object>,
    /// What rules for existing resources change.
    pub(super) targets: Vec<Value>,
    /// Exceptions.
    pub(super) exceptions: Exceptions,
    /// What rules copy, by policy.
    pub(super) sources: Vec<(String, Vec<Value>)>,
    pub(super) values: Values,
    pub(super) user: Option<User>,
    /// What is in the cluster, if the test says so.
    pub(super) cluster: Option<Vec<Value>>,
    pub(super) catalog: Catalog,
    /// The data of global context entries.
    pub(super) globals: Globals,
}

/// A classic policy.
pub(super) struct LoadedPolicy {
    pub(super) policy: Arc<Policy>,
    /// Ready to be evaluated, or what is wrong with it.
    pub(super) compiled: Result<Compiled, String>,
}

/// A policy of another kind.
pub(super) struct Other {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) gap: Gap,
}

/// One that cannot be read ends the test.
fn exceptions(objects: Vec<Object>) -> Result<Exceptions, String> {
    let mut found = Vec::new();
    for object in objects {
        let object = Arc::new(object);
        let Some(exception) = PolicyException::read(&object) else { continue };
        if let Some(problem) = exception.problems.first() {
            return Err(format!("{}: {}", object.key, problem.message));
        }
        found.push(Arc::new(exception));
    }
    Ok(Exceptions::new(found))
}

/// Reads what a test names.
pub(super) fn load(case: &Case, files: &dyn Files) -> Result<Inputs, String> {
    let mut catalog = Catalog::new();
    let cluster = cluster(case, files, &mut catalog)?;
    let read = |paths: &[String]| -> Result<Vec<Object>, String> {
        let mut found = Vec::new();
        for path in paths {
            found.extend(objects(files, &beside(&case.path, path), &catalog)?);
        }
        Ok(found)
    };
    let (policies, others) = policies(read(&case.policies)?);
    let written = read(&case.resources)?.into_iter().map(|one| (subject(&one, &catalog), one));
    let targets: Vec<Value> = read(&case.targets)?.iter().map(|one| resource(one, &catalog)).collect();
    let (resources, written): (Vec<Value>, Vec<Object>) = unique(written).into_iter().unzip();
    let mut sources = Vec::new();
    for wanted in case.results.iter().filter(|wanted| !wanted.clone_source.is_empty()) {
        let policy = wanted.policy.rsplit('/').next().unwrap_or_default().to_owned();
        let found = read(std::slice::from_ref(&wanted.clone_source))?;
        sources.push((policy, found.iter().map(|one| resource(one, &catalog)).collect()));
    }
    let cluster = cluster.map(|own| resources.iter().chain(&targets).cloned().chain(own).collect());
    Ok(Inputs {
        policies,
        others,
        resources,
        written,
        targets,
        exceptions: exceptions(read(&case.exceptions)?)?,
        sources,
        values: values(case, files)?,
        user: user(case, files)?,
        cluster,
        globals: case.answers.globals(|path| {
            let read = documents(files, &beside(&case.path, path))?;
            Ok(read.iter().map(|document| document.value.clone()).collect())
        }),
        catalog,
    })
}

fn policies(found: Vec<Object>) -> (Vec<LoadedPolicy>, Vec<Other>) {
    let (mut classic, mut others) = (Vec::new(), Vec::new());
    for object in found {
        let object = Arc::new(object);
        if let Some(policy) = Policy::read(&object) {
            let policy = Arc::new(policy);
            let compiled = Compiled::new(&policy).map_err(|problems| {
                let shown = problems.iter().map(|one| format!("{}: {}", one.path, one.message));
                shown.collect::<Vec<_>>().join("; ")
            });
            classic.push(LoadedPolicy { policy, compiled });
        } else if let Some(gap) = gap_of(&object) {
            let (name, namespace) = (object.name().to_owned(), object.namespace().to_owned());
            others.push(Other { name, namespace, gap });
        }
    }
    (classic, others)
}

fn gap_of(object: &Object) -> Option<Gap> {
    let kind = object.key.kind.as_str();
    let bare = kind.strip_prefix("Namespaced").unwrap_or(kind);
    match (object.key.group.as_str(), bare) {
        ("policies.kyverno.io", "ImageValidatingPolicy") => Some(Gap::Image),
        (
            "policies.kyverno.io",
            "ValidatingPolicy" | "MutatingPolicy" | "GeneratingPolicy" | "DeletingPolicy",
        ) => Some(Gap::Cel),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") => {
            Some(Gap::AdmissionPolicy)
        }
        _ => None,
    }
}

/// The first of those that are one object.
fn unique(found: impl Iterator<Item = (Value, Object)>) -> Vec<(Value, Object)> {
    let key = |value: &Value| {
        let text = |keys: &[&str]| value.dig_str(keys).unwrap_or_default().to_owned();
        let group = text(&["apiVersion"]).split_once('/').map(|(group, _)| group.to_owned());
        (group, text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"]))
    };
    let mut seen = std::collections::BTreeSet::new();
    found.filter(|(value, _)| seen.insert(key(value))).collect()
}

fn single(files: &dyn Files, path: &str) -> Result<Value, String> {
    match documents(files, path)?.as_slice() {
        [one] => Ok(one.value.clone()),
        found => Err(format!("{path} must have one document, has {}", found.len())),
    }
}

fn values(case: &Case, files: &dyn Files) -> Result<Values, String> {
    if let Some(own) = &case.values {
        return Values::read(own, "`values`");
    }
    if case.variables.is_empty() {
        return Ok(Values::default());
    }
    let path = beside(&case.path, &case.variables);
    Values::read(&single(files, &path)?, &path)
}

fn user(case: &Case, files: &dyn Files) -> Result<Option<User>, String> {
    if case.user_info.is_empty() {
        return Ok(None);
    }
    let path = beside(&case.path, &case.user_info);
    read_user(&single(files, &path)?, &path).map(Some)
}

/// What is in the cluster. Definitions of kinds go into the catalogue.
fn cluster(case: &Case, files: &dyn Files, catalog: &mut Catalog) -> Result<Option<Vec<Value>>, String> {
    if case.cluster_resources.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for path in &case.cluster_resources {
        let value = single(files, &beside(&case.path, path))?;
        let spec = get(&value, "spec").cloned().unwrap_or_default();
        only(&spec, "`spec` of the cluster's resources", &["crds", "resources"])?;
        for path in texts(&spec, "crds")? {
            for object in objects(files, &beside(&case.path, &path), catalog)? {
                catalog.learn(&object.value);
                found.push(object.value);
            }
        }
        found.extend(list(&spec, "resources")?.iter().cloned());
    }
    Ok(Some(found))
}
