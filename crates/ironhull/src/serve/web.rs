//! What is behind which path.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use ironhull_server::{Exchange, Handler, Reply};
use serde_json::json;
use tokio::sync::watch;

use super::api::{Api, ROOT};
use super::engine::Engine;
use super::route::Route;
use super::source::Source;

/// The server for reviews: TLS only.
pub(crate) struct Webhooks {
    pub(crate) engine: Arc<Engine>,
    pub(crate) ready: watch::Receiver<bool>,
    pub(crate) api: Arc<Api>,
    /// Whether reviews are taken from known clients only.
    pub(crate) asks_who: bool,
    /// Whether we are about to end.
    pub(crate) leaving: watch::Receiver<bool>,
}

/// The server for probes and metrics, without TLS.
pub(crate) struct Probes {
    pub(crate) engine: Arc<Engine>,
    pub(crate) ready: watch::Receiver<bool>,
    /// Whether we are about to end.
    pub(crate) leaving: watch::Receiver<bool>,
}

impl Handler for Webhooks {
    async fn handle(&self, exchange: Exchange) -> Reply {
        if exchange.path.starts_with(ROOT) {
            return self.api.answer(&exchange).await;
        }
        let Some(route) = Route::parse(&exchange.path) else {
            return health(&self.ready, &exchange).unwrap_or_else(|| Reply::text(404, "not found\n"));
        };
        if exchange.method != Method::POST {
            return Reply::text(405, "reviews are sent with POST\n");
        }
        if self.asks_who && !exchange.is_known {
            let why = "reviews are taken from whoever shows a certificate of --client-ca";
            self.refused(&exchange.path, 401);
            return Reply::text(401, format!("{why}\n"));
        }
        if !*self.ready.borrow() {
            // Half of the policies would decide otherwise than all of them.
            return Reply {
                retry_after: Some(1),
                ..Reply::text(503, "policies and objects are not loaded yet\n")
            };
        }
        let trace = self.engine.observed.begin(&exchange.headers);
        match self.engine.answer(route, &exchange.body, exchange.deadline, trace).await {
            Ok(answer) => Reply::json(200, answer),
            Err(why) => Reply::text(400, format!("{why}\n")),
        }
    }

    fn is_leaving(&self) -> bool {
        *self.leaving.borrow()
    }

    fn refused(&self, path: &str, status: u16) {
        let route = Route::parse(path).map_or("other", |route| route.name());
        self.engine
            .metrics
            .add("ironhull_http_refused_total", &[("code", &status.to_string()), ("route", route)]);
    }
}

impl Handler for Probes {
    async fn handle(&self, exchange: Exchange) -> Reply {
        if *self.leaving.borrow() && exchange.path.contains("ready") {
            return Reply::text(503, "ending\n");
        }
        if let Some(reply) = health(&self.ready, &exchange) {
            return reply;
        }
        match exchange.path.as_str() {
            "/metrics" => Reply {
                content_type: "text/plain; version=0.0.4; charset=utf-8",
                ..Reply::text(200, metrics(&self.engine, *self.ready.borrow()))
            },
            _ => Reply::text(404, "not found; there are /healthz, /readyz and /metrics\n"),
        }
    }
}

/// Probes. Those of Kyverno have the same answers.
fn health(ready: &watch::Receiver<bool>, exchange: &Exchange) -> Option<Reply> {
    match exchange.path.as_str() {
        "/healthz" | "/livez" | "/health/liveness" => Some(Reply::text(200, "ok\n")),
        "/readyz" | "/health/readiness" => Some(if *ready.borrow() {
            Reply::text(200, "ok\n")
        } else {
            Reply::text(503, "policies and objects are not loaded yet\n")
        }),
        _ => None,
    }
}

fn metrics(engine: &Engine, ready: bool) -> String {
    let loaded = engine.loaded.load();
    let count = |is_ready: bool| loaded.policies.iter().filter(|known| known.is_ready() == is_ready).count();
    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
    let number = |count: usize| count as f64;
    let policies = |state: &str| vec![("state", state.to_owned())];
    let mut gauges = vec![
        (
            "ironhull_policies",
            "Policies, by whether they are enforced.",
            policies("ready"),
            number(count(true)),
        ),
        (
            "ironhull_policies",
            "Policies, by whether they are enforced.",
            policies("not_ready"),
            number(count(false)),
        ),
    ];
    for known in loaded.policies.iter().filter(|known| !known.is_ready()) {
        let labels = vec![
            ("namespace", known.object.key.namespace.to_string()),
            ("policy", known.object.key.name.to_string()),
        ];
        gauges.push(("ironhull_policy_not_ready", "A policy that is not enforced.", labels, 1.0));
    }
    gauges.push((
        "ironhull_exceptions_void",
        "Exceptions that let nothing through.",
        Vec::new(),
        number(loaded.void.len()),
    ));
    gauges.push((
        "ironhull_ready",
        "Whether reviews are answered.",
        Vec::new(),
        if ready { 1.0 } else { 0.0 },
    ));
    gauges.push((
        "ironhull_world_objects",
        "Objects in memory.",
        Vec::new(),
        number(engine.source.world().len()),
    ));
    if let Source::Live { live, .. } = &engine.source {
        let oldest =
            live.coverage().iter().filter_map(|kind| kind.state.age()).max().unwrap_or(Duration::ZERO);
        gauges.push((
            "ironhull_world_age_seconds",
            "How old the oldest watched objects may be.",
            Vec::new(),
            oldest.as_secs_f64(),
        ));
    }
    if let Some(recorder) = &engine.recorder {
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        let dropped = (recorder.dropped() + recorder.store().health().dropped) as f64;
        gauges.push(("ironhull_decisions_dropped", "Decisions that were not recorded.", Vec::new(), dropped));
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        let thinned = recorder.thinned() as f64;
        let help = "Decisions of routine that were left out because there were too many in a second.";
        gauges.push(("ironhull_decisions_thinned", help, Vec::new(), thinned));
    }
    if let Some(traces) = &engine.observed.traces {
        let counts = traces.counts();
        for (state, count) in [("sent", counts.sent), ("dropped", counts.dropped), ("failed", counts.failed)]
        {
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            let count = count as f64;
            let help = "Spans of traces, by what became of them.";
            gauges.push(("ironhull_trace_spans", help, vec![("state", state.to_owned())], count));
        }
    }
    let mut text = engine.metrics.text(&gauges);
    if let Some(kyverno) = &engine.observed.kyverno {
        text.push_str(&kyverno.text(&loaded));
    }
    text
}

/// What is answered where something is wrong with a question.
pub(crate) fn problem(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({ "error": message }).to_string())
}
