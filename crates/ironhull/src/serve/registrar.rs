//! Writing our registration.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_kube::{Cluster, Failure, ResourcePath, Resources, Selection, Write};
use ironhull_value::Value;
use serde_json::{Value as Json, json};
use tokio::sync::{Mutex, Notify};

use super::certificates::Keeper;
use super::conditional::{LeftOut, Verdicts, candidates, conditions, too_long, webhooks};
use super::controller::Fixed;
use super::engine::Engine;
use super::loaded::Loaded;
use super::log;
use super::registration::{NAME, Place, Setting, configurations, merged};

/// How often it is looked whether somebody else changed what is registered.
const LOOK: Duration = Duration::from_secs(10);

/// How often what is registered is read at most by whoever does not write it.
const PAUSE: Duration = Duration::from_secs(2);

/// What was written last, and when it was last seen there.
#[derive(Default)]
pub(crate) struct Last {
    written: Option<((Json, Json), Instant)>,
    verdicts: Verdicts,
    left_out: Option<LeftOut>,
    read: Option<Instant>,
}

impl Last {
    /// Which policies with match conditions are registered; none where nothing new is known. Whoever does not write the
    /// registration has to read it.
    pub(crate) async fn left_out(
        &mut self,
        cluster: &Cluster,
        engine: &Engine,
        writes: bool,
    ) -> Option<LeftOut> {
        if writes {
            return self.left_out.clone();
        }
        let loaded = engine.loaded.load();
        if candidates(&loaded).is_empty() || self.read.is_some_and(|at| at.elapsed() < PAUSE) {
            return None;
        }
        self.read = Some(Instant::now());
        let mut found = Vec::new();
        for plural in CONFIGURATIONS {
            let path = ResourcePath::new("admissionregistration.k8s.io", "v1", plural);
            let fields = Some(format!("metadata.name={NAME}"));
            match cluster.list(&path, &Selection { fields, ..Selection::default() }).await {
                Ok(all) => found.extend(all),
                Err(failure) => {
                    log::warn("what is registered cannot be read", json!({ "error": failure.to_string() }));
                    return None;
                }
            }
        }
        Some(LeftOut::read(&found))
    }
}

const CONFIGURATIONS: [&str; 2] = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];

/// What is registered, and where.
pub(crate) struct Registrar {
    pub(crate) cluster: Cluster,
    pub(crate) place: Place,
    /// Our own service accounts.
    pub(crate) accounts: Vec<String>,
    /// Annotations of the registration beside our own.
    pub(crate) annotations: Vec<(String, String)>,
    pub(crate) certificates: Arc<Mutex<Keeper>>,
    /// Told when certificates or authorities changed.
    pub(crate) changed: Arc<Notify>,
    /// Whether others answer the reviews: nothing is registered before one of them is ready.
    pub(crate) is_apart: bool,
    /// Whether policies of the cluster are given a status.
    pub(crate) writes_status: bool,
}

impl Registrar {
    pub(crate) async fn register(
        &self,
        engine: &Engine,
        fixed: &Fixed,
        resources: &Resources,
        last: &mut Last,
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
        let loaded = engine.loaded.load_full();
        self.check(&loaded, resources, &setting, &mut last.verdicts).await;
        let (wanted, left_out) = configurations(&loaded, resources, &setting, &last.verdicts);
        // The world changes ten times a second, and what is registered hardly ever.
        if last.written.as_ref().is_some_and(|(last, at)| *last == wanted && at.elapsed() < LOOK) {
            return;
        }
        let mut is_done = true;
        for (plural, configuration) in CONFIGURATIONS.into_iter().zip([&wanted.0, &wanted.1]) {
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
        if is_done {
            last.left_out = Some(left_out);
        }
        last.written = is_done.then(|| (wanted, Instant::now()));
    }

    /// Asks the API server what it thinks of match conditions that it was not asked about yet: one that it does not
    /// take would have it refuse the registration of all.
    async fn check(
        &self,
        loaded: &Loaded,
        resources: &Resources,
        setting: &Setting<'_>,
        verdicts: &mut Verdicts,
    ) {
        let candidates = candidates(loaded);
        let names: BTreeSet<String> = candidates.iter().map(|(known, _)| known.name()).collect();
        verdicts.retain(|name, _| names.contains(name));
        for (known, policy) in candidates {
            let (name, conditions) = (known.name(), conditions(policy));
            let is_known = verdicts.get(&name).is_some_and(|(of, _)| *of == conditions);
            if is_known || too_long(policy).is_some() {
                continue;
            }
            // Both have the same conditions.
            let [judging, changing] = webhooks(loaded, policy, resources, setting);
            let (plural, kind, hook) = match (judging, changing) {
                (Some(hook), _) => (CONFIGURATIONS[0], "ValidatingWebhookConfiguration", hook),
                (None, Some(hook)) => (CONFIGURATIONS[1], "MutatingWebhookConfiguration", hook),
                // Nothing that it is about exists.
                (None, None) => continue,
            };
            match self.tried(plural, kind, hook).await {
                Ok(verdict) => _ = verdicts.insert(name, (conditions, verdict)),
                Err(failure) => log::warn(
                    "match conditions could not be checked",
                    json!({ "policy": name, "error": failure.to_string() }),
                ),
            }
        }
    }

    /// What the API server says of one webhook, without keeping it.
    async fn tried(&self, plural: &str, kind: &str, mut hook: Json) -> Result<Result<(), String>, Failure> {
        hook["name"] = json!("tried.ironhull.dev");
        let alone = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": { "name": NAME },
            "webhooks": [hook],
        });
        let path = ResourcePath::new("admissionregistration.k8s.io", "v1", plural).named(NAME);
        let alone = serde_json::from_value(alone).unwrap_or_default();
        match self.cluster.apply(&path, &alone, Write { dry_run: true, force: true }).await {
            Ok(_) => Ok(Ok(())),
            Err(failure) if failure.is_invalid() => Ok(Err(failure.message())),
            Err(failure) => Err(failure),
        }
    }

    /// Whether there is somebody who answers. A webhook without one would hold up the cluster while it is set up.
    async fn is_answered(&self) -> Result<bool, Failure> {
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
    async fn put(&self, plural: &str, wanted: &Json) -> Result<bool, Failure> {
        let path = ResourcePath::new("admissionregistration.k8s.io", "v1", plural);
        let own = path.named(NAME);
        let value = |json: &Json| serde_json::from_value::<Value>(json.clone()).unwrap_or_default();
        match self.cluster.get(&own).await {
            Err(failure) if failure.is_not_found() => {
                if !self.is_answered().await? {
                    let why = "no replica that answers reviews is ready yet";
                    return Err(Failure::Connection(why.to_owned()));
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
}
