//! What would have been refused.

use std::collections::BTreeMap;

use ironhull_server::{Exchange, Reply};
use ironhull_store::Store;

use super::model::{Shadow, ShadowDecision, ShadowPolicy, TheirRefusal};
use super::{Api, Query, json, since};
use crate::serve::clock::milliseconds;
use crate::serve::compare::{Compared, Fate};
use crate::serve::decision::SHADOWED;
use crate::serve::recorded::Recorded;
use crate::serve::web::problem;

/// How many decisions are named of each policy.
const NAMED: usize = 5;

/// How many are read at once.
const PAGE: usize = 500;

impl Api {
    pub(super) async fn shadow(&self, exchange: &Exchange) -> Result<Reply, Reply> {
        let query = Query::read(&exchange.query, &["since"])?;
        let begin = since(query.get("since").unwrap_or("7d"), milliseconds());
        let begin = begin.map_err(|why| problem(400, &why))?;
        let Some(recorder) = &self.engine.recorder else {
            return Err(problem(404, "no decisions are kept here: `serve` was started with --record-size 0"));
        };
        let store = recorder.store().clone();
        let compared = self.engine.compared.clone();
        let found = self.work(exchange, move || shadow(&store, begin, &compared)).await?;
        found.map(|shadow| json(&shadow)).map_err(|why| problem(500, &why))
    }
}

/// What policies that are only listened to would have refused, and was let through.
pub(crate) fn shadow(store: &Store, begin: i64, compared: &Compared) -> Result<Shadow, String> {
    let mut policies: BTreeMap<String, ShadowPolicy> = BTreeMap::new();
    let mut place = None;
    loop {
        let page =
            store.newest(Some(SHADOWED), begin, place, PAGE, |_| true).map_err(|error| error.to_string())?;
        for entry in &page.entries {
            count(&Recorded::read(&entry.body)?, compared, &mut policies);
        }
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    let mut policies: Vec<ShadowPolicy> = policies.into_values().collect();
    policies.sort_by(|a, b| b.would_refuse.cmp(&a.would_refuse).then_with(|| a.policy.cmp(&b.policy)));
    let theirs = compared.theirs().into_iter().map(|one| TheirRefusal {
        id: one.id,
        about: one.about,
        at: one.at,
        evidence: one.evidence,
    });
    Ok(Shadow { since: begin, policies, agreed: compared.agreed(), refused_by_another: theirs.collect() })
}

fn count(decision: &Recorded, compared: &Compared, policies: &mut BTreeMap<String, ShadowPolicy>) {
    let fate = compared.fate(&decision.id);
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
        own.let_through += u64::from(fate == Some(Fate::Stored));
        own.refused_too += u64::from(fate == Some(Fate::Refused));
        if own.last.len() < NAMED {
            let fate = match fate {
                Some(Fate::Stored) => "let through",
                Some(Fate::Refused) => "refused",
                Some(Fate::Unknown) | None => "unknown",
            };
            let (id, about, at) = (decision.id.clone(), decision.title(), decision.at);
            own.last.push(ShadowDecision { id, fate: fate.to_owned(), about, at });
        }
    }
}
