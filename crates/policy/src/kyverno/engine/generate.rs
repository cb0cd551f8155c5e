//! `generate`: which objects a rule makes, as they would be. Upstream: `pkg/background/generate`.
//!
//! Nothing is written here: the plan names what is to be created and what is to be updated, and whoever has
//! the cluster applies it.

use ironhull_value::{Map, Value};

use super::conditions::{list, preconditions};
use super::response::{RuleResponse, RuleType, Status};
use super::rules::Scene;
use crate::gate::Gate;
use crate::kyverno::matching::KindSelector;
use crate::kyverno::model::{Action, ForeachGenerate, Generate, GenerateFrom};
use crate::kyverno::request::group_version;
use crate::kyverno::trace::{Step, inside, tell};

/// What a rule that makes objects looks at.
pub trait Cluster {
    /// An object; `None` if it is not there.
    ///
    /// # Errors
    /// When that cannot be told.
    fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String>;

    /// All objects of a kind in a namespace that a label selector matches.
    ///
    /// # Errors
    /// When they cannot be had.
    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        selector: Option<&Value>,
    ) -> Result<Vec<Value>, String>;
}

/// Something to do to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make it.
    Create(Value),
    /// Make it so.
    Update(Value),
}

impl Effect {
    /// The object, as it would be.
    pub fn object(&self) -> &Value {
        match self {
            Self::Create(object) | Self::Update(object) => object,
        }
    }
}

/// What one rule would make. The rule is about the resource and its preconditions held.
pub(super) fn generate(scene: &Scene<'_, '_>, cluster: &dyn Cluster) -> (RuleResponse, Vec<Effect>) {
    let mut response = scene.says(RuleType::Generation, Status::Pass, String::new());
    let Action::Generate(rule) = &scene.rule.action else { return (response, Vec::new()) };
    scene.context.checkpoint();
    scene.context.add_given_for(scene.policy.name(), &scene.rule.name);
    scene.context.add_entries(&scene.rule.context);
    let planned = if rule.foreach.is_empty() {
        plan(scene, cluster, rule, &rule.from)
    } else {
        each(scene, cluster, rule)
    };
    scene.context.restore();
    match planned {
        Ok(effects) => {
            for effect in &effects {
                let is_there = matches!(effect, Effect::Update(_));
                tell(scene.recorder(), || Step::Made { is_there, object: effect.object().clone() });
            }
            // Upstream tells of what is new only.
            let new = effects.iter().filter(|effect| matches!(effect, Effect::Create(_)));
            response.generated = new.map(|effect| effect.object().clone()).collect();
            (response, effects)
        }
        Err(why) => {
            (response.status, response.message) = (Status::Error, why);
            (response, Vec::new())
        }
    }
}

fn each<'e>(scene: &Scene<'_, 'e>, cluster: &dyn Cluster, rule: &'e Generate) -> Result<Vec<Effect>, String> {
    let (mut effects, mut errors) = (Vec::new(), Vec::new());
    for (place, foreach) in rule.foreach.iter().enumerate() {
        let made: Result<_, String> = inside(
            scene.recorder(),
            || {
                let elements = list(&foreach.list, scene.context)?;
                Ok(self::elements(scene, cluster, foreach, &elements))
            },
            |_, steps| Step::Foreach { path: foreach.path.clone(), list: foreach.list.clone(), steps },
        );
        match made {
            Err(why) => errors.push(format!("failed to evaluate {place} foreach list: {why}")),
            Ok(made) => {
                for (index, made) in made {
                    match made {
                        Ok(made) => effects.extend(made),
                        Err(why) => errors.push(format!(
                            "failed to process {place} foreach in rule {}: failed to process {index} element: {why}",
                            scene.rule.name
                        )),
                    }
                }
            }
        }
    }
    if errors.is_empty() { Ok(effects) } else { Err(errors.join("; ")) }
}

/// What is made of each element, with its place in the list.
fn elements<'e>(
    scene: &Scene<'_, 'e>,
    cluster: &dyn Cluster,
    foreach: &'e ForeachGenerate,
    elements: &[Value],
) -> Vec<(usize, Result<Vec<Effect>, String>)> {
    let Action::Generate(rule) = &scene.rule.action else { return Vec::new() };
    let mut found = Vec::new();
    scene.context.checkpoint();
    for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.is_null()) {
        scene.context.reset();
        scene.context.set_element(element, index, 0);
        scene.context.add_entries(&foreach.context);
        let made = inside(
            scene.recorder(),
            || match preconditions(foreach.preconditions.as_ref(), scene.context) {
                Err(why) => Err(format!("failed to evaluate preconditions: {why}")),
                Ok((false, _)) => Ok(Vec::new()),
                Ok((true, _)) => plan(scene, cluster, rule, &foreach.from),
            },
            |made, steps| {
                let said = made.as_ref().err().map(|why| (Status::Error, why.clone()));
                Step::Element { index, value: element.clone(), said, steps }
            },
        );
        found.push((index, made));
    }
    scene.context.restore();
    found
}

/// An object by name.
struct Named<'v> {
    api_version: &'v str,
    kind: &'v str,
    namespace: &'v str,
    name: &'v str,
}

fn plan(
    scene: &Scene<'_, '_>,
    cluster: &dyn Cluster,
    rule: &Generate,
    from: &GenerateFrom,
) -> Result<Vec<Effect>, String> {
    let filled = from.spec.substitute(scene.context).map_err(|why| why.to_string())?;
    texts_only(&filled)?;
    let text = |keys: &[&str]| filled.dig_str(keys).unwrap_or_default();
    let target = Named {
        api_version: text(&["apiVersion"]),
        kind: text(&["kind"]),
        namespace: text(&["namespace"]),
        name: text(&["name"]),
    };
    in_own_namespace(scene, target.namespace)?;
    if from.clone.is_some() && !text(&["clone", "name"]).is_empty() {
        let source =
            Named { namespace: text(&["clone", "namespace"]), name: text(&["clone", "name"]), ..target };
        in_own_namespace(scene, source.namespace)?;
        return Ok(clone(scene, cluster, rule, &source, &target)?.into_iter().collect());
    }
    if from.clone_list.is_some() {
        return clones(scene, cluster, rule, &filled, &target);
    }
    // Without data upstream makes an object that has nothing but its identity.
    let empty = Value::Map(Map::default());
    let data = filled.get("data").filter(|data| !data.is_null()).unwrap_or(&empty);
    let old = cluster.get(target.api_version, target.kind, target.namespace, target.name)?;
    match old {
        Some(_) if !rule.synchronize => Ok(Vec::new()),
        Some(_) => Ok(vec![Effect::Update(finished(scene, data, &target))]),
        None => Ok(vec![Effect::Create(finished(scene, data, &target))]),
    }
}

/// What names an object is a text, also when it came out of a variable.
fn texts_only(filled: &Value) -> Result<(), String> {
    const TEXTS: [&[&str]; 8] = [
        &["apiVersion"],
        &["kind"],
        &["namespace"],
        &["name"],
        &["uid"],
        &["clone", "namespace"],
        &["clone", "name"],
        &["cloneList", "namespace"],
    ];
    for path in TEXTS {
        if let Some(other) = filled.dig(path).filter(|value| value.as_str().is_none()) {
            return Err(format!("{} must be a string, found {}", path.join("."), other.kind().name()));
        }
    }
    Ok(())
}

/// A policy of a namespace makes and copies nothing elsewhere.
fn in_own_namespace(scene: &Scene<'_, '_>, namespace: &str) -> Result<(), String> {
    let own = scene.policy.namespace();
    if Gate::new(own).may_reach(namespace) {
        return Ok(());
    }
    Err(format!("a policy of namespace {own} cannot make or copy objects of namespace {namespace:?}"))
}

fn clones(
    scene: &Scene<'_, '_>,
    cluster: &dyn Cluster,
    rule: &Generate,
    filled: &Value,
    target: &Named<'_>,
) -> Result<Vec<Effect>, String> {
    let namespace = filled.dig_str(&["cloneList", "namespace"]).unwrap_or_default();
    in_own_namespace(scene, namespace)?;
    let selector = filled.dig(&["cloneList", "selector"]);
    let mut effects = Vec::new();
    for kind in filled.dig_items(&["cloneList", "kinds"]).iter().filter_map(Value::as_str) {
        let of = KindSelector::parse(kind);
        let plain = |text: &str| if text == "*" { String::new() } else { text.to_owned() };
        let (group, version) = (plain(&of.group), plain(&of.version));
        let api_version = if group.is_empty() { version } else { format!("{group}/{version}") };
        let sources = cluster.list(&api_version, &of.kind, namespace, selector).map_err(|why| {
            format!(
                "failed to list source resource for cloneList {api_version} {}/{namespace}. {why}",
                of.kind
            )
        })?;
        for source in &sources {
            let name = source.dig_str(&["metadata", "name"]).unwrap_or_default();
            let own = Named {
                api_version: source.dig_str(&["apiVersion"]).unwrap_or_default(),
                kind: source.dig_str(&["kind"]).unwrap_or_default(),
                namespace: source.dig_str(&["metadata", "namespace"]).unwrap_or_default(),
                name,
            };
            if own.namespace != target.namespace {
                let target = Named { namespace: target.namespace, ..own };
                effects.extend(clone(scene, cluster, rule, &own, &target)?);
            }
        }
    }
    Ok(effects)
}

/// What the API server and the owner of a source put into its metadata.
const NOT_COPIED: [&str; 6] =
    ["uid", "selfLink", "creationTimestamp", "managedFields", "resourceVersion", "ownerReferences"];

fn clone(
    scene: &Scene<'_, '_>,
    cluster: &dyn Cluster,
    rule: &Generate,
    source: &Named<'_>,
    target: &Named<'_>,
) -> Result<Option<Effect>, String> {
    if (source.namespace, source.name) == (target.namespace, target.name) {
        return Ok(None);
    }
    let shown = format!("{}/{}/{}/{}", target.api_version, target.kind, target.namespace, target.name);
    let missing = |why: String| format!("source resource {shown} not found: {why}");
    let object = cluster
        .get(source.api_version, source.kind, source.namespace, source.name)
        .and_then(|object| object.ok_or_else(|| format!("{} \"{}\" not found", source.kind, source.name)))
        .map_err(missing)?;
    let (group, version) = group_version(&object);
    let uid = object.dig_str(&["metadata", "uid"]).unwrap_or_default();
    let labels = [
        // The source is given this one before it is copied.
        ("generate.kyverno.io/clone-source", ""),
        ("generate.kyverno.io/source-group", group),
        ("generate.kyverno.io/source-version", version),
        ("generate.kyverno.io/source-kind", source.kind),
        ("generate.kyverno.io/source-namespace", source.namespace),
        ("generate.kyverno.io/source-uid", uid),
    ];
    let old = cluster.get(target.api_version, target.kind, target.namespace, target.name)?;
    let metadata = object.get("metadata").and_then(Value::as_map).into_iter().flat_map(Map::iter);
    let metadata: Map = metadata
        .filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let copy = with(&object, "metadata", Value::Map(metadata));
    let object = finished(scene, &with_labels(&copy, &labels), target);
    Ok(match old {
        Some(_) if !rule.synchronize => None,
        Some(_) => Some(Effect::Update(object)),
        None => Some(Effect::Create(object)),
    })
}

/// The object under its own name, with labels that say what made it.
fn finished(scene: &Scene<'_, '_>, object: &Value, target: &Named<'_>) -> Value {
    let text = |value: &str| Value::Str(value.into());
    let mut metadata = object.get("metadata").cloned().unwrap_or_default();
    metadata = with(&metadata, "name", text(target.name));
    let namespace = if target.namespace.is_empty() { Value::Null } else { text(target.namespace) };
    metadata = with(&metadata, "namespace", namespace);
    let mut made = with(object, "metadata", metadata);
    if made.dig_str(&["kind"]).unwrap_or_default().is_empty() {
        made = with(&made, "kind", text(target.kind));
    }
    made = with(&made, "apiVersion", text(target.api_version));
    let trigger = scene.request.resource().cloned().unwrap_or_default();
    let (group, version) = group_version(&trigger);
    let of = |keys: &[&str]| trigger.dig_str(keys).unwrap_or_default();
    let labels = [
        ("app.kubernetes.io/managed-by", "kyverno"),
        ("generate.kyverno.io/policy-name", scene.policy.name()),
        ("generate.kyverno.io/policy-namespace", scene.policy.namespace()),
        ("generate.kyverno.io/rule-name", scene.rule.name.as_str()),
        ("generate.kyverno.io/trigger-version", version),
        ("generate.kyverno.io/trigger-group", group),
        ("generate.kyverno.io/trigger-kind", of(&["kind"])),
        ("generate.kyverno.io/trigger-namespace", of(&["metadata", "namespace"])),
        ("generate.kyverno.io/trigger-uid", of(&["metadata", "uid"])),
    ];
    with_labels(&made, &labels)
}

fn with_labels(object: &Value, labels: &[(&str, &str)]) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    let own = metadata.get("labels").and_then(Value::as_map).into_iter().flat_map(Map::iter);
    let own = own.map(|(key, value)| (key.clone(), value.clone()));
    let new = labels.iter().map(|(key, value)| ((*key).into(), Value::Str((*value).into())));
    let labels = Value::Map(own.chain(new).collect());
    with(object, "metadata", with(&metadata, "labels", labels))
}

/// An object with another member; without it if that is null.
fn with(object: &Value, key: &str, value: Value) -> Value {
    let own = object.as_map().into_iter().flat_map(Map::iter).filter(|(own, _)| own.as_str() != key);
    let own = own.map(|(key, value)| (key.clone(), value.clone()));
    let new = (!value.is_null()).then(|| (key.into(), value));
    Value::Map(own.chain(new).collect())
}
