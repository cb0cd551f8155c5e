//! Traces: a span a review, and one for each policy that did something.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use ironhull_policy::kyverno::engine::Status;
use ironhull_sinks::{Attribute, Counts, Exporter, Ids, Kind, Span, TraceParent};

use super::decision::{Decision, Outcome};
use super::observed::{Heard, HeardRule};

/// Policies that a span has children for; the rest is only counted.
const CHILDREN: usize = 64;

/// How long the end waits for what is not sent yet.
const LAST: Duration = Duration::from_secs(2);

/// Where spans go, and which.
pub(crate) struct Traces {
    exporter: Exporter,
    ids: Ids,
    /// A trace that begins here is kept if its number is not above this; none where nothing is kept.
    threshold: Option<u64>,
}

/// The span of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    trace: [u8; 16],
    id: [u8; 8],
    parent: Option<[u8; 8]>,
}

impl Traces {
    /// Keeps this share of the traces that begin here, from 0 to 1. Of others it is kept what whoever asks keeps.
    pub(crate) fn new(exporter: Exporter, ids: Ids, share: f64) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of all numbers; a cast that is too large is the largest number"
        )]
        let threshold = (share > 0.0).then_some((share * u64::MAX as f64) as u64);
        Self { exporter, ids, threshold }
    }

    /// What became of spans.
    pub(crate) fn counts(&self) -> Counts {
        self.exporter.counts()
    }

    /// Begins a span, if it is kept.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Option<Started> {
        let header = headers.get("traceparent").and_then(|value| value.to_str().ok());
        if let Some(parent) = header.and_then(TraceParent::parse) {
            let own = || Started { trace: parent.trace, id: self.ids.span(), parent: Some(parent.span) };
            return parent.is_sampled.then(own);
        }
        let threshold = self.threshold?;
        let trace = self.ids.trace();
        // The low half decides, as the samplers of OpenTelemetry have it: others come to the same answer.
        let low: [u8; 8] = *trace.last_chunk()?;
        (u64::from_be_bytes(low) <= threshold).then(|| Started { trace, id: self.ids.span(), parent: None })
    }

    /// Sends what still waits.
    pub(crate) async fn end(&self) {
        let _ = tokio::time::timeout(LAST, self.exporter.flush()).await;
    }

    /// Tells of a review that was answered. Nothing of the object but its place is told.
    pub(crate) fn tell(
        &self,
        started: Started,
        begun: Instant,
        decision: &Decision,
        is_allowed: bool,
        heard: &[Heard],
    ) {
        let clock = Clock::now();
        let request = &decision.request;
        let resource = &request.resource;
        let mut attributes: Vec<(&'static str, Attribute)> = vec![
            ("admission.route", decision.route.into()),
            ("admission.operation", request.operation.as_str().into()),
            ("admission.group", resource.group.as_str().into()),
            ("admission.kind", decision.kind.as_str().into()),
            ("admission.name", request.shown_name().into()),
            ("admission.dry_run", Attribute::Flag(request.dry_run)),
            ("admission.allowed", Attribute::Flag(is_allowed)),
            ("admission.outcome", decision.outcome.name().into()),
            ("admission.decision", decision.id.as_str().into()),
            ("admission.policies", Attribute::Number(i64::try_from(heard.len()).unwrap_or(i64::MAX))),
        ];
        if !request.namespace.is_empty() {
            attributes.push(("k8s.namespace.name", request.namespace.as_str().into()));
        }
        let whole = Span {
            trace: started.trace,
            id: started.id,
            parent: started.parent,
            name: format!("admission {}", decision.route),
            kind: Kind::Server,
            begin: clock.at(begun),
            end: clock.wall,
            attributes,
            // A refusal is what a policy is for; only what could not be decided is an error.
            error: (decision.outcome == Outcome::Error).then(|| "it could not be decided".to_owned()),
        };
        let mut spans = vec![whole];
        let busy = heard.iter().filter(|one| one.rules.iter().any(did_something)).take(CHILDREN);
        spans.extend(busy.map(|one| self.child(started, &clock, one)));
        self.exporter.offer(spans);
    }

    fn child(&self, started: Started, clock: &Clock, heard: &Heard) -> Span {
        let policy = &heard.policy.policy;
        let mut attributes: Vec<(&'static str, Attribute)> =
            vec![("policy.name", policy.name().into()), ("policy.engine", "kyverno".into())];
        if !policy.namespace().is_empty() {
            attributes.push(("policy.namespace", policy.namespace().into()));
        }
        let rules: Vec<String> = heard
            .rules
            .iter()
            .filter(|rule| did_something(rule))
            .map(|rule| format!("{}: {}", rule.name, rule.status.name()))
            .collect();
        attributes.push(("policy.rules", Attribute::Text(rules.join(", "))));
        let is_error = heard.rules.iter().any(|rule| rule.status == Status::Error);
        Span {
            trace: started.trace,
            id: self.ids.span(),
            parent: Some(started.id),
            name: "policy".to_owned(),
            kind: Kind::Internal,
            begin: clock.at(heard.begin),
            end: clock.at(heard.begin + heard.took),
            attributes,
            error: is_error.then(|| "a rule could not be evaluated".to_owned()),
        }
    }
}

/// Whether anything came of a rule: a failure, an error, a change, an exception that was used.
fn did_something(rule: &HeardRule) -> bool {
    use ironhull_policy::kyverno::engine::RuleType;
    match rule.status {
        Status::Fail | Status::Warn | Status::Error => true,
        Status::Pass => rule.rule_type == RuleType::Mutation,
        Status::Skip => rule.is_excepted,
    }
}

/// From moments to times of the day.
struct Clock {
    moment: Instant,
    /// Nanoseconds since 1970.
    wall: u64,
}

impl Clock {
    fn now() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { moment: Instant::now(), wall: nanoseconds(wall) }
    }

    fn at(&self, moment: Instant) -> u64 {
        self.wall.saturating_sub(nanoseconds(self.moment.saturating_duration_since(moment)))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
