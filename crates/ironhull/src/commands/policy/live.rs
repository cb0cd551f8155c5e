//! Resources of a live cluster: those that the policies are about.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::matching::KindSelector;
use ironhull_report::NotEvaluated;
use ironhull_value::{CompactString, Value, wildcard_match};
use ironhull_world::{Catalog, GroupKind};

use crate::cli::{Cluster, Inputs};
use crate::config::Config;
use crate::inputs::{self, Read};

/// Where the resources come from, if not from files.
#[derive(Args, Debug, Default)]
pub(super) struct Live {
    /// Judge the resources of the cluster that kubectl talks to.
    #[arg(long = "cluster", conflicts_with = "resources")]
    is_meant: bool,
    /// The context of the kubeconfig; implies --cluster.
    #[arg(long, value_name = "NAME", conflicts_with = "resources")]
    context: Option<String>,
    /// The kubeconfig; implies --cluster.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "resources")]
    kubeconfig: Option<PathBuf>,
    /// The namespace to list.
    #[arg(short, long, value_name = "NAMESPACE", conflicts_with = "resources")]
    namespace: Option<String>,
    /// All namespaces, which is the default of --cluster.
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "resources"])]
    all_namespaces: bool,
}

impl Live {
    pub(super) fn is_wanted(&self) -> bool {
        self.is_meant || self.context.is_some() || self.kubeconfig.is_some()
    }

    /// Lists what the policies are about. What cannot be listed, and what must not be read, is named in the counts.
    pub(super) fn read(
        &self,
        policies: &[Arc<Compiled>],
        config: &Config,
        quiet: bool,
    ) -> anyhow::Result<Read> {
        let catalog = Catalog::new();
        let Asked { kinds, mut left_out } = asked(policies, &catalog);
        let needed: Vec<GroupKind<'_>> =
            kinds.iter().map(|(group, kind)| GroupKind::new(group, kind)).collect();
        let cluster = Cluster {
            live: self.is_meant,
            context: self.context.clone(),
            kubeconfig: self.kubeconfig.clone(),
            all_namespaces: self.all_namespaces,
        };
        let wanted = Inputs { namespace: self.namespace.clone(), ..Inputs::default() };
        let mut read = inputs::read_or_list(&cluster, &wanted, config, &needed, quiet)?;
        read.counts.not_evaluated.append(&mut left_out);
        Ok(read)
    }
}

/// What policies ask for.
#[derive(Default)]
struct Asked {
    /// Groups and kinds.
    kinds: BTreeSet<(String, String)>,
    left_out: Vec<NotEvaluated>,
}

/// The kinds that policies are about. A kind of the cluster's own has to be named with its group: without one nobody
/// here knows which it is.
fn asked(policies: &[Arc<Compiled>], catalog: &Catalog) -> Asked {
    let mut asked = Asked::default();
    let mut left_out: BTreeSet<(String, &str)> = BTreeSet::new();
    let filters =
        policies.iter().flat_map(|policy| &policy.rules).flat_map(|one| one.rule.matching.filters());
    let texts: BTreeSet<&str> =
        filters.flat_map(|filter| filter.resources.kinds.iter().map(CompactString::as_str)).collect();
    for text in texts {
        let wanted = KindSelector::parse(text);
        let meets = |kind: &GroupKind<'_>| {
            wildcard_match(&wanted.kind, kind.kind) && wildcard_match(&wanted.group, kind.group)
        };
        let mut is_known = false;
        for kind in catalog.kinds().filter(meets) {
            is_known = true;
            // What a Secret holds is not kept here, and a policy would judge what stands in its place.
            if kind.group.is_empty() && kind.kind == "Secret" {
                left_out
                    .insert(("Secret".to_owned(), "what Secrets hold is not read; judge them in `serve`"));
            } else if !IS_NOISE.contains(&kind.kind) || wanted.kind == kind.kind {
                asked.kinds.insert((kind.group.to_owned(), kind.kind.to_owned()));
            }
        }
        if is_known {
            if wanted.kind.contains(['*', '?']) || wanted.group != "*" && wanted.group.contains(['*', '?']) {
                let why = "only built-in kinds are listed for a pattern; name the others";
                left_out.insert((text.to_owned(), why));
            }
            continue;
        }
        if wanted.group.contains('*') || wanted.group.is_empty() || wanted.kind.contains('*') {
            let why = "no built-in kind is called so; name its group, as in `example.com/v1/Kind`";
            left_out.insert((text.to_owned(), why));
        } else {
            asked.kinds.insert((wanted.group.to_string(), wanted.kind.to_string()));
        }
    }
    // Entries of a `context` are looked up among what was listed.
    if policies.iter().flat_map(|policy| &policy.rules).any(|one| names_config_map(&one.rule.source)) {
        asked.kinds.insert((String::new(), "ConfigMap".to_owned()));
    }
    let named = |(path, reason): (String, &str)| NotEvaluated { path, reason: reason.to_owned() };
    asked.left_out = left_out.into_iter().map(named).collect();
    asked
}

fn names_config_map(source: &Value) -> bool {
    match source {
        Value::Map(map) => {
            map.iter().any(|(key, value)| key.as_str() == "configMap" || names_config_map(value))
        }
        Value::Array(items) => items.iter().any(names_config_map),
        _ => false,
    }
}

/// Kinds that are without number and that `*` does not mean here.
const IS_NOISE: [&str; 4] = ["Event", "Lease", "EndpointSlice", "ControllerRevision"];
