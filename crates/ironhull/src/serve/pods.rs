//! Pod Security: what a request is judged by, and what is remembered of it.

use std::time::Instant;

use ironhull_podsecurity::admission::Surroundings;
use ironhull_value::Value;
use ironhull_world::GroupKind;
use tokio::runtime::Handle;

use super::decision::Said;
use super::engine::{Engine, Found, Scene};
use super::modes::Mode;

impl Engine {
    /// Judges a request by the labels of its namespace.
    pub(super) fn pod_security(&self, scene: &Scene, handle: Option<&Handle>) -> Found {
        let asked = scene.asked();
        let waivers = scene.loaded.waivers(asked);
        let ports = self.lookups(scene, handle);
        let pods = |namespace: &str| -> Result<Vec<Value>, String> {
            let (cluster, handle) = ports.server.ok_or("there is no cluster to be asked")?;
            let pods = GroupKind::new("", "Pod");
            if scene.world.is_complete(pods) {
                return Ok(scene.world.of_kind_in(pods, namespace).map(|pod| pod.value.clone()).collect());
            }
            let path = ironhull_kube::ResourcePath::new("", "v1", "pods").in_namespace(namespace);
            let selection = ironhull_kube::Selection::default();
            let listing = cluster.list(&path, &selection);
            let left = scene.deadline.saturating_duration_since(Instant::now()) / 2;
            let listed = handle.block_on(async { tokio::time::timeout(left, listing).await });
            listed.map_err(|_| "no answer in time".to_owned())?.map_err(|failure| failure.to_string())
        };
        let half = scene.begun + scene.deadline.saturating_duration_since(scene.begun) / 2;
        let labels = scene.labels.as_ref().map(Option::as_ref).map_err(Clone::clone);
        let around = Surroundings {
            namespace: labels,
            pods: &pods,
            is_over: &|| Instant::now() >= half,
            waivers: &waivers,
        };
        let verdict = scene.loaded.pod_security.judge(asked, &around);
        if scene.size.is_some() {
            self.metrics.pod_security(asked, &verdict.counted);
        }
        let mode = scene.loaded.modes.of_pod_security();
        let mut found = Found { is_listened: mode == Mode::Shadow, ..Found::default() };
        let level = verdict.response.annotations.iter().find(|(key, _)| key == "enforce-policy");
        let level = level.map(|(_, level)| level.clone()).unwrap_or_default();
        let waived: Vec<String> = verdict.waived.iter().map(|one| one.id.to_string()).collect();
        let audited = verdict.response.annotations.iter().find(|(key, _)| key == "audit-violations");
        let refusal = verdict.response.refusal.as_ref();
        let texts = refusal.map(|refusal| (refusal.message.clone(), true));
        let texts = texts.or_else(|| audited.map(|(_, text)| (text.clone(), false)));
        if texts.is_some() || !waived.is_empty() {
            let (message, refuses) = texts.unwrap_or_default();
            found.said.push(Said {
                engine: "pod-security",
                policy: "pod-security".to_owned(),
                revision: level,
                rule: String::new(),
                status: if message.is_empty() { "skip" } else { "fail" },
                refuses,
                mode,
                message,
                field: String::new(),
                value: None,
                exceptions: waived.clone(),
            });
        }
        found.exceptions = waived;
        found.response = verdict.response;
        if mode == Mode::Shadow {
            // Who is only listened to neither refuses nor warns.
            found.response.refusal = None;
            found.response.warnings.clear();
        }
        found
    }
}
