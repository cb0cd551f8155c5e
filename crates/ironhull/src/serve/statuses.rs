//! Telling policies of the cluster what became of them, as Kyverno does.
//!
//! A task of its own: a thousand of them take seconds, and what is decided by must not wait for that. What is loaded
//! last wins; what was loaded in between is told to nobody.

use std::collections::HashMap;
use std::sync::Arc;

use ironhull_kube::{Cluster, Failure, ResourcePath, Write};
use ironhull_value::Value;
use ironhull_world::{ObjectRef, Origin};
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::clock::{seconds, timestamp};
use super::loaded::{Known, Loaded};
use super::log;

/// How many are written at a time: more are a burden to the API server, which takes about 3 ms for one.
const AT_ONCE: usize = 8;

/// What a policy is told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    message: String,
    is_ready: bool,
    generation: Option<i64>,
}

/// One status and where it goes.
struct Errand {
    key: ObjectRef,
    path: ResourcePath,
    told: Told,
}

/// Writes statuses until nobody loads any more.
pub(crate) async fn keep(cluster: Cluster, mut newest: watch::Receiver<Option<Arc<Loaded>>>) {
    let mut written: HashMap<ObjectRef, Told> = HashMap::new();
    while newest.changed().await.is_ok() {
        let Some(loaded) = newest.borrow_and_update().clone() else { continue };
        let all: Vec<Errand> = loaded.policies.iter().filter_map(errand).collect();
        // What is as it should be was written by us or somebody else, and may be changed by somebody else.
        let wanted: HashMap<&ObjectRef, &Told> = all.iter().map(|one| (&one.key, &one.told)).collect();
        written.retain(|key, told| wanted.get(key) == Some(&&*told));
        let mut waiting = all.into_iter().filter(|one| !written.contains_key(&one.key)).collect::<Vec<_>>();
        waiting.reverse();
        let mut running = JoinSet::new();
        loop {
            // Of those that are on their way the end is awaited: the next status of a policy must not overtake this.
            while running.len() < AT_ONCE && !newest.has_changed().unwrap_or(true) {
                let Some(next) = waiting.pop() else { break };
                let cluster = cluster.clone();
                running.spawn(async move {
                    let result = write(&cluster, &next).await;
                    (next, result)
                });
            }
            match running.join_next().await {
                None => break,
                Some(Ok((errand, Ok(())))) => _ = written.insert(errand.key, errand.told),
                Some(Ok((errand, Err(failure)))) if !failure.is_not_found() => log::warn(
                    "the status of a policy was not written",
                    json!({ "policy": errand.key.to_string(), "error": failure.to_string() }),
                ),
                Some(_) => {}
            }
        }
    }
}

async fn write(cluster: &Cluster, errand: &Errand) -> Result<(), Failure> {
    let patch = serde_json::from_value(json!({ "status": status(&errand.told) })).unwrap_or_default();
    cluster.patch_status(&errand.path, &patch, Write::default()).await.map(drop)
}

/// What a policy of the cluster shall be told; none if its status says so already.
fn errand(known: &Known) -> Option<Errand> {
    let key = &known.object.key;
    if !matches!(known.object.origin, Origin::Cluster { .. }) || key.group != "kyverno.io" {
        return None;
    }
    let is_ready = known.is_ready();
    let message =
        if is_ready { "Ready".to_owned() } else { format!("not enforced: {}", known.reasons().join("; ")) };
    let there = known.object.value.dig_items(&["status", "conditions"]);
    let is_same = there.iter().any(|one| {
        let text = |key: &str| one.dig_str(&[key]).unwrap_or_default();
        text("type") == "Ready"
            && text("status") == if is_ready { "True" } else { "False" }
            && text("message") == message
    });
    if is_same {
        return None;
    }
    let plural = if key.kind == "ClusterPolicy" { "clusterpolicies" } else { "policies" };
    let path = ResourcePath::new("kyverno.io", &known.object.version, plural);
    let generation = known.object.value.dig(&["metadata", "generation"]).and_then(Value::as_i64);
    Some(Errand {
        key: key.clone(),
        path: path.in_namespace(&key.namespace).named(&key.name),
        told: Told { message, is_ready, generation },
    })
}

fn status(told: &Told) -> Json {
    let (status, reason) = if told.is_ready { ("True", "Succeeded") } else { ("False", "NotUnderstood") };
    json!({
        "ready": told.is_ready,
        "conditions": [{
            "type": "Ready",
            "status": status,
            "reason": reason,
            "message": told.message,
            "observedGeneration": told.generation,
            "lastTransitionTime": timestamp(seconds()),
        }],
    })
}
