//! What would have been refused.

use std::collections::BTreeMap;

use ironhull_server::Reply;
use ironhull_store::Store;

use super::model::{Shadow, ShadowDecision, ShadowPolicy};
use super::{Api, Query, json, since};
use crate::serve::clock::milliseconds;
use crate::serve::decision::SHADOWED;
use crate::serve::recorded::Recorded;
use crate::serve::web::problem;

/// How many decisions are named of each policy.
const NAMED: usize = 5;

/// How many are read at once.
const PAGE: usize = 500;

impl Api {
    pub(super) async fn shadow(&self, query: &str) -> Result<Reply, Reply> {
        let query = Query::read(query, &["since"])?;
        let begin = since(query.get("since").unwrap_or("7d"), milliseconds());
        let begin = begin.map_err(|why| problem(400, &why))?;
        let Some(recorder) = &self.engine.recorder else {
            return Err(problem(404, "no decisions are kept here: `serve` was started with --record-size 0"));
        };
        let store = recorder.store().clone();
        let found = tokio::task::spawn_blocking(move || shadow(&store, begin)).await;
        let found = found.map_err(|_| problem(500, "the record could not be read"))?;
        found.map(|shadow| json(&shadow)).map_err(|why| problem(500, &why))
    }
}

/// What policies that are only listened to would have refused, and was let through.
pub(crate) fn shadow(store: &Store, begin: i64) -> Result<Shadow, String> {
    let mut policies: BTreeMap<String, ShadowPolicy> = BTreeMap::new();
    let mut place = None;
    loop {
        let page =
            store.newest(Some(SHADOWED), begin, place, PAGE, |_| true).map_err(|error| error.to_string())?;
        for entry in &page.entries {
            count(&Recorded::read(&entry.body)?, &mut policies);
        }
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    let mut policies: Vec<ShadowPolicy> = policies.into_values().collect();
    policies.sort_by(|a, b| b.would_refuse.cmp(&a.would_refuse).then_with(|| a.policy.cmp(&b.policy)));
    Ok(Shadow { since: begin, policies })
}

fn count(decision: &Recorded, policies: &mut BTreeMap<String, ShadowPolicy>) {
    let mut counted: Vec<&str> = Vec::new();
    for said in decision.refusing().filter(|said| said.mode == "shadow") {
        let own = policies
            .entry(said.policy.clone())
            .or_insert_with(|| ShadowPolicy { policy: said.policy.clone(), ..ShadowPolicy::default() });
        *own.rules.entry(said.rule.clone()).or_default() += 1;
        if counted.contains(&said.policy.as_str()) {
            continue;
        }
        counted.push(&said.policy);
        own.would_refuse += 1;
        if own.last.len() < NAMED {
            own.last.push(ShadowDecision {
                id: decision.id.clone(),
                about: decision.title(),
                at: decision.at,
            });
        }
    }
}
