//! `ironhull mode`.

use std::fmt::Write as _;

use anyhow::bail;
use clap::{Args, ValueEnum};
use ironhull_kube::{Cluster, ResourcePath, Selection, Write};
use ironhull_value::Value;
use serde_json::json;

use super::block_on;
use super::reach::Where;
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::{notice, print};
use crate::serve::modes::{MODES, POD_SECURITY, key};

#[derive(Args, Debug)]
pub(crate) struct Mode {
    /// The policy: its name, namespace/name, or pod-security.
    #[arg(value_name = "POLICY", required_unless_present = "all", requires = "mode")]
    policy: Option<String>,
    /// What it does.
    #[arg(id = "mode", value_name = "MODE")]
    wanted: Option<Wanted>,
    /// List what is said of policies.
    #[arg(long, conflicts_with_all = ["policy", "mode"])]
    all: bool,
    /// The namespace of the server.
    #[arg(long, value_name = "NAMESPACE", default_value = "ironhull-system")]
    system_namespace: String,
    #[command(flatten)]
    place: Where,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// Refuse and change.
    Enforce,
    /// Only tell.
    Shadow,
    /// As the server does with policies of which nothing is said.
    Usual,
}

pub(crate) fn run(args: &Mode, global: &Global) -> anyhow::Result<Exit> {
    block_on(async {
        let cluster = args.place.connect().await?;
        match (&args.policy, args.wanted) {
            (Some(policy), Some(mode)) => set(args, &cluster, policy, mode, global.quiet).await?,
            _ => list(args, &cluster).await?,
        }
        Ok(Exit::Clean)
    })
}

fn config_map(args: &Mode) -> ResourcePath {
    ResourcePath::new("", "v1", "configmaps").in_namespace(&args.system_namespace).named(MODES)
}

async fn set(args: &Mode, cluster: &Cluster, policy: &str, mode: Wanted, quiet: bool) -> anyhow::Result<()> {
    let (namespace, name) = policy.split_once('/').unwrap_or(("", policy));
    if !exists(cluster, namespace, name).await? {
        bail!(
            "there is no policy {policy} in the cluster; `kubectl get clusterpolicies,policies -A` has all"
        );
    }
    let word = match mode {
        Wanted::Enforce => Some("enforce"),
        Wanted::Shadow => Some("shadow"),
        Wanted::Usual => None,
    };
    let field = if is_pod_security(namespace, name) { POD_SECURITY.to_owned() } else { key(namespace, name) };
    let patch: Value = serde_json::from_value(json!({ "data": { field.as_str(): word } }))?;
    match cluster.merge_patch(&config_map(args), &patch, Write::default()).await {
        Ok(_) => {}
        Err(failure) if failure.is_not_found() && word.is_some() => {
            let made = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": { "name": MODES, "namespace": args.system_namespace },
                "data": { field.as_str(): word },
            });
            let path = ResourcePath { name: None, ..config_map(args) };
            cluster.create(&path, &serde_json::from_value(made)?, Write::default()).await?;
        }
        Err(failure) if failure.is_not_found() => {}
        Err(failure) => return Err(failure.into()),
    }
    notice(quiet, &format!("{policy}: {}", word.unwrap_or("as usual")));
    Ok(())
}

/// Whether Pod Security is meant and not a policy.
fn is_pod_security(namespace: &str, name: &str) -> bool {
    namespace.is_empty() && name == "pod-security"
}

/// Whether there is such a policy: a word that is mistyped would do nothing, and nobody would know.
async fn exists(cluster: &Cluster, namespace: &str, name: &str) -> anyhow::Result<bool> {
    if is_pod_security(namespace, name) {
        return Ok(true);
    }
    let plural = if namespace.is_empty() { "clusterpolicies" } else { "policies" };
    let resources = cluster.resources().await?;
    let versions: Vec<String> = resources
        .iter()
        .filter(|one| one.group == "kyverno.io" && one.plural == plural)
        .map(|one| one.version.to_string())
        .collect();
    for version in versions {
        let path = ResourcePath::new("kyverno.io", &version, plural).in_namespace(namespace).named(name);
        match cluster.get_metadata(&path).await {
            Ok(_) => return Ok(true),
            Err(failure) if failure.is_not_found() => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(false)
}

async fn list(args: &Mode, cluster: &Cluster) -> anyhow::Result<()> {
    let data = match cluster.get(&config_map(args)).await {
        Ok(found) => found.get("data").and_then(Value::as_map).cloned().unwrap_or_default(),
        Err(failure) if failure.is_not_found() => ironhull_value::Map::default(),
        Err(failure) => return Err(failure.into()),
    };
    let mut out = String::new();
    // What it is called here, and what in the ConfigMap.
    let mut known = vec![("pod-security".to_owned(), POD_SECURITY.to_owned())];
    for plural in ["clusterpolicies", "policies"] {
        let path = ResourcePath::new("kyverno.io", "v1", plural);
        match cluster.list(&path, &Selection::default()).await {
            Ok(found) => known.extend(found.iter().map(|one| {
                let text = |field: &str| one.dig_str(&["metadata", field]).unwrap_or_default();
                let (namespace, name) = (text("namespace"), text("name"));
                let shown =
                    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
                (shown, key(namespace, name))
            })),
            Err(failure) if failure.is_not_found() => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    let is_known = |one: &String| known.iter().any(|(_, field)| field == one);
    let unknown = data.keys().map(|one| one.as_str().to_owned()).filter(|one| !is_known(one));
    let unknown: Vec<String> = unknown.collect();
    for (one, field) in &known {
        let word = data.get(field.as_str()).and_then(Value::as_str).unwrap_or("as usual");
        let _ = writeln!(out, "{one}: {word}");
    }
    for one in &unknown {
        let word = data.get(one.as_str()).and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(out, "{one}: {word}, and there is no such policy");
    }
    print(&out)
}
