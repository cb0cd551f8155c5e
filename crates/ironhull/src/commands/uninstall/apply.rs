//! Taking out, with a look at each object first.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use ironhull_kube::{Access, Cluster, Deletion, Failure, Resource, ResourcePath, Selection};
use ironhull_value::Value;

use super::Uninstall;
use super::plan::{Step, Thing};
use crate::exit::Exit;
use crate::live::random_key;
use crate::output::{notice, print};

/// How long is waited for a Deployment and its pods to end.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) fn run(uninstall: &Uninstall, steps: &[Step], quiet: bool) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting")?;
    runtime.block_on(async {
        let access = Access {
            kubeconfig: uninstall.kubeconfig.clone(),
            context: uninstall.context.clone(),
            secret_key: random_key()?,
            ..Access::default()
        };
        let cluster = Cluster::connect(&access).await?;
        for step in steps {
            for thing in &step.things {
                remove(&cluster, thing, quiet).await.with_context(|| thing.text())?;
            }
        }
        last(&cluster, &uninstall.namespace, quiet).await?;
        Ok(Exit::Clean)
    })
}

impl Thing {
    fn path(&self) -> ResourcePath {
        let path = ResourcePath::new(self.kind.group, self.kind.version, self.kind.plural);
        path.in_namespace(&self.namespace).named(&self.name)
    }

    fn text(&self) -> String {
        let place = if self.namespace.is_empty() { String::new() } else { format!("{}/", self.namespace) };
        format!("{} {place}{}", self.kind.name, self.name)
    }
}

/// Removes an object if it is ours, and waits until it is gone.
async fn remove(cluster: &Cluster, thing: &Thing, quiet: bool) -> anyhow::Result<()> {
    let path = thing.path();
    // Neither the object nor, as with cert-manager, its kind may exist.
    let Some(found) = there(cluster.get_metadata(&path).await)? else { return Ok(()) };
    if !is_ours(&found) {
        notice(quiet, &format!("{} stays: it has not our label, so somebody else made it", thing.text()));
        return Ok(());
    }
    delete(cluster, &path, &found).await?;
    print(&format!("deleted {}\n", thing.text()))
}

async fn delete(cluster: &Cluster, path: &ResourcePath, found: &Value) -> anyhow::Result<()> {
    let deletion = Deletion {
        uid: found.dig_str(&["metadata", "uid"]).map(str::to_owned),
        propagation: Some("Foreground"),
        ..Deletion::default()
    };
    there(cluster.delete(path, &deletion).await)?;
    let begin = Instant::now();
    while there(cluster.get_metadata(path).await)?.is_some() {
        if begin.elapsed() > PATIENCE {
            bail!("it is being deleted, and still there after {} s", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

fn there<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn is_ours(object: &Value) -> bool {
    object.dig_str(&["metadata", "labels", "app.kubernetes.io/managed-by"]) == Some("ironhull")
}

/// The namespace, if it is ours and nothing of anybody else is in it.
async fn last(cluster: &Cluster, name: &str, quiet: bool) -> anyhow::Result<()> {
    let path = ResourcePath::new("", "v1", "namespaces").named(name);
    let Some(found) = there(cluster.get_metadata(&path).await)? else { return Ok(()) };
    let stays = |why: &str| notice(quiet, &format!("Namespace {name} stays: {why}"));
    if !is_ours(&found) {
        stays("it has not our label, so somebody else made it");
        return Ok(());
    }
    match foreign(cluster, name).await {
        Err(why) => stays(&format!("what is in it cannot be seen: {why}")),
        Ok(others) if others.is_empty() => {
            delete(cluster, &path, &found).await.with_context(|| format!("Namespace {name}"))?;
            print(&format!("deleted Namespace {name}\n"))?;
        }
        Ok(others) => {
            let shown: Vec<&str> = others.iter().take(10).map(String::as_str).collect();
            let more = others.len().saturating_sub(shown.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            stays(&format!(
                "{}{more} would go with it; if they may: kubectl delete namespace {name}",
                shown.join(", ")
            ));
        }
    }
    Ok(())
}

/// What is in a namespace and is neither ours nor made by the cluster itself. A kind that cannot be listed is an
/// error: what is not seen would be deleted.
async fn foreign(cluster: &Cluster, namespace: &str) -> Result<Vec<String>, String> {
    let resources = cluster.refresh_resources().await.map_err(|failure| failure.to_string())?;
    if let Some((group, version, why)) = resources.problems().next() {
        return Err(format!("{group}/{version}: {why}"));
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut others = Vec::new();
    for resource in resources.iter().filter(|one| one.is_namespaced && one.has_verb("list")) {
        let key = (resource.group.as_str(), resource.kind.as_str());
        if seen.contains(&key) || resource.kind == "Event" || is_measured(resource) {
            continue;
        }
        seen.push(key);
        let path = resource.path().in_namespace(namespace);
        let selection = Selection { depth: ironhull_kube::Depth::Metadata, ..Selection::default() };
        let Some(found) = there(cluster.list(&path, &selection).await)
            .map_err(|failure| format!("{}: {failure}", resource.plural))?
        else {
            continue;
        };
        let own = found.iter().filter(|one| !is_ours(one) && !is_made_by_the_cluster(resource, one));
        others.extend(own.map(|one| {
            format!("{} {}", resource.kind, one.dig_str(&["metadata", "name"]).unwrap_or_default())
        }));
    }
    others.sort();
    Ok(others)
}

/// Figures about pods are no objects.
fn is_measured(resource: &Resource) -> bool {
    resource.group == "metrics.k8s.io" || resource.group.ends_with(".metrics.k8s.io")
}

fn is_made_by_the_cluster(resource: &Resource, object: &Value) -> bool {
    let name = object.dig_str(&["metadata", "name"]).unwrap_or_default();
    let is_usual = matches!(
        (resource.kind.as_str(), name),
        ("ServiceAccount", "default") | ("ConfigMap", "kube-root-ca.crt" | "openshift-service-ca.crt")
    );
    // What has an owner goes with its owner, and what is being deleted is gone.
    is_usual
        || !object.dig_items(&["metadata", "ownerReferences"]).is_empty()
        || object.dig(&["metadata", "deletionTimestamp"]).is_some()
}
