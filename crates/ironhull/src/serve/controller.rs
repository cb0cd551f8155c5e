//! Keeping in step: what is decided by, what is registered, what is told.
//!
//! Everything that is written to the cluster is written here, and nothing but our own registration, the status of
//! policies that are ours to decide, and Events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_kube::{Cluster, ResourcePath, Resources, Selection, Wanted, Write};
use ironhull_podsecurity::admission::Admission;
use ironhull_policy::exception::Exception;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::{Policy, PolicyException};
use ironhull_value::Value;
use ironhull_world::admission::{AdmissionRequest, Resource};
use ironhull_world::{GroupKind, Object, ObjectRef, Origin, World};
use serde_json::{Value as Json, json};
use tokio::sync::{Mutex, Notify, mpsc, watch};

use super::clock::{seconds, timestamp};
use super::decision::Decision;
use super::engine::Engine;
use super::loaded::{Kinds, Known, Loaded, Parts};
use super::log;
use super::modes::{Mode, Modes};
use super::registration::{Place, Setting, configurations, merged};
use super::source::Source;

/// Changes that come within this time are one.
const GATHER: Duration = Duration::from_millis(100);

/// What is looked at anew even if nothing changed.
const PULSE: Duration = Duration::from_secs(15);

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

/// What is registered, and where.
pub(crate) struct Registrar {
    pub(crate) cluster: Cluster,
    pub(crate) place: Place,
    /// Our own service accounts.
    pub(crate) accounts: Vec<String>,
    /// Annotations of the registration beside our own.
    pub(crate) annotations: Vec<(String, String)>,
    pub(crate) certificates: Arc<Mutex<super::certificates::Keeper>>,
    /// Told when certificates or authorities changed.
    pub(crate) changed: Arc<Notify>,
    /// Whether others answer the reviews: nothing is registered before one of them is ready.
    pub(crate) is_apart: bool,
    /// Whether policies of the cluster are given a status.
    pub(crate) writes_status: bool,
}

/// What has to be watched to begin with.
pub(crate) fn first_demand(namespace: &str) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = POLICY_KINDS.iter().map(|(group, kind)| Wanted::all(group, kind)).collect();
    wanted.push(Wanted::all("", "Namespace").metadata());
    wanted.push(Wanted::all("", "ConfigMap").in_namespace(namespace));
    wanted
}

/// What has to be watched for the policies that are loaded.
fn demand(loaded: &Loaded, namespace: &str) -> Vec<Wanted> {
    let mut wanted = first_demand(namespace);
    if loaded.asks_for_roles {
        wanted.push(Wanted::all("rbac.authorization.k8s.io", "RoleBinding"));
        wanted.push(Wanted::all("rbac.authorization.k8s.io", "ClusterRoleBinding"));
    }
    wanted
}

impl Fixed {
    /// What is decided by at this moment.
    pub(crate) fn load(&self, world: &World, kinds: Arc<Kinds>, before: Option<&Loaded>) -> Loaded {
        let of_cluster =
            POLICY_KINDS.iter().flat_map(|(group, kind)| world.of_kind(GroupKind::new(group, kind)));
        let objects = self.files.iter().chain(of_cluster).cloned().collect();
        Loaded::new(Parts {
            objects,
            exception_namespaces: &self.exception_namespaces,
            pod_security: self.pod_security.clone().unwrap_or_default(),
            modes: Modes::read(world, &self.namespace, self.usual),
            kinds,
            now: seconds(),
            before,
        })
    }
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
        return;
    };
    let (mut changes, mut coverage) = (live.changes(), live.coverage_changes());
    let mut statuses: HashMap<ObjectRef, Json> = HashMap::new();
    let mut registered: Option<(Json, Json)> = None;
    loop {
        let resources = match cluster.resources_within(PULSE).await {
            Ok(resources) => Some(resources),
            Err(failure) => {
                log::warn(
                    "the API server's resources cannot be read",
                    json!({ "error": failure.to_string() }),
                );
                None
            }
        };
        if let Some(resources) = &resources {
            // Asked first: what is loaded below is then at least as new.
            let is_in = live.synced(Instant::now() + Duration::from_millis(200)).await;
            let before = engine.loaded.load_full();
            let loaded = fixed.load(&live.world(), Arc::new(kinds_of(resources)), Some(&before));
            tell_changes(&before, &loaded);
            live.demand(demand(&loaded, &fixed.namespace));
            engine.loaded.store(Arc::new(loaded));
            if is_in && !*ready.borrow() {
                let count = engine.loaded.load().policies.len();
                log::info("ready", json!({ "policies": count, "objects": live.world().len() }));
                let _ = ready.send(true);
            }
            if *ready.borrow()
                && let Some(registrar) = &registrar
            {
                registrar.register(&engine, &fixed, resources, &mut registered).await;
                if registrar.writes_status {
                    registrar.write_statuses(&engine.loaded.load(), &mut statuses).await;
                }
            }
        }
        let next = engine.loaded.load().next_end.map_or(PULSE, |end| {
            Duration::from_secs(u64::try_from(end - seconds()).unwrap_or(0)).clamp(GATHER, PULSE)
        });
        let pause = if *ready.borrow() { next } else { Duration::from_millis(500) };
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
        if old.is_none_or(|old| old.reasons != known.reasons) && !known.is_ready() {
            log::warn(
                "a policy is not enforced",
                json!({ "policy": known.object.key.to_string(), "reasons": known.reasons }),
            );
        }
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

impl Registrar {
    async fn register(
        &self,
        engine: &Engine,
        fixed: &Fixed,
        resources: &Resources,
        last: &mut Option<(Json, Json)>,
    ) {
        let (authorities, is_elsewhere) = {
            let keeper = self.certificates.lock().await;
            (keeper.authorities(), keeper.is_elsewhere())
        };
        if authorities.is_none() && !is_elsewhere {
            log::warn("nothing is registered: the authority of the certificate is not known", json!({}));
            return;
        }
        let setting = Setting {
            place: &self.place,
            authorities: authorities.as_deref(),
            annotations: &self.annotations,
            untouched: &engine.untouched,
            pod_security: fixed.pod_security.is_some(),
            accounts: &self.accounts,
        };
        let wanted = configurations(&engine.loaded.load(), resources, &setting);
        let is_new = last.as_ref() != Some(&wanted);
        let mut is_done = true;
        for (plural, configuration) in
            [("validatingwebhookconfigurations", &wanted.0), ("mutatingwebhookconfigurations", &wanted.1)]
        {
            match self.put(plural, configuration).await {
                Ok(true) => log::info("registered", json!({ "configuration": plural })),
                Ok(false) => {}
                Err(failure) => {
                    is_done = false;
                    log::error(
                        "not registered",
                        json!({ "configuration": plural, "error": failure.to_string() }),
                    );
                }
            }
        }
        if is_done && let Some(authorities) = &authorities {
            self.certificates.lock().await.registered(authorities);
        }
        if is_done && is_new {
            *last = Some(wanted);
        }
    }

    /// Whether there is somebody who answers. A webhook without one would hold up the cluster while it is set up.
    async fn is_answered(&self) -> Result<bool, ironhull_kube::Failure> {
        let Place::Service { namespace, name, .. } = &self.place else { return Ok(true) };
        if !self.is_apart {
            return Ok(true);
        }
        let path = ResourcePath::new("discovery.k8s.io", "v1", "endpointslices").in_namespace(namespace);
        let labels = Some(format!("kubernetes.io/service-name={name}"));
        let slices = self.cluster.list(&path, &Selection { labels, ..Selection::default() }).await?;
        let mut endpoints = slices.iter().flat_map(|slice| slice.dig_items(&["endpoints"]));
        // Without the condition an endpoint counts as ready.
        Ok(endpoints.any(|one| one.dig(&["conditions", "ready"]).and_then(Value::as_bool) != Some(false)))
    }

    /// Writes a configuration if it is another one than what is there.
    async fn put(&self, plural: &str, wanted: &Json) -> Result<bool, ironhull_kube::Failure> {
        let path = ResourcePath::new("admissionregistration.k8s.io", "v1", plural);
        let own = path.named(super::registration::NAME);
        let value = |json: &Json| serde_json::from_value::<Value>(json.clone()).unwrap_or_default();
        match self.cluster.get(&own).await {
            Err(failure) if failure.is_not_found() => {
                if !self.is_answered().await? {
                    let why = "no replica that answers reviews is ready yet";
                    return Err(ironhull_kube::Failure::Connection(why.to_owned()));
                }
                // Applied, as that takes the right to create this one name and no other.
                self.cluster.apply(&own, &value(wanted), Write::default()).await.map(|_| true)
            }
            Err(failure) => Err(failure),
            Ok(there) => {
                let there = serde_json::to_value(&there).unwrap_or_default();
                match merged(wanted, &there) {
                    None => Ok(false),
                    Some(next) => {
                        self.cluster.replace(&own, &value(&next), Write::default()).await.map(|_| true)
                    }
                }
            }
        }
    }

    /// Tells policies of the cluster what became of them, as Kyverno does.
    async fn write_statuses(&self, loaded: &Loaded, written: &mut HashMap<ObjectRef, Json>) {
        for known in &loaded.policies {
            if !matches!(known.object.origin, Origin::Cluster { .. })
                || known.object.key.group != "kyverno.io"
            {
                continue;
            }
            let Some(status) = next_status(known) else { continue };
            if written.get(&known.object.key) == Some(&status) {
                continue;
            }
            let plural =
                if known.object.key.kind == "ClusterPolicy" { "clusterpolicies" } else { "policies" };
            let path = ResourcePath::new("kyverno.io", &known.object.version, plural)
                .in_namespace(&known.object.key.namespace)
                .named(&known.object.key.name);
            let patch = serde_json::from_value(json!({ "status": status })).unwrap_or_default();
            match self.cluster.patch_status(&path, &patch, Write::default()).await {
                Ok(_) => _ = written.insert(known.object.key.clone(), status),
                Err(failure) if failure.is_not_found() => {}
                Err(failure) => log::warn(
                    "the status of a policy was not written",
                    json!({ "policy": known.object.key.to_string(), "error": failure.to_string() }),
                ),
            }
        }
    }
}

/// The status that a policy shall have; none if it has it.
fn next_status(known: &Known) -> Option<Json> {
    let (status, reason) = if known.is_ready() { ("True", "Succeeded") } else { ("False", "NotUnderstood") };
    let message = if known.is_ready() {
        "Ready".to_owned()
    } else {
        format!("not enforced: {}", known.reasons.join("; "))
    };
    let there = known.object.value.dig_items(&["status", "conditions"]);
    let same = there.iter().any(|one| {
        let text = |key: &str| one.dig_str(&[key]).unwrap_or_default();
        text("type") == "Ready" && text("status") == status && text("message") == message
    });
    if same {
        return None;
    }
    let generation = known.object.value.dig(&["metadata", "generation"]).and_then(Value::as_i64);
    Some(json!({
        "ready": known.is_ready(),
        "conditions": [{
            "type": "Ready",
            "status": status,
            "reason": reason,
            "message": message,
            "observedGeneration": generation,
            "lastTransitionTime": timestamp(seconds()),
        }],
    }))
}

/// What is said when somebody writes a policy or an exception: nothing is refused, so that no engine is in the way
/// of another's objects; what will not be enforced is warned of.
pub(crate) fn policies_written(request: &AdmissionRequest, loaded: &Loaded) -> super::engine::Found {
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
    } else if let Some(policy) = Policy::read(&object) {
        match Compiled::new(&Arc::new(policy)) {
            Err(problems) => {
                for problem in problems {
                    warn(format!(
                        "ironhull: this policy is not enforced: {}: {}",
                        problem.path, problem.message
                    ));
                }
            }
            Ok(compiled) => {
                for reason in ironhull_policy::kyverno::admission::not_ready(&compiled) {
                    warn(format!("ironhull: this policy is not enforced: {reason}"));
                }
            }
        }
    }
    let _ = loaded;
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
    let regarding = match &denial.owner {
        Some(owner) => {
            let text = |key: &str| owner.dig_str(&[key]).unwrap_or_default();
            json!({
                "apiVersion": text("apiVersion"), "kind": text("kind"), "name": text("name"),
                "uid": text("uid"), "namespace": denial.namespace,
            })
        }
        None => {
            let group =
                if denial.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", denial.group) };
            json!({ "apiVersion": group, "kind": denial.kind, "name": denial.name, "namespace": denial.namespace })
        }
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
