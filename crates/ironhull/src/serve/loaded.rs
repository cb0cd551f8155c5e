//! What is decided by at one moment: policies, exceptions, Pod Security.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhull_podsecurity::admission::{Admission, Waiver};
use ironhull_policy::exception::Exception;
use ironhull_policy::kyverno::admission::{asks_for_roles, not_ready};
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::model::{ContextSource, Policy, PolicyException};
use ironhull_policy::kyverno::set::Set;
use ironhull_value::{CompactString, Value};
use ironhull_world::admission::{AdmissionRequest, Resource};
use ironhull_world::{Catalog, Object, ObjectRef, Origin};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::conditional::LeftOut;
use super::modes::{Mode, Modes};
use super::route::{Told, Which};

/// What is decided by.
pub(crate) struct Loaded {
    /// Policies that judge, found by what they ask for.
    pub(crate) judging: Set,
    /// Policies that change, found by kind.
    pub(crate) changing: Set,
    /// All policies that there are, those that are not enforced among them.
    pub(crate) policies: Vec<Known>,
    /// What is excepted from policies.
    pub(crate) exceptions: Exceptions,
    /// Exceptions of our own that hold.
    pub(crate) own: Vec<Exception>,
    /// Exceptions that let nothing through, and why.
    pub(crate) void: Vec<(ObjectRef, String)>,
    /// Pod Security.
    pub(crate) pod_security: Admission,
    /// Why the roles of users are not known, if so.
    pub(crate) roles_unknown: Option<String>,
    /// When the next exception ends.
    pub(crate) next_end: Option<i64>,
    /// What policies do with what they find.
    pub(crate) modes: Modes,
    kinds: Arc<Kinds>,
    /// What a registration is made of as far as it says which policies are asked where: of those that judge, and of
    /// those that change. Two that are equal send every policy to the same path.
    pub(crate) told: [u64; 2],
    /// Those of the policies that look at anything but the request, by address.
    outside: FxHashSet<usize>,
    /// Those that ask for roles, by address.
    by_roles: FxHashSet<usize>,
}

/// A policy, and whether it is enforced.
#[derive(Clone)]
pub(crate) struct Known {
    /// The policy.
    pub(crate) object: Arc<Object>,
    /// Ready to be evaluated; none if it is not understood.
    pub(crate) compiled: Option<Arc<Compiled>>,
    /// What of it is not understood.
    reasons: Vec<String>,
    /// Why the API server does not ask it, of one with match conditions.
    left_out: Option<String>,
}

impl Known {
    /// Whether it is enforced.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_understood() && self.left_out.is_none()
    }

    /// Whether it can be evaluated.
    pub(crate) fn is_understood(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Why it is not enforced; empty if it is.
    pub(crate) fn reasons(&self) -> Vec<String> {
        self.reasons.iter().chain(&self.left_out).cloned().collect()
    }

    /// `name`, or `namespace/name`.
    pub(crate) fn name(&self) -> String {
        let key = &self.object.key;
        if key.namespace.is_empty() {
            key.name.to_string()
        } else {
            format!("{}/{}", key.namespace, key.name)
        }
    }
}

/// Whether a policy has match conditions, so that the API server asks it alone.
pub(crate) fn is_conditional(policy: &Compiled) -> bool {
    !policy.policy.match_conditions.is_empty()
}

/// The version of an object of a cluster; empty for one from a file.
pub(crate) fn revision(object: &Object) -> &str {
    match &object.origin {
        Origin::Cluster { version, .. } => version,
        _ => object.value.dig_str(&["metadata", "resourceVersion"]).unwrap_or_default(),
    }
}

/// From a resource to its kind.
#[derive(Default)]
pub(crate) struct Kinds(FxHashMap<Resource, CompactString>);

impl Kinds {
    /// From what a server says.
    pub(crate) fn new(resources: impl IntoIterator<Item = (Resource, CompactString)>) -> Self {
        Self(resources.into_iter().collect())
    }

    /// From the built-in kinds.
    pub(crate) fn of_catalog(catalog: &Catalog) -> Self {
        let all = catalog.kinds().flat_map(|kind| {
            let plural = catalog.kind(kind).map(|info| info.plural).unwrap_or_default();
            let versions = catalog.served_versions(kind).into_iter();
            versions.map(move |version| {
                let resource = Resource { group: kind.group.into(), version, resource: plural.clone() };
                (resource, CompactString::from(kind.kind))
            })
        });
        Self(all.collect())
    }
}

/// What goes into it.
pub(crate) struct Parts<'a> {
    /// Objects of the cluster and of files; of two with one name the first counts.
    pub(crate) objects: Vec<Arc<Object>>,
    /// Namespaces whose exceptions count; `*` for all. Those from files count wherever they are.
    pub(crate) exception_namespaces: &'a [String],
    pub(crate) pod_security: Admission,
    pub(crate) modes: Modes,
    pub(crate) kinds: Arc<Kinds>,
    /// Which policies with match conditions the API server does not ask, and why; none where there is no API server
    /// that evaluates them.
    pub(crate) left_out: Option<&'a LeftOut>,
    /// Seconds since 1970.
    pub(crate) now: i64,
    /// What was compiled before, and stays where the object is the same.
    pub(crate) before: Option<&'a Loaded>,
}

impl Loaded {
    pub(crate) fn new(parts: Parts<'_>) -> Self {
        let mut own = Vec::new();
        let mut foreign = Vec::new();
        let mut void = Vec::new();
        let mut policies: BTreeMap<(CompactString, CompactString), Known> = BTreeMap::new();
        let before = parts.before.map(|before| before.policies.as_slice()).unwrap_or_default().iter();
        // The object is held by what is known of it, so that no other can have its address.
        let before: FxHashMap<usize, &Known> =
            before.map(|known| (Arc::as_ptr(&known.object) as usize, known)).collect();
        let (mut next_end, now) = (None, parts.now);
        for object in &parts.objects {
            let counts = !matches!(object.origin, Origin::Cluster { .. })
                || parts.exception_namespaces.iter().any(|own| own == "*" || *own == object.key.namespace);
            let elsewhere = || {
                let places = parts.exception_namespaces.join(", ");
                let places = if places.is_empty() { "no namespace".to_owned() } else { places };
                format!("exceptions count only in {places} (--exception-namespace)")
            };
            if let Some(read) = Exception::read(object) {
                match read {
                    Err(why) => void.push((object.key.clone(), why)),
                    Ok(_) if !counts => void.push((object.key.clone(), elsewhere())),
                    Ok(found) if !found.holds(now) => {
                        let when = super::clock::timestamp(found.expires);
                        void.push((object.key.clone(), format!("it ended at {when}")));
                    }
                    Ok(found) => {
                        next_end = Some(next_end.map_or(found.expires, |end: i64| end.min(found.expires)));
                        foreign.extend(found.for_kyverno().map(Arc::new));
                        own.push(found);
                    }
                }
            } else if let Some(found) = PolicyException::read(object) {
                if !counts {
                    void.push((object.key.clone(), elsewhere()));
                } else if let Some(problem) = found.problems.first() {
                    void.push((object.key.clone(), format!("{}: {}", problem.path, problem.message)));
                } else {
                    foreign.push(Arc::new(found));
                }
            } else if let Some(known) = known(object, &before, parts.left_out) {
                policies.entry((object.key.namespace.clone(), object.key.name.clone())).or_insert(known);
            }
        }
        let policies: Vec<Known> = policies.into_values().collect();
        let (judging, changing) = sets(&policies);
        let ready: Vec<&Arc<Compiled>> = ready(&policies).collect();
        let outside = ready.iter().filter(|policy| looks_outside(policy));
        let outside = outside.map(|policy| Arc::as_ptr(policy) as usize).collect();
        let by_roles = ready.iter().filter(|policy| asks_for_roles(policy));
        let by_roles = by_roles.map(|policy| Arc::as_ptr(policy) as usize).collect();
        let told = told(&ready, &parts.modes);
        Self {
            told,
            roles_unknown: None,
            by_roles,
            judging,
            changing,
            policies,
            exceptions: Exceptions::new(foreign),
            own,
            void,
            pod_security: parts.pod_security,
            next_end,
            modes: parts.modes,
            kinds: parts.kinds,
            outside,
        }
    }

    /// The same with one more exception.
    pub(crate) fn excepting(&self, exception: Exception) -> Self {
        let foreign = exception.for_kyverno().map(Arc::new);
        let mut with = self.again();
        with.exceptions = self.exceptions.clone().with(foreign);
        with.own.push(exception);
        with
    }

    /// The same once more.
    pub(crate) fn again(&self) -> Self {
        let (judging, changing) = sets(&self.policies);
        Self {
            judging,
            changing,
            policies: self.policies.clone(),
            exceptions: self.exceptions.clone(),
            own: self.own.clone(),
            void: self.void.clone(),
            pod_security: self.pod_security.clone(),
            roles_unknown: self.roles_unknown.clone(),
            by_roles: self.by_roles.clone(),
            next_end: self.next_end,
            modes: self.modes.clone(),
            kinds: Arc::clone(&self.kinds),
            told: self.told,
            outside: self.outside.clone(),
        }
    }

    /// A policy, by `name` or `namespace/name`.
    pub(crate) fn policy(&self, name: &str) -> Option<&Known> {
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        self.policies
            .iter()
            .find(|known| known.object.key.namespace == namespace && known.object.key.name == name)
    }

    /// Whether a policy looks at anything but the request, so that it may have to wait.
    pub(crate) fn looks_outside(&self, policy: &Arc<Compiled>) -> bool {
        self.outside.contains(&(Arc::as_ptr(policy) as usize))
    }

    /// Whether any policy asks for the roles of whoever asks.
    pub(crate) fn asks_for_roles(&self) -> bool {
        !self.by_roles.is_empty()
    }

    /// Whether a policy asks for them.
    pub(crate) fn wants_roles(&self, policy: &Arc<Compiled>) -> bool {
        self.by_roles.contains(&(Arc::as_ptr(policy) as usize))
    }

    /// From resources to kinds.
    pub(crate) fn kinds(&self) -> Arc<Kinds> {
        Arc::clone(&self.kinds)
    }

    /// Whether a policy is asked on a path. Whoever asks by another registration than we would make now may send us
    /// a policy where it was, or will be: there all of them are asked, rather twice than never.
    pub(crate) fn is_asked(&self, which: &Which, policy: &Compiled) -> bool {
        match which {
            Which::One { namespace, name, .. } => {
                policy.policy.namespace() == namespace && policy.policy.name() == name
            }
            // Nobody evaluated its conditions here.
            _ if is_conditional(policy) => false,
            Which::All => true,
            Which::Fail(told) => self.is_otherwise(*told) || !ignores(&self.modes, policy),
            Which::Ignore(told) => self.is_otherwise(*told) || ignores(&self.modes, policy),
        }
    }

    /// Whether the API server was told otherwise than we would tell it now.
    fn is_otherwise(&self, told: Option<Told>) -> bool {
        told.is_some_and(|told| told.token != self.told[usize::from(told.changes)])
    }

    /// Whether a policy is asked where failures are ignored.
    pub(crate) fn ignores(&self, policy: &Compiled) -> bool {
        ignores(&self.modes, policy)
    }

    /// The kind of the resource that a request is about; of `pods/exec` a Pod.
    pub(crate) fn kind_of<'a>(&'a self, request: &'a AdmissionRequest) -> Option<&'a str> {
        let found = self.kinds.0.get(&request.resource).map(CompactString::as_str);
        found.or_else(|| request.subresource.is_empty().then_some(request.kind.2.as_str()))
    }

    /// What is waived for the object of a request.
    pub(crate) fn waivers(&self, request: &AdmissionRequest) -> Vec<Waiver> {
        let own = self.own.iter().filter(|exception| exception.is_about(request));
        own.filter_map(Exception::waiver).collect()
    }

    /// Whether a policy refuses and changes.
    pub(crate) fn enforces(&self, policy: &Compiled) -> bool {
        self.modes.of(policy.policy.namespace(), policy.policy.name()) == Mode::Enforce
    }
}

/// Whether a policy is asked where failures are ignored. One that is only listened to must not be in the way when we
/// are not there.
fn ignores(modes: &Modes, policy: &Compiled) -> bool {
    let policy = &policy.policy;
    policy.ignores_failure || modes.of(policy.namespace(), policy.name()) != Mode::Enforce
}

/// What is told of where policies are asked. That are the names of the fewer ones: what is asked where failures count
/// comes and goes without a new word.
fn told(ready: &[&Arc<Compiled>], modes: &Modes) -> [u64; 2] {
    let of = |is_meant: fn(&Policy) -> bool| {
        let mut digest = Sha256::new();
        let is_there = |one: &&&Arc<Compiled>| !is_conditional(one) && ignores(modes, one);
        for policy in ready.iter().filter(|one| is_meant(&one.policy)).filter(is_there) {
            // Neither a namespace nor a name has a slash.
            digest.update(policy.policy.namespace());
            digest.update("/");
            digest.update(policy.policy.name());
            digest.update("/");
        }
        let bytes = digest.finalize();
        bytes.iter().take(8).fold(0, |token, byte| (token << 8) | u64::from(*byte))
    };
    [of(Policy::validates), of(Policy::mutates)]
}

/// The policies that can be evaluated.
fn ready(policies: &[Known]) -> impl Iterator<Item = &Arc<Compiled>> {
    policies.iter().filter(|known| known.is_understood()).filter_map(|known| known.compiled.as_ref())
}

/// Those that judge, and those that change.
fn sets(policies: &[Known]) -> (Set, Set) {
    let judging = ready(policies).filter(|policy| policy.policy.validates()).cloned().collect();
    let changing = ready(policies).filter(|policy| policy.policy.mutates()).cloned().collect();
    (Set::new(judging), Set::by_kind(changing))
}

/// A policy; none for an object that is no policy.
fn known(
    object: &Arc<Object>,
    before: &FxHashMap<usize, &Known>,
    left_out: Option<&LeftOut>,
) -> Option<Known> {
    let mut known = compiled(object, before)?;
    known.left_out = match (known.compiled.as_ref().filter(|policy| is_conditional(policy)), left_out) {
        (None, _) => None,
        (_, None) => {
            Some("match conditions are evaluated by the API server, which is told nothing here".to_owned())
        }
        (Some(policy), Some(left_out)) => left_out.of(&known.name(), policy),
    };
    Some(known)
}

pub(crate) fn compiled(object: &Arc<Object>, before: &FxHashMap<usize, &Known>) -> Option<Known> {
    if !object.key.group.ends_with("kyverno.io") || !object.key.kind.ends_with("Policy") {
        return None;
    }
    if let Some(same) = before.get(&(Arc::as_ptr(object) as usize)) {
        return Some((*same).clone());
    }
    let refused =
        |reasons: Vec<String>| Known { object: Arc::clone(object), compiled: None, reasons, left_out: None };
    let Some(policy) = Policy::read(object) else {
        return Some(refused(vec![format!(
            "policies of the kind {} are not evaluated by this version",
            object.key.kind
        )]));
    };
    Some(match Compiled::behind_conditions(&Arc::new(policy)) {
        Err(problems) => {
            let texts = problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message));
            refused(texts.collect())
        }
        Ok(compiled) => {
            let mut reasons = not_ready(&compiled);
            reasons.extend(unreachable(&compiled));
            Known { object: Arc::clone(object), compiled: Some(Arc::new(compiled)), reasons, left_out: None }
        }
    })
}

/// What a policy looks up that nobody here answers.
fn unreachable(policy: &Compiled) -> Vec<String> {
    let mut found = Vec::new();
    for one in &policy.policy.rules {
        for entry in &one.context {
            let what = match &entry.source {
                ContextSource::ImageRegistry { .. } => "`imageRegistry` asks registries",
                ContextSource::Global { .. } => "`globalReference` needs background control",
                ContextSource::ApiCall { call, .. } if call.source().get("service").is_some() => {
                    "`apiCall.service` calls services"
                }
                _ => continue,
            };
            found.push(format!(
                "rule {}: context {}: {what}, which this version does not do",
                one.name, entry.name
            ));
        }
    }
    found
}

/// Whether a policy looks at anything but the request, so that it may have to wait.
fn looks_outside(policy: &Compiled) -> bool {
    policy.rules.iter().any(|one| asks_others(&one.rule.source))
}

/// Whether any `context` in a rule has an entry that is looked up. Only the entries say so: `configMap` is the name of
/// a volume too.
fn asks_others(value: &Value) -> bool {
    let is_looked_up = |entry: &Value| ["configMap", "apiCall"].iter().any(|key| entry.get(key).is_some());
    match value {
        Value::Map(map) => map.iter().any(|(key, value)| {
            let entries = value.as_array().filter(|_| key.as_str() == "context").unwrap_or_default();
            entries.iter().any(is_looked_up) || asks_others(value)
        }),
        Value::Array(items) => items.iter().any(asks_others),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_entries_of_a_context_are_looked_up() {
        let of = |text: &str| asks_others(&serde_json::from_str(text).unwrap());
        assert!(of(r#"{"context":[{"name":"x","configMap":{"name":"a"}}]}"#));
        assert!(of(r#"{"validate":{"foreach":[{"context":[{"name":"x","apiCall":{"urlPath":"/api"}}]}]}}"#));
        assert!(!of(r#"{"context":[{"name":"x","variable":{"value":"configMap"}}]}"#));
        assert!(!of(r#"{"validate":{"pattern":{"spec":{"volumes":[{"configMap":{"name":"?*"}}]}}}}"#));
        assert!(!of(r#"{"validate":{"deny":{"conditions":{"all":[{"value":["configMap","apiCall"]}]}}}}"#));
    }
}
