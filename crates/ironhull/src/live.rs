//! From a live cluster to a world.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use ironhull_kube::{ClusterOptions, list};
use ironhull_report::{InputCounts, NotEvaluated};
use ironhull_value::CompactString;
use ironhull_world::{Delta, GroupKind, World, kinds};

use crate::cli::{Cluster, Inputs};
use crate::config::Config;
use crate::inputs::Read;
use crate::output::notice;

/// Lists everything that carries pods, and the kinds that are asked for; nothing else.
pub(crate) fn read(
    cluster: &Cluster,
    inputs: &Inputs,
    config: &Config,
    needed: &[GroupKind<'_>],
    quiet: bool,
) -> anyhow::Result<Read> {
    let carriers = config.carriers()?;
    let mut wanted: BTreeSet<(CompactString, CompactString)> = BTreeSet::new();
    let mut add = |group: &str, kind: &str| wanted.insert((group.into(), kind.into()));
    for kind in carriers.kinds() {
        add(kind.group, kind.kind);
    }
    for kind in [kinds::NAMESPACE, kinds::CUSTOM_RESOURCE_DEFINITION] {
        add(kind.group, kind.kind);
    }
    for kind in needed {
        add(kind.group, kind.kind);
    }
    let options = ClusterOptions {
        kubeconfig: cluster.kubeconfig.clone(),
        context: cluster.context.clone(),
        namespace: inputs.namespace.clone(),
        selector: inputs.selector.clone(),
        kinds: wanted.into_iter().collect(),
        secret_key: random_key()?,
        page: 500,
        timeout: Duration::from_mins(1),
    };
    let listed = list(&options, &|_, _| {})?;
    notice(
        quiet,
        &format!(
            "context {}, Kubernetes {}: {} objects",
            listed.context,
            listed.version,
            listed.objects.len()
        ),
    );
    let not_evaluated = listed
        .failed
        .iter()
        .map(|(group, kind, reason)| NotEvaluated {
            path: if group.is_empty() { kind.to_string() } else { format!("{kind}.{group}") },
            reason: format!("could not be listed: {reason}"),
        })
        .collect();
    let counts = InputCounts { objects: listed.objects.len(), not_evaluated, ..InputCounts::default() };
    let completeness = listed.completeness();
    let world = World::new(completeness, carriers)
        .apply(listed.objects.into_iter().map(|object| Delta::Upsert(object.into())));
    Ok(Read { world, documents: Vec::new(), findings: Vec::new(), counts })
}

/// The values of Secrets are hashed with a key that nobody keeps.
pub(crate) fn random_key() -> anyhow::Result<[u8; 32]> {
    use std::io::Read;
    let mut key = [0; 32];
    let mut source =
        std::fs::File::open("/dev/urandom").context("opening the system's source of randomness")?;
    source.read_exact(&mut key).context("reading the system's source of randomness")?;
    Ok(key)
}
