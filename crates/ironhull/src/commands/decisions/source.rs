//! Where decisions come from: a server, or a record that no server has open.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueHint};
use ironhull_store::{Limits, Store, StoreError};
use serde_json::{Value as Json, json};

use super::objects;
use super::reach::{Server, ServerArgs};
use crate::config::Config;
use crate::serve::api::decisions::{Filter, evaluated, exception_of};
use crate::serve::api::encoded;
use crate::serve::api::explain::{NOT_LOADED, explanations};
use crate::serve::api::model::{DecisionAnswer, DecisionList, Evaluated};
use crate::serve::engine::Engine;
use crate::serve::loaded::Known;
use crate::serve::local;
use crate::serve::recorded::Recorded;

/// Where decisions are.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SourceArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// The file of a record that no `serve` has open.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "server")]
    record: Option<PathBuf>,
}

/// Where decisions come from.
pub(super) enum Source {
    /// A server, which has the policies as well.
    Server(Server),
    /// A record, and the policies of files.
    Record(Store, Box<Engine>),
}

impl SourceArgs {
    /// Opens it. `policies` are for a record alone: a server has its own.
    pub(super) async fn open(
        &self,
        policies: &[PathBuf],
        config: &Config,
        quiet: bool,
    ) -> anyhow::Result<Source> {
        let Some(file) = &self.record else {
            if self.server.url().is_none() {
                bail!(
                    "where are the decisions? Name the server with --server https://host:port (or in \
                     IRONHULL_SERVER), or the file of a record with --record FILE"
                );
            }
            return Ok(Source::Server(self.server.open().await?));
        };
        let store = record(file)?;
        let engine = local::engine(objects(policies, config, quiet)?, None, config.carriers()?);
        Ok(Source::Record(store, Box::new(engine)))
    }
}

/// A record that is there.
fn record(file: &PathBuf) -> anyhow::Result<Store> {
    // Opening would make it.
    std::fs::metadata(file).with_context(|| format!("--record {}", file.display()))?;
    // Nothing is written, so that nothing is evicted.
    let limits = Limits { bytes: u64::MAX, entries: u64::MAX, age: Duration::from_secs(u64::MAX >> 12) };
    Store::open(file, limits).map_err(|error| match error {
        StoreError::Locked { place } => anyhow::anyhow!(
            "{place}: a running `ironhull serve` has this record open; ask it instead: --server https://host:port"
        ),
        other => other.into(),
    })
}

impl Source {
    /// A decision, and why.
    pub(super) async fn decision(&self, id: &str) -> anyhow::Result<DecisionAnswer> {
        anyhow::ensure!(
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{id:?} is no id of a decision; it is the last word of the refusal, twelve letters and digits"
        );
        match self {
            Self::Server(server) => server.ask(&format!("/api/v1/decisions/{id}?explain=1"), None).await,
            Self::Record(store, engine) => {
                let entry = store.get(id)?;
                let entry = entry.with_context(|| {
                    format!("there is no decision {id}; it may be older than the record goes back")
                })?;
                let decision = Recorded::read(&entry.body).map_err(anyhow::Error::msg)?;
                let mut explanations = explanations(engine, &decision);
                for note in explanations.iter_mut().flat_map(|one| &mut one.notes) {
                    if note == NOT_LOADED {
                        "the policy is not at hand; give it with --policy for the steps".clone_into(note);
                    }
                }
                Ok(DecisionAnswer { decision, explanations })
            }
        }
    }

    /// A page of decisions, the newest first.
    pub(super) async fn page(
        &self,
        filter: &Filter,
        limit: usize,
        place: Option<&str>,
        full: bool,
    ) -> anyhow::Result<DecisionList> {
        match self {
            Self::Server(server) => server.ask(&query(filter, limit, place, full), None).await,
            Self::Record(store, _) => {
                let before = place.map(str::parse).transpose()?;
                let (items, next) = filter.page(store, limit, before).map_err(anyhow::Error::msg)?;
                Ok(DecisionList { items, next: next.map(|next| next.to_string()) })
            }
        }
    }

    /// What would be decided now, with an exception if there is one. `None` where the policies that refused are not
    /// at hand.
    pub(super) async fn evaluate(
        &self,
        decision: &Recorded,
        exception: Option<&Json>,
    ) -> anyhow::Result<Option<Evaluated>> {
        match self {
            Self::Server(server) => {
                let body = serde_json::to_vec(&json!({ "exception": exception }))?;
                let path = format!("/api/v1/decisions/{}/evaluate", decision.id);
                server.ask(&path, Some(body)).await.map(Some)
            }
            Self::Record(_, engine) => {
                let loaded = engine.loaded.load_full();
                let is_known = |policy: &str| loaded.policy(policy).is_some_and(Known::is_ready);
                let of_policies = decision.refusing().filter(|said| said.engine == "kyverno");
                if of_policies.map(|said| said.policy.as_str()).any(|policy| !is_known(policy)) {
                    return Ok(None);
                }
                let loaded = match exception {
                    None => loaded,
                    Some(exception) => {
                        let exception = exception_of(exception).map_err(anyhow::Error::msg)?;
                        Arc::new(loaded.excepting(exception))
                    }
                };
                let again = engine.again(decision, &loaded, None).map_err(anyhow::Error::msg)?;
                Ok(Some(evaluated(&again)))
            }
        }
    }
}

fn query(filter: &Filter, limit: usize, place: Option<&str>, full: bool) -> String {
    let mut path = format!("/api/v1/decisions?limit={limit}");
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = write!(path, "&{name}={}", encoded(value));
        }
    };
    let since = (filter.since > 0).then(|| crate::serve::clock::timestamp(filter.since / 1000));
    add("namespace", filter.namespace.as_deref());
    add("kind", filter.kind.as_deref());
    add("name", filter.name.as_deref());
    add("policy", filter.policy.as_deref());
    add("outcome", filter.outcome.as_deref());
    add("since", since.as_deref());
    add("continue", place);
    add("full", full.then_some("1"));
    path
}
