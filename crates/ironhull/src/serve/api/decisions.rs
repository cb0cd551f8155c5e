//! Decisions of the record.

use std::sync::Arc;

use ironhull_policy::exception::{Exception, GROUP, VERSION};
use ironhull_server::{Exchange, Reply};
use ironhull_store::{Cursor, Entry, Store};
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::Value as Json;
use tokio::runtime::Handle;

use super::access::{Caller, Wish};
use super::explain::explanations;
use super::model::{DecisionAnswer, DecisionList, EvaluateRequest, Evaluated};
use super::{Api, Query, json, since};
use crate::serve::again::Again;
use crate::serve::clock::milliseconds;
use crate::serve::decision::object_key;
use crate::serve::recorded::Recorded;
use crate::serve::web::problem;

/// How many decisions one answer may have.
const MOST: usize = 500;

/// How many it has without a wish.
const USUAL: usize = 50;

/// What decisions are asked for by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) namespace: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) outcome: Option<String>,
    /// Milliseconds since 1970.
    pub(crate) since: i64,
}

impl Filter {
    /// The key that leaves the fewest.
    fn key(&self) -> Option<String> {
        let of = |kind: &str, value: &Option<String>| value.as_ref().map(|value| format!("{kind}:{value}"));
        if let (Some(kind), Some(namespace), Some(name)) = (&self.kind, &self.namespace, &self.name) {
            return Some(object_key(kind, namespace, name));
        }
        of("policy", &self.policy)
            .or_else(|| of("namespace", &self.namespace))
            .or_else(|| of("outcome", &self.outcome))
    }

    fn takes(&self, one: &Recorded) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.namespace, &one.namespace)
            && is(&self.kind, &one.kind)
            && is(&self.name, &one.name)
            && is(&self.outcome, &one.outcome)
            && self.policy.as_ref().is_none_or(|policy| one.said.iter().any(|said| said.policy == *policy))
    }

    /// A page of decisions, the newest first.
    pub(crate) fn page(
        &self,
        store: &Store,
        limit: usize,
        before: Option<Cursor>,
    ) -> Result<(Vec<Recorded>, Option<Cursor>), String> {
        let (mut found, mut broken) = (Vec::new(), None);
        let wanted = |entry: &Entry| match Recorded::read(&entry.body) {
            Ok(one) => {
                let is_wanted = self.takes(&one);
                found.extend(is_wanted.then_some(one));
                is_wanted
            }
            Err(why) => {
                broken.get_or_insert(why);
                false
            }
        };
        let page = store.newest(self.key().as_deref(), self.since, before, limit, wanted);
        let next = page.map_err(|error| error.to_string())?.next;
        broken.map_or(Ok((found, next)), Err)
    }
}

impl Api {
    fn store(&self) -> Result<Store, Reply> {
        let recorder = self.engine.recorder.as_ref();
        recorder.map(|recorder| recorder.store().clone()).ok_or_else(|| {
            problem(404, "no decisions are kept here: `serve` was started with --record-size 0")
        })
    }

    /// A decision that somebody may see.
    async fn one(
        &self,
        caller: &Caller,
        exchange: &Exchange,
        path: &str,
        id: &str,
    ) -> Result<Recorded, Reply> {
        let store = self.store()?;
        let name = id.to_owned();
        let read = self.work(exchange, move || store.get(&name)).await?;
        let entry = read.map_err(|error| problem(500, &error.to_string()))?;
        let found = entry.map(|entry| Recorded::read(&entry.body)).transpose();
        let found = found.map_err(|why| problem(500, &why))?;
        let namespace =
            found.as_ref().map(|one| one.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        // Who may not see it is not told whether it is there.
        let mut wishes = vec![Wish::Path(path)];
        wishes.extend(namespace.map(Wish::Namespace));
        self.guard.may(caller, &wishes).await.map_err(|reply| {
            if reply.status == 403 {
                problem(403, &format!("the decision {id} is not there, or you may not see it"))
            } else {
                reply
            }
        })?;
        found.ok_or_else(|| {
            problem(404, &format!("there is no decision {id}; it may be older than the record goes back"))
        })
    }

    pub(super) async fn decision(
        self: &Arc<Self>,
        caller: &Caller,
        exchange: &Exchange,
        id: &str,
    ) -> Result<Reply, Reply> {
        let query = Query::read(&exchange.query, &["explain"])?;
        let decision = self.one(caller, exchange, &exchange.path, id).await?;
        if !query.is_set("explain") {
            return Ok(json(&DecisionAnswer { decision, explanations: Vec::new() }));
        }
        let engine = Arc::clone(&self.engine);
        let answer = self.work(exchange, move || {
            let explanations = explanations(&engine, &decision);
            DecisionAnswer { decision, explanations }
        });
        Ok(json(&answer.await?))
    }

    pub(super) async fn decisions(&self, caller: &Caller, exchange: &Exchange) -> Result<Reply, Reply> {
        const KNOWN: [&str; 9] =
            ["namespace", "kind", "name", "policy", "outcome", "since", "limit", "continue", "full"];
        let query = Query::read(&exchange.query, &KNOWN)?;
        let text = |name: &str| query.get(name).map(str::to_owned);
        let mut wishes = vec![Wish::Path(&exchange.path)];
        wishes.extend(query.get("namespace").map(Wish::Namespace));
        self.guard.may(caller, &wishes).await?;
        let bad = |why: String| problem(400, &why);
        let filter = Filter {
            namespace: text("namespace"),
            kind: text("kind"),
            name: text("name"),
            policy: text("policy"),
            outcome: text("outcome"),
            since: query.get("since").map_or(Ok(0), |text| since(text, milliseconds())).map_err(bad)?,
        };
        let limit = match query.get("limit").map(str::parse::<usize>) {
            None => USUAL,
            Some(Ok(limit)) if limit > 0 => limit.min(MOST),
            Some(_) => return Err(problem(400, "limit is no number from 1 on")),
        };
        let before = query.get("continue").map(str::parse::<Cursor>).transpose();
        let before = before.map_err(|error| bad(format!("continue: {error}")))?;
        let (store, is_full) = (self.store()?, query.is_set("full"));
        let page = self.work(exchange, move || filter.page(&store, limit, before)).await?;
        let (items, next) = page.map_err(|why| problem(500, &why))?;
        let items = if is_full { items } else { items.into_iter().map(Recorded::short).collect() };
        Ok(json(&DecisionList { items, next: next.map(|next| next.to_string()) }))
    }

    pub(super) async fn evaluate(
        self: &Arc<Self>,
        caller: &Caller,
        exchange: &Exchange,
        id: &str,
    ) -> Result<Reply, Reply> {
        let path = exchange.path.trim_end_matches("/evaluate");
        let decision = self.one(caller, exchange, path, id).await?;
        let asked: EvaluateRequest = serde_json::from_slice(&exchange.body)
            .map_err(|error| problem(400, &format!("the body is not {{\"exception\": …}}: {error}")))?;
        let mut loaded = self.engine.loaded.load_full();
        if let Some(exception) = &asked.exception {
            let exception = exception_of(exception).map_err(|why| problem(400, &why))?;
            loaded = Arc::new(loaded.excepting(exception));
        }
        let (engine, handle) = (Arc::clone(&self.engine), Handle::current());
        let again = self.work(exchange, move || engine.again(&decision, &loaded, Some(&handle))).await?;
        let again = again.map_err(|why| problem(422, &why))?;
        Ok(json(&evaluated(&again)))
    }
}

/// An exception that is nowhere yet.
pub(crate) fn exception_of(value: &Json) -> Result<Exception, String> {
    let value: ironhull_value::Value =
        serde_json::from_value(value.clone()).map_err(|error| format!("the exception: {error}"))?;
    let text = |keys: &[&str]| value.dig_str(keys).unwrap_or_default();
    let key = ObjectRef {
        group: GROUP.into(),
        kind: text(&["kind"]).into(),
        namespace: text(&["metadata", "namespace"]).into(),
        name: text(&["metadata", "name"]).into(),
        copy: 0,
    };
    let object = Object { key, version: VERSION.into(), value, origin: Origin::Request };
    let read = Exception::read(&Arc::new(object));
    read.unwrap_or_else(|| Err("it is no Exception of ironhull.dev/v1alpha1".to_owned()))
}

/// What came of deciding again.
pub(crate) fn evaluated(again: &Again) -> Evaluated {
    let refusing = again.said.iter().filter(|said| said.refuses && said.mode.name() == "enforce");
    let mut refused_by: Vec<String> = refusing
        .map(|said| {
            if said.rule.is_empty() { said.policy.clone() } else { format!("{}/{}", said.policy, said.rule) }
        })
        .collect();
    if again.is_error && refused_by.is_empty() {
        refused_by.push("an error".to_owned());
    }
    Evaluated {
        allowed: again.refusal.is_none() && !again.is_error,
        refused_by,
        message: again.refusal.clone().unwrap_or_default(),
        exceptions: again.exceptions.clone(),
    }
}
