//! What rules do.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::conditions::{Conditions, conditions};
use super::context::{self, ContextEntry};
use super::pod_security::{PodSecurity, pod_security};
use super::policy::{self, FailureAction, Override};
use super::reader::{At, Reader};
use crate::kyverno::json::floats;
use crate::kyverno::pattern::Pattern;
use crate::kyverno::variables::Template;

/// A pattern as it is written, and compiled where it has no variables.
#[derive(Clone, Debug)]
pub struct Shape {
    /// As it is written.
    pub template: Template,
    /// Compiled.
    pub compiled: Option<Pattern>,
}

impl Shape {
    pub(crate) fn new(value: &Value) -> Self {
        let template = Template::compile(value);
        let compiled = template.plain().map(Pattern::compile);
        Self { template, compiled }
    }
}

/// What decides about a resource or an element.
#[derive(Clone, Debug, Default)]
pub struct Deny {
    /// Denied if these hold.
    pub conditions: Option<Conditions>,
}

/// A rule that judges.
#[derive(Clone, Debug, Default)]
pub struct Validate {
    /// What happens to a request that fails; else the policy says so.
    pub failure_action: Option<FailureAction>,
    /// The same for some namespaces.
    pub overrides: Vec<Override>,
    /// Whether an update of what failed before is let through; it is unless this says no.
    pub allow_existing_violations: bool,
    /// What to say.
    pub message: CompactString,
    /// What a resource must look like.
    pub pattern: Option<Shape>,
    /// One of these.
    pub any_pattern: Option<Vec<Shape>>,
    /// Denied by conditions.
    pub deny: Option<Deny>,
    /// Element by element.
    pub foreach: Vec<ForeachValidate>,
    /// Pod Security.
    pub pod_security: Option<PodSecurity>,
    /// A subrule that is not evaluated here: `cel`, `manifests` or `assert`.
    pub not_evaluated: Option<&'static str>,
}

/// A judgement of each element of a list.
#[derive(Clone, Debug)]
pub struct ForeachValidate {
    /// Where it is written.
    pub path: Path,
    /// The list, as an expression.
    pub list: String,
    /// Whether patterns are about the element instead of the resource.
    pub element_scope: Option<bool>,
    /// Variables.
    pub context: Vec<ContextEntry>,
    /// What must hold for an element to be judged.
    pub preconditions: Option<Conditions>,
    /// What it must look like.
    pub pattern: Option<Shape>,
    /// One of these.
    pub any_pattern: Option<Vec<Shape>>,
    /// Denied by conditions.
    pub deny: Option<Deny>,
    /// Element by element.
    pub foreach: Vec<ForeachValidate>,
}

/// A rule that changes.
#[derive(Clone, Debug, Default)]
pub struct Mutate {
    /// Objects that exist already and are changed instead of the one of the request.
    pub targets: Vec<Target>,
    /// A strategic merge patch.
    pub strategic_merge: Option<Template>,
    /// A JSON patch, as text.
    pub json6902: Option<String>,
    /// Element by element.
    pub foreach: Vec<ForeachMutate>,
}

/// An object to change.
#[derive(Clone, Debug)]
pub struct Target {
    /// `apiVersion`, `kind`, `name`, `namespace`, `uid` and `selector`, as written.
    pub spec: Template,
    /// Variables.
    pub context: Vec<ContextEntry>,
    /// What must hold.
    pub preconditions: Option<Conditions>,
}

/// A change for each element of a list.
#[derive(Clone, Debug)]
pub struct ForeachMutate {
    /// Where it is written.
    pub path: Path,
    /// The list, as an expression.
    pub list: String,
    /// From the last to the first.
    pub descending: Option<bool>,
    /// Variables.
    pub context: Vec<ContextEntry>,
    /// What must hold for an element.
    pub preconditions: Option<Conditions>,
    /// `patchStrategicMerge` and `patchesJson6902`, as written.
    pub patches: Template,
    /// Whether there is a strategic merge patch.
    pub merges: bool,
    /// A JSON patch, as text.
    pub json6902: Option<String>,
    /// Element by element.
    pub foreach: Vec<ForeachMutate>,
}

/// A rule that makes objects.
#[derive(Clone, Debug, Default)]
pub struct Generate {
    /// Whether it is for resources that exist already.
    pub existing: Option<bool>,
    /// Whether what was made follows its source.
    pub synchronize: bool,
    /// Whether what was made stays when the policy goes.
    pub orphan: bool,
    /// What is made.
    pub from: GenerateFrom,
    /// Element by element.
    pub foreach: Vec<ForeachGenerate>,
}

/// What is made.
#[derive(Clone, Debug)]
pub struct GenerateFrom {
    /// `apiVersion`, `kind`, `name`, `namespace`, `data`, `clone` and `cloneList`, as written.
    pub spec: Template,
    /// A copy of one object.
    pub clone: Option<Clone>,
    /// Copies of several.
    pub clone_list: Option<CloneList>,
    /// Whether there is `data`.
    pub has_data: bool,
}

impl Default for GenerateFrom {
    fn default() -> Self {
        Self { spec: Template::compile(&Value::Null), clone: None, clone_list: None, has_data: false }
    }
}

/// One object to copy.
#[derive(Clone, Debug, Default)]
pub struct Clone {
    /// Its namespace.
    pub namespace: CompactString,
    /// Its name.
    pub name: CompactString,
}

/// Objects to copy.
#[derive(Clone, Debug, Default)]
pub struct CloneList {
    /// Their namespace.
    pub namespace: CompactString,
    /// Their kinds.
    pub kinds: Vec<CompactString>,
    /// Their labels.
    pub selector: Option<Value>,
}

/// Objects for each element of a list.
#[derive(Clone, Debug)]
pub struct ForeachGenerate {
    /// Where it is written.
    pub path: Path,
    /// The list, as an expression.
    pub list: String,
    /// Variables.
    pub context: Vec<ContextEntry>,
    /// What must hold for an element.
    pub preconditions: Option<Conditions>,
    /// What is made.
    pub from: GenerateFrom,
}

fn deny(reader: &mut Reader, at: &At<'_>) -> Option<Deny> {
    let at = at.get("deny")?;
    reader.only(&at, &["conditions"]);
    Some(Deny { conditions: at.get("conditions").map(|at| conditions(reader, &at)) })
}

fn preconditions(reader: &mut Reader, at: &At<'_>) -> Option<Conditions> {
    at.get("preconditions").map(|at| conditions(reader, &at))
}

fn pattern(at: &At<'_>) -> Option<Shape> {
    at.get("pattern").map(|at| Shape::new(at.value))
}

fn any_pattern(reader: &mut Reader, at: &At<'_>) -> Option<Vec<Shape>> {
    let at = at.get("anyPattern")?;
    reader.list(&at);
    // Upstream reads the members through JSON: every number is a float.
    Some(at.items().map(|item| Shape::new(&floats(item.value))).collect())
}

const VALIDATIONS: [&str; 8] =
    ["pattern", "anyPattern", "deny", "foreach", "podSecurity", "cel", "manifests", "assert"];

pub(super) fn validate(reader: &mut Reader, at: &At<'_>) -> Validate {
    let own = ["failureAction", "failureActionOverrides", "allowExistingViolations", "message"];
    reader.only(at, &[&own[..], &VALIDATIONS[..]].concat());
    let given: Vec<&str> = VALIDATIONS.into_iter().filter(|key| at.get(key).is_some()).collect();
    if given.len() != 1 {
        let found = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
        reader.wrong(
            &at.path,
            format!("`validate` has exactly one of {}; found {found}", VALIDATIONS.join(", ")),
        );
    }
    Validate {
        failure_action: policy::failure_action(reader, at, "failureAction"),
        overrides: policy::overrides(reader, at, "failureActionOverrides"),
        allow_existing_violations: reader.flag(at, "allowExistingViolations").unwrap_or(true),
        message: reader.text(at, "message").unwrap_or_default(),
        pattern: pattern(at),
        any_pattern: any_pattern(reader, at),
        deny: deny(reader, at),
        foreach: foreach_validate(reader, at),
        pod_security: at.get("podSecurity").map(|at| pod_security(reader, &at)),
        not_evaluated: ["cel", "manifests", "assert"].into_iter().find(|key| at.get(key).is_some()),
    }
}

/// The items of a `foreach`, which may also be a single one.
fn each<'v>(reader: &mut Reader, at: &At<'v>) -> Vec<At<'v>> {
    let Some(list) = at.get("foreach") else { return Vec::new() };
    reader.list(&list);
    list.items().collect()
}

fn foreach_validate(reader: &mut Reader, at: &At<'_>) -> Vec<ForeachValidate> {
    let known =
        ["list", "elementScope", "context", "preconditions", "pattern", "anyPattern", "deny", "foreach"];
    each(reader, at)
        .iter()
        .map(|item| {
            reader.only(item, &known);
            ForeachValidate {
                path: item.path.clone(),
                list: list_of(reader, item),
                element_scope: reader.flag(item, "elementScope"),
                context: context::entries(reader, item),
                preconditions: preconditions(reader, item),
                pattern: pattern(item),
                any_pattern: any_pattern(reader, item),
                deny: deny(reader, item),
                foreach: foreach_validate(reader, item),
            }
        })
        .collect()
}

fn list_of(reader: &mut Reader, at: &At<'_>) -> String {
    let list = reader.text(at, "list").unwrap_or_default();
    if list.is_empty() {
        reader.wrong(&at.path, "a `foreach` needs a `list`, such as `request.object.spec.containers`");
    }
    list.into()
}

fn strategic_merge(at: &At<'_>) -> Option<Template> {
    at.get("patchStrategicMerge").map(|at| Template::compile(at.value))
}

/// Both together: upstream fills them in together, and errors name them.
fn patches(at: &At<'_>) -> Template {
    let own = ["patchStrategicMerge", "patchesJson6902"];
    let own = own.iter().filter_map(|key| Some(((*key).into(), at.get(key)?.value.clone())));
    Template::compile(&own.collect())
}

pub(super) fn mutate(reader: &mut Reader, at: &At<'_>) -> Mutate {
    reader.only(
        at,
        &["mutateExistingOnPolicyUpdate", "targets", "patchStrategicMerge", "patchesJson6902", "foreach"],
    );
    let targets = at.get("targets").map(|list| {
        reader.list(&list);
        list.items()
            .map(|item| {
                let known = [
                    "apiVersion",
                    "kind",
                    "name",
                    "namespace",
                    "uid",
                    "selector",
                    "context",
                    "preconditions",
                ];
                reader.only(&item, &known);
                let spec = item.value.as_map().into_iter().flat_map(ironhull_value::Map::iter);
                let spec = spec.filter(|(key, _)| !["context", "preconditions"].contains(&key.as_str()));
                Target {
                    spec: Template::compile(&Value::Map(spec.map(|(k, v)| (k.clone(), v.clone())).collect())),
                    context: context::entries(reader, &item),
                    preconditions: preconditions(reader, &item),
                }
            })
            .collect()
    });
    let found = Mutate {
        targets: targets.unwrap_or_default(),
        strategic_merge: strategic_merge(at),
        json6902: reader.text(at, "patchesJson6902").map(String::from),
        foreach: foreach_mutate(reader, at),
    };
    let ways = usize::from(found.strategic_merge.is_some())
        + usize::from(found.json6902.is_some())
        + usize::from(!found.foreach.is_empty());
    if ways != 1 {
        reader
            .wrong(&at.path, "`mutate` has exactly one of patchStrategicMerge, patchesJson6902 and foreach");
    }
    found
}

fn foreach_mutate(reader: &mut Reader, at: &At<'_>) -> Vec<ForeachMutate> {
    let known =
        ["list", "order", "context", "preconditions", "patchStrategicMerge", "patchesJson6902", "foreach"];
    each(reader, at)
        .iter()
        .map(|item| {
            reader.only(item, &known);
            ForeachMutate {
                path: item.path.clone(),
                list: list_of(reader, item),
                descending: reader
                    .word(item, "order", &["Ascending", "Descending"])
                    .map(|order| order == "Descending"),
                context: context::entries(reader, item),
                preconditions: preconditions(reader, item),
                patches: patches(item),
                merges: item.get("patchStrategicMerge").is_some(),
                json6902: reader.text(item, "patchesJson6902").map(String::from),
                foreach: foreach_mutate(reader, item),
            }
        })
        .collect()
}

const MADE: [&str; 8] = ["apiVersion", "kind", "name", "namespace", "uid", "data", "clone", "cloneList"];

pub(super) fn generate(reader: &mut Reader, at: &At<'_>) -> Generate {
    let own = ["generateExisting", "synchronize", "orphanDownstreamOnPolicyDelete", "foreach"];
    reader.only(at, &[&own[..], &MADE[..]].concat());
    let foreach = each(reader, at)
        .iter()
        .map(|item| {
            reader.only(item, &[&["list", "context", "preconditions"], &MADE[..]].concat());
            ForeachGenerate {
                path: item.path.clone(),
                list: list_of(reader, item),
                context: context::entries(reader, item),
                preconditions: preconditions(reader, item),
                from: generate_from(reader, item),
            }
        })
        .collect();
    Generate {
        existing: reader.flag(at, "generateExisting"),
        synchronize: reader.flag(at, "synchronize").unwrap_or(false),
        orphan: reader.flag(at, "orphanDownstreamOnPolicyDelete").unwrap_or(false),
        from: generate_from(reader, at),
        foreach,
    }
}

fn generate_from(reader: &mut Reader, at: &At<'_>) -> GenerateFrom {
    let clone = at.get("clone").map(|at| {
        reader.only(&at, &["namespace", "name"]);
        Clone {
            namespace: reader.text(&at, "namespace").unwrap_or_default(),
            name: reader.text(&at, "name").unwrap_or_default(),
        }
    });
    let clone_list = at.get("cloneList").map(|at| {
        reader.only(&at, &["namespace", "kinds", "selector"]);
        CloneList {
            namespace: reader.text(&at, "namespace").unwrap_or_default(),
            kinds: reader.texts(&at, "kinds"),
            selector: at.get("selector").map(|at| at.value.clone()),
        }
    });
    let made = at.value.as_map().into_iter().flat_map(ironhull_value::Map::iter);
    let made = made.filter(|(key, _)| MADE.contains(&key.as_str()));
    GenerateFrom {
        spec: Template::compile(&Value::Map(made.map(|(key, value)| (key.clone(), value.clone())).collect())),
        clone: clone.filter(|clone| !(clone.name.is_empty() && clone.namespace.is_empty())),
        clone_list: clone_list.filter(|list| !list.kinds.is_empty()),
        has_data: at.get("data").is_some(),
    }
}
