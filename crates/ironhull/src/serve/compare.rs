//! What became of a request that we only listened to: whether the engine that is in charge let it through.
//!
//! The API server asks all webhooks at once and tells none what the others said. So a while later the object is
//! looked for: one that is there as it was asked for was let through, one that is not was refused, or is gone again.
//! An Event of the other engine about it tells those apart; without one nothing is claimed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ironhull_kube::{Cluster, ResourcePath, Selection};
use ironhull_value::Value;
use ironhull_world::admission::Operation;
use tokio::sync::mpsc;

use super::clock::{milliseconds, seconds};
use super::decision::{Decision, Outcome};
use super::modes::Mode;

/// How long the API server may take to store an object, and the other engine to write its Event.
const WHILE: Duration = Duration::from_secs(6);

/// Requests that wait to be looked after.
const QUEUE: usize = 1024;

/// How many outcomes are remembered.
const REMEMBERED: usize = 10_000;

/// How many refusals of the other engine are remembered.
const NAMED: usize = 200;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was let through.
    Stored,
    /// The other engine refused it.
    Refused,
    /// It is not there, and nobody says why.
    Unknown,
}

/// A request that the other engine refused and we would have let through.
#[derive(Clone, Debug)]
pub(crate) struct TheirRefusal {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) about: String,
    /// What the other engine says.
    pub(crate) evidence: String,
}

/// What is known of requests that we only listened to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compared(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    fates: BTreeMap<String, Fate>,
    order: VecDeque<String>,
    theirs: VecDeque<TheirRefusal>,
    /// Requests of which both said the same.
    agreed: u64,
}

impl Compared {
    /// What became of a request; none if it was not looked after.
    pub(crate) fn fate(&self, id: &str) -> Option<Fate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fates.get(id).copied()
    }

    /// Requests that the other engine refused and we would have let through, the newest last.
    pub(crate) fn theirs(&self) -> Vec<TheirRefusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).theirs.iter().cloned().collect()
    }

    /// Of how many requests both said the same.
    pub(crate) fn agreed(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).agreed
    }

    fn learn(&self, asked: &Asked, fate: Fate, evidence: String) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (asked.would_refuse, fate) {
            (true, Fate::Refused) | (false, Fate::Stored) => known.agreed += 1,
            (false, Fate::Refused) => {
                if known.theirs.len() == NAMED {
                    known.theirs.pop_front();
                }
                let (id, about) = (asked.id.clone(), asked.about.clone());
                known.theirs.push_back(TheirRefusal { id, at: asked.at, about, evidence });
            }
            _ => {}
        }
        if known.fates.insert(asked.id.clone(), fate).is_none() {
            known.order.push_back(asked.id.clone());
        }
        if known.order.len() > REMEMBERED
            && let Some(oldest) = known.order.pop_front()
        {
            known.fates.remove(&oldest);
        }
    }
}

/// A request that is looked after.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    id: String,
    /// Milliseconds since 1970.
    at: i64,
    would_refuse: bool,
    about: String,
    path: ResourcePath,
    name: String,
    /// Of an update, the version that it was made from.
    before: Option<String>,
}

/// Takes requests to be looked after.
#[derive(Clone)]
pub(crate) struct Comparer(mpsc::Sender<Asked>);

impl Comparer {
    /// Looks after requests until nobody sends any.
    pub(crate) fn start(cluster: Cluster, compared: Compared) -> Self {
        let (sender, asked) = mpsc::channel(QUEUE);
        tokio::spawn(follow(cluster, compared, asked));
        Self(sender)
    }

    /// Takes a request, if it is one that can be looked after and there is room.
    pub(crate) fn take(&self, decision: &Decision) {
        if let Some(asked) = asked(decision) {
            let _ = self.0.try_send(asked);
        }
    }
}

fn asked(decision: &Decision) -> Option<Asked> {
    let request = &decision.request;
    let is_followed = matches!(request.operation, Operation::Create | Operation::Update)
        && request.subresource.is_empty()
        && !request.dry_run
        && decision.outcome == Outcome::Allowed
        && matches!(decision.route, "validate" | "pod-security")
        && decision.is_listened;
    let name = request.object.as_ref()?.dig_str(&["metadata", "name"]).unwrap_or(&request.name).to_owned();
    if !is_followed || name.is_empty() {
        return None;
    }
    let resource = &request.resource;
    let is_namespaced = !request.namespace.is_empty() && resource.resource != "namespaces";
    let path = ResourcePath::new(&resource.group, &resource.version, &resource.resource)
        .in_namespace(if is_namespaced { &request.namespace } else { "" })
        .named(&name);
    let version = |object: &Value| object.dig_str(&["metadata", "resourceVersion"]).map(str::to_owned);
    Some(Asked {
        id: decision.id.clone(),
        at: decision.at,
        would_refuse: decision.said.iter().any(|said| said.refuses && said.mode == Mode::Shadow),
        about: format!("{} {} {}/{name}", request.operation, decision.kind, request.namespace),
        path,
        before: request.old_object.as_ref().and_then(version),
        name,
    })
}

async fn follow(cluster: Cluster, compared: Compared, mut waiting: mpsc::Receiver<Asked>) {
    while let Some(asked) = waiting.recv().await {
        tokio::time::sleep(left(asked.at, milliseconds())).await;
        let (fate, evidence) = look(&cluster, &asked).await;
        compared.learn(&asked, fate, evidence);
        // A guest does not press.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How long to wait until it is looked at. Never longer than usual, though the clock went back by years.
fn left(at: i64, now: i64) -> Duration {
    let passed = now.checked_sub(at).and_then(|passed| u64::try_from(passed).ok());
    WHILE.saturating_sub(Duration::from_millis(passed.unwrap_or(0)))
}

async fn look(cluster: &Cluster, asked: &Asked) -> (Fate, String) {
    match cluster.get_metadata(&asked.path).await {
        Ok(found) if is_as_asked(&found, asked) => (Fate::Stored, String::new()),
        Ok(_) => events(cluster, asked).await,
        Err(failure) if failure.is_not_found() => events(cluster, asked).await,
        Err(_) => (Fate::Unknown, String::new()),
    }
}

/// Whether an object is newer than the request.
fn is_as_asked(found: &Value, asked: &Asked) -> bool {
    let text = |key: &str| found.dig_str(&["metadata", key]).unwrap_or_default();
    if let Some(before) = &asked.before {
        return text("resourceVersion") != before;
    }
    let made: Result<jiff::Timestamp, _> = text("creationTimestamp").parse();
    made.is_ok_and(|made| made.as_second() + 2 >= asked.at / 1000)
}

/// What the other engine says of it.
async fn events(cluster: &Cluster, asked: &Asked) -> (Fate, String) {
    let namespaces = [asked.path.namespace.clone().unwrap_or_else(|| "default".into()), "default".into()];
    for namespace in namespaces {
        let path = ResourcePath::new("", "v1", "events").in_namespace(&namespace);
        let selection =
            Selection { fields: Some("reason=PolicyViolation".to_owned()), ..Selection::default() };
        let Ok(found) = cluster.list(&path, &selection).await else { continue };
        let own = found.iter().filter(|event| {
            event.dig_str(&["reportingComponent"]) != Some("ironhull.dev/admission") && is_recent(event)
        });
        for event in own {
            let message = event.dig_str(&["message"]).unwrap_or_default();
            let about = event.dig_str(&["involvedObject", "name"]).unwrap_or_default();
            let blocked = message.contains("blocked") || message.contains("fail");
            if blocked && (about == asked.name || message.contains(&asked.name)) {
                return (Fate::Refused, message.chars().take(300).collect());
            }
        }
    }
    (Fate::Unknown, String::new())
}

/// Whether an Event is of the last minutes.
fn is_recent(event: &Value) -> bool {
    let times = ["lastTimestamp", "eventTime", "firstTimestamp"];
    let times = times.iter().filter_map(|key| event.dig_str(&[key])?.parse::<jiff::Timestamp>().ok());
    times.map(jiff::Timestamp::as_second).max().is_some_and(|time| seconds() - time < 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_longer_because_a_clock_went_back() {
        let at = 1_800_000_000_000;
        let years = 10 * 365 * 86_400_000;
        assert_eq!(left(at, at), WHILE);
        assert_eq!(left(at, at + 1000), WHILE.saturating_sub(Duration::from_secs(1)));
        for now in [at - 3_600_000, at - years, i64::MIN] {
            assert_eq!(left(at, now), WHILE, "{now}");
        }
        for now in [at + 3_600_000, at + years, i64::MAX] {
            assert_eq!(left(at, now), Duration::ZERO, "{now}");
        }
    }
}
