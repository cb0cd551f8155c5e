//! How we are doing.

use std::time::Duration;

use ironhull_server::Reply;
use ironhull_store::Store;
use ironhull_world::Origin;

use super::model::{Coverage, ExceptionStatus, PeerStatus, PolicyStatus, RecordStatus, Status};
use super::{Api, away, json};
use crate::serve::clock::timestamp;
use crate::serve::guest;
use crate::serve::loaded::{Loaded, revision};
use crate::serve::source::Source;

/// How long other engines are looked for.
const PATIENCE: Duration = Duration::from_secs(5);

impl Api {
    pub(super) async fn status(&self) -> Reply {
        let loaded = self.engine.loaded.load_full();
        let ((peers, peers_unknown), (holds, holds_unknown)) =
            tokio::join!(self.peers(), away::holding(&self.engine.source));
        let ends = self.certificates.current().map(|shown| timestamp(shown.not_after));
        let record = self.record().await;
        let ready = *self.ready.borrow();
        json(&Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ready,
            usual_mode: loaded.modes.usual.name().to_owned(),
            policies: policies(&loaded),
            exceptions: exceptions(&loaded),
            coverage: coverage(&self.engine.source),
            peers,
            peers_unknown,
            record,
            certificate_ends: ends,
            holds_while_away: holds,
            holds_while_away_unknown: holds_unknown,
        })
    }

    async fn peers(&self) -> (Vec<PeerStatus>, Option<String>) {
        let Some(cluster) = self.engine.source.cluster() else { return (Vec::new(), None) };
        match tokio::time::timeout(PATIENCE, guest::peers(cluster)).await {
            Ok(Ok(peers)) => {
                let peers = peers.into_iter();
                let peers =
                    peers.map(|peer| PeerStatus { engine: peer.engine.to_owned(), evidence: peer.evidence });
                (peers.collect(), None)
            }
            Ok(Err(why)) => (Vec::new(), Some(why)),
            Err(_) => (Vec::new(), Some("the API server did not answer in time".to_owned())),
        }
    }

    async fn record(&self) -> Option<RecordStatus> {
        let recorder = self.engine.recorder.as_ref()?;
        let (store, dropped) = (recorder.store().clone(), recorder.dropped());
        let read = tokio::task::spawn_blocking(move || record(&store, dropped)).await;
        Some(read.unwrap_or_default())
    }
}

fn record(store: &Store, dropped: u64) -> RecordStatus {
    let health = store.health();
    let mut status = RecordStatus {
        dropped: dropped + health.dropped,
        failing: health.failing,
        last_error: health.last_error.map(|error| error.to_string()),
        ..RecordStatus::default()
    };
    match store.stats() {
        Ok(stats) => {
            (status.entries, status.bytes) = (stats.entries, stats.bytes);
            status.oldest = stats.oldest.map(|at| timestamp(at / 1000));
            status.newest = stats.newest.map(|at| timestamp(at / 1000));
        }
        Err(error) => {
            status.failing = true;
            status.last_error = Some(error.to_string());
        }
    }
    status
}

fn policies(loaded: &Loaded) -> Vec<PolicyStatus> {
    let of = |known: &crate::serve::loaded::Known| {
        let key = &known.object.key;
        PolicyStatus {
            kind: key.kind.to_string(),
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            revision: revision(&known.object).to_owned(),
            ready: known.is_ready(),
            mode: loaded.modes.of(&key.namespace, &key.name).name().to_owned(),
            reasons: known.reasons(),
        }
    };
    loaded.policies.iter().map(of).collect()
}

fn exceptions(loaded: &Loaded) -> Vec<ExceptionStatus> {
    let own = loaded.own.iter().map(|one| ExceptionStatus {
        kind: "Exception".to_owned(),
        namespace: one.object.key.namespace.to_string(),
        name: one.object.key.name.to_string(),
        holds: true,
        reason: one.reason.clone(),
        owner: one.owner.clone(),
        expires: timestamp(one.expires),
    });
    // Those that stand for ours were made here.
    let foreign = loaded.exceptions.iter().filter(|one| !matches!(one.object.origin, Origin::Request));
    let foreign = foreign.map(|one| ExceptionStatus {
        kind: "PolicyException".to_owned(),
        namespace: one.object.key.namespace.to_string(),
        name: one.object.key.name.to_string(),
        holds: true,
        ..ExceptionStatus::default()
    });
    let void = loaded.void.iter().map(|(key, why)| ExceptionStatus {
        kind: key.kind.to_string(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        holds: false,
        reason: why.clone(),
        ..ExceptionStatus::default()
    });
    own.chain(foreign).chain(void).collect()
}

fn coverage(source: &Source) -> Vec<Coverage> {
    let Source::Live { live, .. } = source else { return Vec::new() };
    let of = |one: &ironhull_kube::KindState| Coverage {
        group: one.wanted.group.to_string(),
        kind: one.wanted.kind.to_string(),
        namespace: one.wanted.namespace.as_ref().map(ToString::to_string).unwrap_or_default(),
        complete: one.state.is_complete(),
        state: one.state.to_string(),
    };
    live.coverage().iter().map(of).collect()
}
