//! Keeping in step: what is decided by, what is registered, what is told.
//!
//! Everything that is written to the cluster is written here, in `registrar`, `statuses` and `secret`, and nothing but our own
//! registration, the status of policies that are ours to decide, Events, and the Secret of our certificate.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_kube::{Cluster, KindState, ResourcePath, Resources, Wanted, Write};
use ironhull_podsecurity::admission::Admission;
use ironhull_policy::exception::Exception;
use ironhull_policy::kyverno::model::PolicyException;
use ironhull_value::Value;
use ironhull_world::admission::{AdmissionRequest, Resource};
use ironhull_world::{GroupKind, Object, ObjectRef, Origin, World};
use rustc_hash::{FxHashMap, FxHasher};
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::clock::{seconds, timestamp};
use super::conditional::LeftOut;
use super::decision::Decision;
use super::engine::Engine;
use super::loaded::{Kinds, Loaded, Parts, compiled};
use super::log;
use super::modes::{Mode, Modes};
use super::registrar::{Last, Registrar};
use super::source::Source;
use super::statuses;

/// Changes that come within this time are one.
const GATHER: Duration = Duration::from_millis(100);

/// What is looked at anew even if nothing changed.
const PULSE: Duration = Duration::from_secs(15);

/// How long resources are asked for again and again after a definition of them changed.
const SETTLING: Duration = Duration::from_secs(3);

/// The kinds that policies and exceptions have.
const POLICY_KINDS: [(&str, &str); 4] = [
    ("kyverno.io", "ClusterPolicy"),
    ("kyverno.io", "Policy"),
    ("kyverno.io", "PolicyException"),
    ("ironhull.dev", "Exception"),
];

/// A denial that is told as an Event.
#[derive(Clone, Debug)]
pub(crate) struct Denial {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) message: String,
    /// The object that caused it, where there is one to tell: the controller of a pod.
    pub(crate) owner: Option<Value>,
}

/// What does not change while we run.
pub(crate) struct Fixed {
    /// Policies, exceptions and more from files.
    pub(crate) files: Vec<Arc<Object>>,
    pub(crate) exception_namespaces: Vec<String>,
    pub(crate) pod_security: Option<Admission>,
    /// What policies do of which nothing is said.
    pub(crate) usual: Mode,
    /// Our own namespace.
    pub(crate) namespace: String,
}

/// What has to be watched to begin with.
pub(crate) fn first_demand(namespace: &str) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = POLICY_KINDS.iter().map(|(group, kind)| Wanted::all(group, kind)).collect();
    wanted.push(Wanted::all("", "Namespace").metadata());
    // That a kind is new is seen by these; what it is like, discovery tells.
    wanted.push(Wanted::all("apiextensions.k8s.io", "CustomResourceDefinition").metadata());
    wanted.push(Wanted::all("", "ConfigMap").in_namespace(namespace));
    wanted
}

/// What has to be watched for the policies that are loaded.
fn demand(loaded: &Loaded, namespace: &str) -> Vec<Wanted> {
    let mut wanted = first_demand(namespace);
    if loaded.asks_for_roles() {
        wanted.extend(BINDINGS.iter().map(|kind| Wanted::all(RBAC, kind)));
    }
    wanted
}

/// Why something that is watched is not known, if so. What is out of date is known: who cannot follow the API server
/// for a moment must not stop it.
fn unknown<'k>(
    coverage: &[KindState],
    kinds: impl IntoIterator<Item = (&'k str, &'k str)>,
) -> Option<String> {
    kinds.into_iter().find_map(|(group, kind)| {
        let found = coverage.iter().find(|one| one.wanted.group == group && one.wanted.kind == kind);
        match found.map(|one| &one.state) {
            // A demand is taken up a moment after it is made.
            None => Some(format!("{kind}: not asked for yet")),
            Some(state) if state.is_complete() || state.age().is_some() => None,
            Some(state) => Some(format!("{kind}: {state}")),
        }
    })
}

/// What it takes to be ready: all that is watched to begin with, but the kinds of others.
fn needed() -> impl Iterator<Item = (&'static str, &'static str)> {
    POLICY_KINDS.into_iter().chain([("", "Namespace"), ("", "ConfigMap")])
}

const RBAC: &str = "rbac.authorization.k8s.io";
const BINDINGS: [&str; 2] = ["RoleBinding", "ClusterRoleBinding"];

impl Fixed {
    /// What is decided by at this moment.
    pub(crate) fn load(
        &self,
        world: &World,
        kinds: Arc<Kinds>,
        left_out: Option<&LeftOut>,
        before: Option<&Loaded>,
    ) -> Loaded {
        let of_cluster =
            POLICY_KINDS.iter().flat_map(|(group, kind)| world.of_kind(GroupKind::new(group, kind)));
        let objects = self.files.iter().chain(of_cluster).cloned().collect();
        Loaded::new(Parts {
            objects,
            exception_namespaces: &self.exception_namespaces,
            pod_security: self.pod_security.clone().unwrap_or_default(),
            modes: Modes::read(world, &self.namespace, self.usual),
            kinds,
            left_out,
            now: seconds(),
            before,
        })
    }
}

/// A number that changes with the CustomResourceDefinitions.
fn definitions(world: &World) -> u64 {
    let mut hasher = FxHasher::default();
    for object in world.of_kind(GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition")) {
        object.key.name.hash(&mut hasher);
        object.value.dig_str(&["metadata", "resourceVersion"]).hash(&mut hasher);
    }
    hasher.finish()
}

/// From resources to kinds, as the server says.
pub(crate) fn kinds_of(resources: &Resources) -> Kinds {
    Kinds::new(resources.iter().map(|one| {
        let resource =
            Resource { group: one.group.clone(), version: one.version.clone(), resource: one.plural.clone() };
        (resource, one.kind.clone())
    }))
}

/// Keeps in step until the end. `ready` is told when everything is in, and the registration is written only then.
pub(crate) async fn run(
    engine: Arc<Engine>,
    fixed: Fixed,
    registrar: Option<Registrar>,
    ready: watch::Sender<bool>,
    mut end: watch::Receiver<bool>,
) {
    let Source::Live { cluster, live } = &engine.source else {
        let _ = ready.send(true);
        return grow_older(&engine, &fixed, &mut end).await;
    };
    let (mut changes, mut coverage) = (live.changes(), live.coverage_changes());
    let (mut registered, mut left_out) = (Last::default(), LeftOut::default());
    let (status, newest) = watch::channel(None);
    if registrar.as_ref().is_some_and(|registrar| registrar.writes_status) {
        tokio::spawn(statuses::keep(cluster.clone(), newest));
    }
    let mut demanded: Option<Vec<Wanted>> = None;
    let mut missing: Option<String> = None;
    let mut defined = (definitions(&live.world()), Instant::now());
    loop {
        let definitions = definitions(&live.world());
        if definitions != defined.0 {
            defined = (definitions, Instant::now());
        }
        // What a new definition brings is told of a moment later.
        let is_new = defined.1.elapsed() < SETTLING;
        let age = if is_new { Duration::ZERO } else { PULSE };
        let resources = match cluster.resources_within(age).await {
            Ok(resources) => Some(resources),
            Err(failure) => {
                log::warn(
                    "the API server's resources cannot be read",
                    json!({ "error": failure.to_string() }),
                );
                None
            }
        };
        // Asked first: what is loaded below is then at least as new.
        live.synced(Instant::now() + Duration::from_millis(200)).await;
        let before = engine.loaded.load_full();
        // Exceptions end and policies change, whether the API server tells of its resources or not.
        let kinds = resources.as_ref().map_or_else(|| before.kinds(), |found| Arc::new(kinds_of(found)));
        let mut loaded = fixed.load(&live.world(), kinds, Some(&left_out), Some(&before));
        tell_changes(&before, &loaded);
        if let Some(kyverno) = &engine.observed.kyverno {
            kyverno.changes(Some(&before), &loaded);
        }
        // Each demand tells of a change, even if it is the old one: it would wake us for ever.
        let wanted = demand(&loaded, &fixed.namespace);
        if demanded.as_ref() != Some(&wanted) {
            live.demand(wanted.clone());
            demanded = Some(wanted);
            // A policy that asks for roles is evaluated when they are there, if that takes no longer.
            live.synced(Instant::now() + Duration::from_secs(2)).await;
        }
        let known = live.coverage();
        let bindings = || BINDINGS.map(|kind| (RBAC, kind));
        loaded.roles_unknown = loaded.asks_for_roles().then(|| unknown(&known, bindings())).flatten();
        engine.loaded.store(Arc::new(loaded));
        if !*ready.borrow() {
            // A kind that may not be listed has policies that nobody knows: none of them would hold.
            let in_the_way = match &resources {
                None => Some("the resources of the API server".to_owned()),
                Some(_) => unknown(&known, needed()),
            };
            if in_the_way.is_none() {
                let count = engine.loaded.load().policies.len();
                log::info("ready", json!({ "policies": count, "objects": live.world().len() }));
                let _ = ready.send(true);
            } else if in_the_way != missing {
                log::warn("not ready", json!({ "missing": in_the_way }));
            }
            missing = in_the_way;
        }
        if *ready.borrow()
            && let (Some(registrar), Some(resources)) = (&registrar, &resources)
        {
            registrar.register(&engine, &fixed, resources, &mut registered).await;
            let _ = status.send(Some(engine.loaded.load_full()));
        }
        if let Some(next) = registered.left_out(cluster, &engine, registrar.is_some()).await
            && next != left_out
        {
            // Which policies are enforced is another question now.
            left_out = next;
            continue;
        }
        let next = until_next_end(&engine);
        let pause = if *ready.borrow() && !is_new { next } else { Duration::from_millis(500) };
        tokio::select! {
            _ = changes.changed() => {}
            _ = coverage.changed() => {}
            () = tokio::time::sleep(pause) => {}
            () = certificates_changed(registrar.as_ref()) => {}
            () = ended(&mut end) => return,
        }
        tokio::time::sleep(GATHER).await;
    }
}

/// Without a cluster nothing changes but the time, by which exceptions end.
async fn grow_older(engine: &Engine, fixed: &Fixed, end: &mut watch::Receiver<bool>) {
    while engine.loaded.load().next_end.is_some() {
        tokio::select! {
            () = tokio::time::sleep(until_next_end(engine)) => {}
            () = ended(end) => return,
        }
        let (before, world) = (engine.loaded.load_full(), engine.source.world());
        let loaded = fixed.load(&world, Arc::new(Kinds::of_catalog(world.catalog())), None, Some(&before));
        tell_changes(&before, &loaded);
        engine.loaded.store(Arc::new(loaded));
    }
}

/// How long everything stays as it is: until the next exception ends, and not for long, as clocks jump.
fn until_next_end(engine: &Engine) -> Duration {
    engine.loaded.load().next_end.map_or(PULSE, |end| {
        Duration::from_secs(u64::try_from(end.saturating_sub(seconds())).unwrap_or(0)).clamp(GATHER, PULSE)
    })
}

/// Until the registration needs other authorities; forever where nothing is registered.
async fn certificates_changed(registrar: Option<&Registrar>) {
    match registrar {
        Some(registrar) => registrar.changed.notified().await,
        None => std::future::pending().await,
    }
}

/// Until the end is told.
pub(crate) async fn ended(end: &mut watch::Receiver<bool>) {
    // What it returns holds a lock.
    drop(end.wait_for(|end| *end).await);
}

/// Says what became of policies, once.
fn tell_changes(before: &Loaded, now: &Loaded) {
    for known in &now.policies {
        let old = before.policies.iter().find(|old| old.object.key == known.object.key);
        if old.is_none_or(|old| old.reasons() != known.reasons()) && !known.is_ready() {
            log::warn(
                "a policy is not enforced",
                json!({ "policy": known.object.key.to_string(), "reasons": known.reasons() }),
            );
        }
    }
    for entry in now.modes.unread.iter().filter(|entry| !before.modes.unread.contains(entry)) {
        log::warn(
            "an entry of ironhull-modes says no mode; write enforce or shadow",
            json!({ "entry": entry, "mode": now.modes.usual.name() }),
        );
    }
    for (key, why) in &now.void {
        if !before.void.iter().any(|(old, _)| old == key) {
            log::warn(
                "an exception lets nothing through",
                json!({ "exception": key.to_string(), "reason": why }),
            );
        }
    }
}

/// What is said when somebody writes a policy or an exception: nothing is refused, so that no engine is in the way
/// of another's objects; what will not be enforced is warned of.
pub(crate) fn policies_written(request: &AdmissionRequest) -> super::engine::Found {
    let mut found = super::engine::Found::default();
    let Some(object) = &request.object else { return found };
    let key = ObjectRef {
        group: request.kind.0.clone(),
        kind: request.kind.2.clone(),
        namespace: request.namespace.clone(),
        name: request.shown_name().into(),
        copy: 0,
    };
    let object = Arc::new(Object {
        key,
        version: request.kind.1.clone(),
        value: object.clone(),
        origin: Origin::Request,
    });
    let mut warn = |text: String| found.response.warnings.push(text);
    if let Some(read) = Exception::read(&object) {
        if let Err(why) = read {
            warn(format!("ironhull: this exception lets nothing through: {why}"));
        }
    } else if let Some(exception) = PolicyException::read(&object) {
        for problem in &exception.problems {
            warn(format!(
                "ironhull: this exception lets nothing through: {}: {}",
                problem.path, problem.message
            ));
        }
    } else if let Some(known) = compiled(&object, &FxHashMap::default()) {
        for reason in known.reasons() {
            warn(format!("ironhull: this policy is not enforced: {reason}"));
        }
    }
    found
}

/// Tells of a denial in the log, and the cluster by an Event.
pub(crate) fn denied(engine: &Engine, decision: &Decision) {
    let request = &decision.request;
    let policies: Vec<String> = decision
        .said
        .iter()
        .filter(|said| said.refuses && said.mode == Mode::Enforce)
        .map(|said| {
            if said.rule.is_empty() { said.policy.clone() } else { format!("{}/{}", said.policy, said.rule) }
        })
        .collect();
    log::warn(
        "denied",
        json!({
            "decision": decision.id,
            "operation": request.operation.as_str(),
            "kind": decision.kind.as_str(),
            "namespace": request.namespace.as_str(),
            "name": request.shown_name(),
            "user": request.user.username.as_str(),
            "policies": policies,
            "dryRun": request.dry_run,
        }),
    );
    if request.dry_run {
        return;
    }
    let Some(events) = &engine.events else { return };
    let owners = request.about().map(|object| object.dig_items(&["metadata", "ownerReferences"]));
    let is_controller = |one: &&Value| one.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.and_then(|all| all.iter().find(is_controller)).cloned();
    let message = format!(
        "{} {} was denied by {}: ironhull why {}",
        decision.kind,
        request.shown_name(),
        if policies.is_empty() { "an error".to_owned() } else { policies.join(", ") },
        decision.id
    );
    // Events are a courtesy: who has none to spare goes without.
    let _ = events.try_send(Denial {
        id: decision.id.clone(),
        group: request.resource.group.to_string(),
        kind: decision.kind.to_string(),
        namespace: request.namespace.to_string(),
        name: request.shown_name().to_owned(),
        message,
        owner,
    });
}

/// Writes Events for denials: one an object and message within ten minutes, and no more than ten a second.
pub(crate) async fn write_events(cluster: Cluster, mut denials: mpsc::Receiver<Denial>) {
    let mut seen: HashMap<(String, String, String), Instant> = HashMap::new();
    while let Some(denial) = denials.recv().await {
        let text = denial.message.split(": ironhull why").next().unwrap_or_default().to_owned();
        let key = (denial.namespace.clone(), denial.name.clone(), text);
        seen.retain(|_, at| at.elapsed() < Duration::from_mins(10));
        if seen.len() > 10_000 || seen.insert(key, Instant::now()).is_some() {
            continue;
        }
        if let Err(failure) = cluster.create(&event_path(&denial), &event(&denial), Write::default()).await {
            log::warn("an Event was not written", json!({ "error": failure.to_string() }));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn event_path(denial: &Denial) -> ResourcePath {
    let namespace = if denial.namespace.is_empty() { "default" } else { &denial.namespace };
    ResourcePath::new("events.k8s.io", "v1", "events").in_namespace(namespace)
}

/// An Event about the controller of a pod, where it has one: the pod does not exist, and people look at what made
/// it.
fn event(denial: &Denial) -> Value {
    let namespace = if denial.namespace.is_empty() { "default" } else { &denial.namespace };
    let now = super::clock::milliseconds();
    let micro = format!("{}.{:03}000Z", timestamp(now / 1000).trim_end_matches('Z'), now.rem_euclid(1000));
    let regarding = if let Some(owner) = &denial.owner {
        let text = |key: &str| owner.dig_str(&[key]).unwrap_or_default();
        json!({
            "apiVersion": text("apiVersion"), "kind": text("kind"), "name": text("name"),
            "uid": text("uid"), "namespace": denial.namespace,
        })
    } else {
        let group = if denial.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", denial.group) };
        json!({ "apiVersion": group, "kind": denial.kind, "name": denial.name, "namespace": denial.namespace })
    };
    let note: String = denial.message.chars().take(1000).collect();
    let event = json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": { "name": format!("ironhull.{}", denial.id), "namespace": namespace },
        "eventTime": micro,
        "reportingController": "ironhull.dev/admission",
        "reportingInstance": "ironhull",
        "action": "Denied",
        "reason": "PolicyViolation",
        "type": "Warning",
        "note": note,
        "regarding": regarding,
    });
    serde_json::from_value(event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ironhull_kube::State;

    #[test]
    fn what_nobody_asked_for_yet_is_not_known() {
        let of = |kind: &str, state| KindState { wanted: Wanted::all(RBAC, kind), state };
        let synced = || State::Synced { objects: 0, since: Instant::now() };
        let kinds = || BINDINGS.map(|kind| (RBAC, kind));
        let all = [of("RoleBinding", synced()), of("ClusterRoleBinding", synced())];
        assert_eq!(unknown(&all, kinds()), None);
        assert_eq!(unknown(&all[..1], kinds()).as_deref(), Some("ClusterRoleBinding: not asked for yet"));
        let refused = [of("RoleBinding", State::Refused { reason: "403".to_owned() }), all[1].clone()];
        assert_eq!(unknown(&refused, kinds()).as_deref(), Some("RoleBinding: refused: 403"));
        let stale = State::Stale { since: Instant::now(), reason: "away".to_owned() };
        assert_eq!(unknown(&[of("RoleBinding", stale), all[1].clone()], kinds()), None);
    }
}
