//! Who else wants to know of each review: Kyverno's names of metrics, traces. Nothing is kept and no clock is read
//! where nobody asked for it.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;
use ironhull_policy::kyverno::engine::{Compiled, RuleResponse, RuleType, Status};
use ironhull_value::CompactString;

use super::decision::Decision;
use super::engine::Scene;
use super::kyverno_metrics::KyvernoMetrics;
use super::traces::{Started, Traces};

/// Everybody who wants to know.
#[derive(Default)]
pub(crate) struct Observed {
    pub(crate) kyverno: Option<Box<KyvernoMetrics>>,
    pub(crate) traces: Option<Box<Traces>>,
}

/// What one policy said, and how long it took.
pub(crate) struct Heard {
    pub(crate) policy: Arc<Compiled>,
    pub(crate) rules: Vec<HeardRule>,
    pub(crate) begin: Instant,
    pub(crate) took: Duration,
}

/// What one rule said.
pub(crate) struct HeardRule {
    pub(crate) name: CompactString,
    pub(crate) rule_type: RuleType,
    pub(crate) status: Status,
    /// Whether an exception let it through.
    pub(crate) is_excepted: bool,
}

/// When each policy was begun with. Policies are evaluated as they are taken from an iterator, so that the time from one
/// to the next is the time of the first.
pub(crate) struct Laps(Option<RefCell<Vec<(usize, Instant)>>>);

impl Observed {
    /// Whether anybody wants to know.
    pub(crate) fn is_any(&self) -> bool {
        self.kyverno.is_some() || self.traces.is_some()
    }

    /// Begins a span for a request, if its trace is kept.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Option<Started> {
        self.traces.as_ref()?.begin(headers)
    }

    /// A watch, which stands still where nobody wants to know.
    pub(crate) fn laps(&self, scene: &Scene) -> Laps {
        Laps((self.kyverno.is_some() || scene.trace.is_some()).then(RefCell::default))
    }

    /// Sends what still waits, for as long as that is bearable at an end.
    pub(crate) async fn end(&self) {
        if let Some(traces) = &self.traces {
            traces.end().await;
        }
    }

    /// Tells of a review that was answered.
    pub(crate) fn tell(&self, scene: &Scene, decision: &Decision, is_allowed: bool, heard: &[Heard]) {
        if let Some(kyverno) = &self.kyverno {
            let took = scene.begun.elapsed();
            kyverno.review(&scene.route, &scene.review.request, is_allowed, heard, took);
        }
        if let (Some(traces), Some(started)) = (&self.traces, &scene.trace) {
            traces.tell(*started, scene.begun, decision, is_allowed, heard);
        }
    }
}

impl Laps {
    /// The same policies, with a look at the watch before each.
    pub(crate) fn over<'s, 'p: 's>(
        &'s self,
        policies: impl Iterator<Item = &'p Arc<Compiled>> + 's,
    ) -> impl Iterator<Item = &'p Arc<Compiled>> + 's {
        policies.inspect(|policy| {
            if let Some(laps) = &self.0 {
                laps.borrow_mut().push((address(policy), Instant::now()));
            }
        })
    }

    /// What those policies said that said anything.
    pub(crate) fn end<'a, R: Iterator<Item = &'a RuleResponse>>(
        self,
        answers: impl Iterator<Item = (&'a Arc<Compiled>, R)>,
    ) -> Vec<Heard> {
        let Some(laps) = self.0 else { return Vec::new() };
        let end = Instant::now();
        let laps = laps.into_inner();
        let mut place = 0;
        let heard = answers.filter_map(|(policy, rules)| {
            // Answers come in the order of the laps.
            let ahead = laps.get(place..)?.iter().position(|(own, _)| *own == address(policy))?;
            let begin = laps.get(place + ahead)?.1;
            place += ahead + 1;
            let took = laps.get(place).map_or(end, |(_, next)| *next).saturating_duration_since(begin);
            let rules = rules.map(|rule| HeardRule {
                name: rule.name.clone(),
                rule_type: rule.rule_type,
                status: rule.status,
                is_excepted: !rule.exceptions.is_empty(),
            });
            Some(Heard { policy: Arc::clone(policy), rules: rules.collect(), begin, took })
        });
        heard.collect()
    }
}

fn address(policy: &Arc<Compiled>) -> usize {
    Arc::as_ptr(policy).addr()
}
