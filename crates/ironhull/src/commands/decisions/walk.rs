//! From a workload that does not come up to the decision that refused its pods.

use ironhull_kube::{Cluster, Failure, ResourcePath, Selection};
use ironhull_value::Value;

/// The kinds that can be named: their names, group, resource and kind.
const KINDS: [(&[&str], &str, &str, &str); 9] = [
    (&["deploy", "deployment", "deployments"], "apps", "deployments", "Deployment"),
    (&["rs", "replicaset", "replicasets"], "apps", "replicasets", "ReplicaSet"),
    (&["sts", "statefulset", "statefulsets"], "apps", "statefulsets", "StatefulSet"),
    (&["ds", "daemonset", "daemonsets"], "apps", "daemonsets", "DaemonSet"),
    (&["job", "jobs"], "batch", "jobs", "Job"),
    (&["cj", "cronjob", "cronjobs"], "batch", "cronjobs", "CronJob"),
    (
        &["rc", "replicationcontroller", "replicationcontrollers"],
        "",
        "replicationcontrollers",
        "ReplicationController",
    ),
    (&["po", "pod", "pods"], "", "pods", "Pod"),
    (&["svc", "service", "services"], "", "services", "Service"),
];

/// Something that was named as `deploy/web`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    group: &'static str,
    resource: &'static str,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) namespace: String,
}

/// How far it went.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// What was seen, one line each.
    pub(super) steps: Vec<String>,
    /// The decision that was found.
    pub(super) id: Option<String>,
    /// Kinds and names under which refused objects may be recorded.
    pub(super) candidates: Vec<(String, String)>,
}

impl Target {
    /// Reads `kind/name`; `None` for anything else, an error for a kind that is not known here.
    pub(super) fn parse(text: &str, namespace: &str) -> Option<Result<Self, String>> {
        let (kind, name) = text.split_once('/')?;
        let lower = kind.to_ascii_lowercase();
        let known = KINDS.iter().find(|(names, ..)| names.contains(&lower.as_str()));
        Some(match known {
            Some((_, group, resource, kind)) if !name.is_empty() => {
                Ok(Self { group, resource, kind, name: name.to_owned(), namespace: namespace.to_owned() })
            }
            _ => {
                let names: Vec<&str> =
                    KINDS.iter().filter_map(|(names, ..)| names.first().copied()).collect();
                Err(format!("{text}: write KIND/NAME with one of the kinds {}", names.join(", ")))
            }
        })
    }

    fn path(&self) -> ResourcePath {
        ResourcePath::new(self.group, "v1", self.resource).in_namespace(&self.namespace).named(&self.name)
    }
}

/// The id in a text that one of our refusals is in.
pub(super) fn id_in(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("ironhull why ")?;
    let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    (id.len() == 12).then_some(id)
}

/// Walks from a workload to the newest ReplicaSet or Job below it, and looks at conditions and Events on the way.
pub(super) async fn walk(cluster: &Cluster, target: &Target) -> Result<Walk, Failure> {
    let mut walk = Walk::default();
    walk.candidates.push((target.kind.to_owned(), target.name.clone()));
    let object = match cluster.get(&target.path()).await {
        Ok(object) => object,
        Err(failure) if failure.is_not_found() => {
            walk.steps.push(format!(
                "{} {}/{} is not there: it was refused itself, or never made",
                target.kind, target.namespace, target.name
            ));
            walk.look_at_events(cluster, target.kind, &target.namespace, &target.name).await?;
            return Ok(walk);
        }
        Err(failure) => return Err(failure),
    };
    walk.steps.push(format!("{} {}/{}: {}", target.kind, target.namespace, target.name, counts(&object)));
    if target.kind == "Pod" {
        walk.steps.push("the pod was let in; look at its own status for why it does not run".to_owned());
        return Ok(walk);
    }
    let below = match target.kind {
        "Deployment" => newest(cluster, target, &object, "apps", "replicasets").await?,
        "CronJob" => newest(cluster, target, &object, "batch", "jobs").await?,
        _ => None,
    };
    let is_above = matches!(target.kind, "Deployment" | "CronJob");
    if let Some((kind, name, inner)) = below {
        walk.steps.push(format!("its newest {kind} {name}: {}", counts(&inner)));
        walk.candidates.push((kind.to_owned(), name.clone()));
        walk.pods_of(&name);
        if walk.look_at(cluster, kind, &target.namespace, &name, &inner).await? {
            return Ok(walk);
        }
    } else if is_above {
        let kind = if target.kind == "Deployment" { "ReplicaSet" } else { "Job" };
        walk.steps.push(format!("it has no {kind}"));
    }
    walk.pods_of(&target.name);
    walk.look_at(cluster, target.kind, &target.namespace, &target.name, &object).await?;
    Ok(walk)
}

impl Walk {
    /// Pods are recorded by what their names begin with.
    fn pods_of(&mut self, owner: &str) {
        self.candidates.push(("Pod".to_owned(), format!("{owner}-")));
    }

    /// Looks at the conditions and the Events of an object.
    async fn look_at(
        &mut self,
        cluster: &Cluster,
        kind: &str,
        namespace: &str,
        name: &str,
        object: &Value,
    ) -> Result<bool, Failure> {
        for condition in object.dig_items(&["status", "conditions"]) {
            let text = |key: &str| condition.dig_str(&[key]).unwrap_or_default();
            if let Some(id) = id_in(text("message")) {
                let (condition, reason) = (text("type"), text("reason"));
                self.steps.push(format!("its condition {condition} ({reason}) names the decision {id}"));
                self.id = Some(id);
                return Ok(true);
            }
            if text("type") == "ReplicaFailure" && text("status") == "True" {
                let said = text("message");
                self.steps.push(format!("its condition ReplicaFailure is of somebody else: {said}"));
            }
        }
        self.look_at_events(cluster, kind, namespace, name).await
    }

    async fn look_at_events(
        &mut self,
        cluster: &Cluster,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<bool, Failure> {
        let path = ResourcePath::new("", "v1", "events").in_namespace(namespace);
        let fields = format!("involvedObject.name={name},involvedObject.kind={kind}");
        let selection = Selection { fields: Some(fields), ..Selection::default() };
        let mut events = match cluster.list(&path, &selection).await {
            Ok(events) => events,
            Err(failure) if failure.is_forbidden() => {
                self.steps.push(format!("its Events cannot be read: {failure}"));
                return Ok(false);
            }
            Err(failure) => return Err(failure),
        };
        events.sort_by_key(|event| std::cmp::Reverse(when(event)));
        let found = events.iter().find_map(|event| {
            let id = id_in(event.dig_str(&["message"]).unwrap_or_default())?;
            Some((event.dig_str(&["reason"]).unwrap_or_default().to_owned(), id))
        });
        if let Some((reason, id)) = found {
            self.steps.push(format!("its Event {reason} names the decision {id}"));
            self.id = Some(id);
            return Ok(true);
        }
        self.steps.push(match events.len() {
            0 => format!("{kind} {name} has no Events"),
            1 => format!("the Event of {kind} {name} names no decision"),
            several => format!("none of the {several} Events of {kind} {name} names a decision"),
        });
        Ok(false)
    }
}

/// When an Event was last seen, as the server writes times, which sort as text.
fn when(event: &Value) -> String {
    let text = |key: &str| event.dig_str(&[key]).unwrap_or_default().to_owned();
    [text("lastTimestamp"), text("eventTime"), text("firstTimestamp")]
        .into_iter()
        .find(|time| !time.is_empty())
        .unwrap_or_default()
}

/// How many of the wished-for pods there are.
fn counts(object: &Value) -> String {
    let number = |keys: &[&str]| object.dig(keys).and_then(Value::as_i64);
    let wanted = number(&["spec", "replicas"]).or_else(|| number(&["status", "desiredNumberScheduled"]));
    match wanted {
        Some(wanted) => {
            let there =
                number(&["status", "replicas"]).or_else(|| number(&["status", "currentNumberScheduled"]));
            format!("{} of {wanted} pods are there", there.unwrap_or(0))
        }
        None => match object.dig_str(&["status", "phase"]) {
            Some(phase) => phase.to_owned(),
            None => "it is there".to_owned(),
        },
    }
}

/// The newest object that a workload controls: of a Deployment by its revision.
async fn newest(
    cluster: &Cluster,
    target: &Target,
    owner: &Value,
    group: &str,
    resource: &str,
) -> Result<Option<(&'static str, String, Value)>, Failure> {
    let uid = owner.dig_str(&["metadata", "uid"]).unwrap_or_default();
    let path = ResourcePath::new(group, "v1", resource).in_namespace(&target.namespace);
    let all = cluster.list(&path, &Selection::default()).await?;
    let is_own = |object: &&Value| {
        let owners = object.dig_items(&["metadata", "ownerReferences"]);
        owners.iter().any(|owner| owner.dig_str(&["uid"]) == Some(uid))
    };
    let age = |object: &&Value| {
        let annotations = object.dig(&["metadata", "annotations"]).and_then(Value::as_map);
        let revision = annotations.and_then(|all| all.get("deployment.kubernetes.io/revision")?.as_str());
        let made = object.dig_str(&["metadata", "creationTimestamp"]).unwrap_or_default();
        (revision.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0), made.to_owned())
    };
    let kind = if resource == "replicasets" { "ReplicaSet" } else { "Job" };
    let newest = all.iter().filter(is_own).max_by_key(age);
    Ok(newest.map(|object| {
        (kind, object.dig_str(&["metadata", "name"]).unwrap_or_default().to_owned(), object.clone())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_in_what_controllers_say() {
        let text = "Error creating: admission webhook \"fail.validate.ironhull.dev\" denied the request: \n\nno\ndecision 0123456789bc: ironhull why 0123456789bc";
        assert_eq!(id_in(text).as_deref(), Some("0123456789bc"));
        assert_eq!(id_in("ironhull why 0123"), None);
        assert_eq!(id_in("exceeded quota"), None);
    }

    #[test]
    fn what_is_named_is_read() {
        let found = Target::parse("deploy/web", "shop").unwrap().unwrap();
        assert_eq!(
            (found.kind, found.name.as_str(), found.namespace.as_str()),
            ("Deployment", "web", "shop")
        );
        assert!(Target::parse("0123456789bc", "shop").is_none());
        assert!(Target::parse("node/a", "shop").unwrap().unwrap_err().contains("KIND/NAME"));
        assert!(Target::parse("deploy/", "shop").unwrap().is_err());
    }
}
