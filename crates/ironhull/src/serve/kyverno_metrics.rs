//! Kyverno's metrics, with its names, labels and buckets, so that dashboards and alerts go on.
//!
//! Of Kyverno 1.19: `pkg/metrics` (names and labels), `pkg/config/metricsconfig.go` (buckets), and the labels that the
//! Helm chart leaves out of histograms by default. Kyverno measures each rule; here the time of a policy is shared
//! equally by its rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ironhull_policy::kyverno::engine::{RuleType, Status};
use ironhull_policy::kyverno::model::{Action, FailureAction, Kind, Policy, Rule};
use ironhull_value::CompactString;
use ironhull_world::ObjectRef;
use ironhull_world::admission::{AdmissionRequest, Operation};
use rustc_hash::FxHashMap;

use super::loaded::{Known, Loaded};
use super::metrics::written;
use super::observed::Heard;
use super::route::Route;

/// How many series there are of one name. Further ones are counted together, under a label that OpenTelemetry has for it:
/// whoever names namespaces must not fill our memory.
const SERIES: usize = 5000;

/// The upper ends of the buckets, in seconds.
const BUCKETS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0];

/// The labels of OpenTelemetry's exporter, which stand with each series.
const SCOPE: [(&str, &str); 3] =
    [("otel_scope_name", "kyverno"), ("otel_scope_schema_url", ""), ("otel_scope_version", "")];

const OVERFLOW: (&str, &str) = ("otel_metric_overflow", "true");

/// Everything that is counted under Kyverno's names.
#[derive(Default)]
pub(crate) struct KyvernoMetrics(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    requests: Family<Asked, u64>,
    reviews: Family<Asked, Times>,
    results: Family<RuleAnswer, u64>,
    executions: Family<RuleAnswer, Times>,
    changes: Family<(About, &'static str), u64>,
}

struct Family<K, V> {
    series: FxHashMap<K, V>,
    /// What found no room.
    rest: Option<V>,
}

/// What is told of a request.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    kind: CompactString,
    /// Left out of durations.
    namespace: Option<CompactString>,
    operation: Operation,
    allowed: bool,
    mutates: bool,
}

/// What is told of a policy.
#[derive(Clone, PartialEq, Eq, Hash)]
struct About {
    namespace: CompactString,
    name: CompactString,
    is_cluster: bool,
    background: bool,
    enforces: bool,
}

/// What is told of the answer of a rule.
#[derive(Clone, PartialEq, Eq, Hash)]
struct RuleAnswer {
    about: About,
    rule: CompactString,
    rule_type: &'static str,
    status: Status,
    kind: CompactString,
    /// Left out of durations.
    of_request: Option<(CompactString, Operation)>,
    dry_run: bool,
}

#[derive(Default)]
struct Times {
    buckets: [u64; BUCKETS.len() + 1],
    sum: Duration,
}

impl<K, V> Default for Family<K, V> {
    fn default() -> Self {
        Self { series: FxHashMap::default(), rest: None }
    }
}

impl<K: Eq + Hash, V: Default> Family<K, V> {
    fn of(&mut self, key: K) -> &mut V {
        if self.series.len() >= SERIES && !self.series.contains_key(&key) {
            return self.rest.get_or_insert_default();
        }
        self.series.entry(key).or_default()
    }

    fn lines(&self, labels: impl Fn(&K) -> Vec<(&'static str, String)>) -> Vec<(String, &V)> {
        let label = |labels: Vec<(&'static str, String)>| {
            let mut labels: Vec<(&str, &str)> =
                labels.iter().map(|(key, value)| (*key, value.as_str())).chain(SCOPE).collect();
            labels.sort_unstable();
            written(&labels)
        };
        let mut lines: Vec<(String, &V)> =
            self.series.iter().map(|(key, value)| (label(labels(key)), value)).collect();
        let rest = self.rest.iter().map(|value| (label(vec![(OVERFLOW.0, OVERFLOW.1.to_owned())]), value));
        lines.extend(rest);
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
        lines
    }
}

impl Times {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BUCKETS.iter().position(|end| seconds <= *end).unwrap_or(BUCKETS.len());
        if let Some(bucket) = self.buckets.get_mut(place) {
            *bucket += 1;
        }
        self.sum += took;
    }
}

impl KyvernoMetrics {
    /// Counts a review. Pod Security is no policy of Kyverno, and has its own names.
    pub(crate) fn review(
        &self,
        route: &Route,
        request: &AdmissionRequest,
        allowed: bool,
        heard: &[Heard],
        took: Duration,
    ) {
        if *route == Route::PodSecurity {
            return;
        }
        let kind = &request.kind.2;
        let asked = |namespace: Option<CompactString>| Asked {
            kind: kind.clone(),
            namespace,
            operation: request.operation,
            allowed,
            mutates: matches!(route, Route::Mutate(_)),
        };
        let object = request.object.as_ref().or(request.old_object.as_ref());
        let namespace = object.and_then(|object| object.dig_str(&["metadata", "namespace"]));
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.requests.of(asked(Some(request.namespace.clone()))) += 1;
        counted.reviews.of(asked(None)).add(took);
        for one in heard {
            let about = About::of(&one.policy.policy);
            let shares = u32::try_from(one.rules.len()).unwrap_or(u32::MAX).max(1);
            for rule in &one.rules {
                let mut result = RuleAnswer {
                    about: about.clone(),
                    rule: rule.name.clone(),
                    rule_type: type_of_answer(rule.rule_type),
                    status: rule.status,
                    kind: kind.clone(),
                    of_request: Some((namespace.unwrap_or_default().into(), request.operation)),
                    dry_run: request.dry_run,
                };
                *counted.results.of(result.clone()) += 1;
                result.of_request = None;
                counted.executions.of(result).add(one.took / shares);
            }
        }
    }

    /// Counts what became of policies: all are new to begin with.
    pub(crate) fn changes(&self, before: Option<&Loaded>, now: &Loaded) {
        let keyed = |loaded: Option<&Loaded>| -> BTreeMap<ObjectRef, Known> {
            let known = loaded.map(|loaded| loaded.policies.as_slice()).unwrap_or_default().iter();
            known.map(|known| (known.object.key.clone(), known.clone())).collect()
        };
        let (mut before, now) = (keyed(before), keyed(Some(now)));
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = |known: &Known, what: &'static str| {
            if let Some(policy) = policy_of(known) {
                *counted.changes.of((About::of(&policy), what)) += 1;
            }
        };
        for (key, known) in &now {
            match before.remove(key) {
                None => count(known, "created"),
                Some(old) if old.object.value.get("spec") == known.object.value.get("spec") => {}
                Some(old) => {
                    count(&old, "updated");
                    let labels = |known: &Known| policy_of(known).map(|policy| About::of(&policy));
                    if labels(&old) != labels(known) {
                        count(known, "updated");
                    }
                }
            }
        }
        for known in before.values() {
            count(known, "deleted");
        }
    }

    /// All of it, as Prometheus reads it.
    pub(crate) fn text(&self, loaded: &Loaded) -> String {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        counts(
            &mut out,
            "admission_requests_total",
            "Admission reviews that were answered.",
            &counted.requests.lines(asked_labels),
        );
        times(
            &mut out,
            "admission_review_duration_seconds",
            "How long answers took.",
            &counted.reviews.lines(asked_labels),
        );
        let change = |(about, what): &(About, &'static str)| {
            let mut labels = about.labels();
            labels.push(("policy_change_type", (*what).to_owned()));
            labels
        };
        counts(
            &mut out,
            "policy_changes_total",
            "Policies that came, changed and went.",
            &counted.changes.lines(change),
        );
        times(
            &mut out,
            "policy_execution_duration_seconds",
            "How long rules took.",
            &counted.executions.lines(result_labels),
        );
        counts(&mut out, "policy_results_total", "What rules said.", &counted.results.lines(result_labels));
        drop(counted);
        let name = "kyverno_policy_rule_info_total";
        let lines = rules(loaded);
        if !lines.is_empty() {
            let _ = writeln!(out, "# HELP {name} Rules that there are.\n# TYPE {name} gauge");
        }
        for labels in lines {
            let _ = writeln!(out, "{name}{labels} 1");
        }
        out
    }
}

impl About {
    fn of(policy: &Policy) -> Self {
        let is_cluster = policy.kind == Kind::ClusterPolicy;
        let is_enforced = |rule: &Rule| match &rule.action {
            Action::Validate(validate) => validate.failure_action == Some(FailureAction::Enforce),
            _ => false,
        };
        Self {
            namespace: if is_cluster { CompactString::const_new("-") } else { policy.namespace().into() },
            name: policy.name().into(),
            is_cluster,
            background: policy.background,
            enforces: policy.failure_action == FailureAction::Enforce || policy.rules.iter().any(is_enforced),
        }
    }

    fn labels(&self) -> Vec<(&'static str, String)> {
        let text = |is: bool, yes: &str, no: &str| if is { yes.to_owned() } else { no.to_owned() };
        vec![
            ("policy_background_mode", self.background.to_string()),
            ("policy_name", self.name.to_string()),
            ("policy_namespace", self.namespace.to_string()),
            ("policy_type", text(self.is_cluster, "cluster", "namespaced")),
            ("policy_validation_mode", text(self.enforces, "enforce", "audit")),
        ]
    }
}

fn asked_labels(asked: &Asked) -> Vec<(&'static str, String)> {
    let webhook =
        if asked.mutates { "MutatingWebhookConfiguration" } else { "ValidatingWebhookConfiguration" };
    let mut labels = vec![
        ("request_allowed", asked.allowed.to_string()),
        ("request_webhook", webhook.to_owned()),
        ("resource_kind", asked.kind.to_string()),
        ("resource_request_operation", asked.operation.as_str().to_lowercase()),
    ];
    labels.extend(asked.namespace.iter().map(|namespace| ("resource_namespace", namespace.to_string())));
    labels
}

fn result_labels(result: &RuleAnswer) -> Vec<(&'static str, String)> {
    let mut labels = result.about.labels();
    labels.extend([
        ("dry_run", result.dry_run.to_string()),
        ("resource_kind", result.kind.to_string()),
        ("rule_execution_cause", "admission_request".to_owned()),
        ("rule_name", result.rule.to_string()),
        ("rule_result", result.status.name().to_owned()),
        ("rule_type", result.rule_type.to_owned()),
    ]);
    if let Some((namespace, operation)) = &result.of_request {
        labels.push(("resource_namespace", namespace.to_string()));
        labels.push(("resource_request_operation", operation.as_str().to_lowercase()));
    }
    labels
}

/// The labels of all rules, those of policies that are not ready among them.
fn rules(loaded: &Loaded) -> Vec<String> {
    let mut lines = Vec::new();
    for known in &loaded.policies {
        let Some(policy) = policy_of(known) else { continue };
        let about = About::of(&policy).labels();
        let written_rules = known.compiled.is_none().then_some(&policy.rules).into_iter().flatten();
        let computed = known.compiled.iter().flat_map(|compiled| &compiled.rules).map(|one| &one.rule);
        for rule in computed.chain(written_rules) {
            let ready = known.is_ready().to_string();
            let own = [
                ("rule_name", rule.name.as_str()),
                ("rule_type", type_of_rule(&rule.action)),
                ("status_ready", ready.as_str()),
            ];
            let about = about.iter().map(|(key, value)| (*key, value.as_str()));
            let mut labels: Vec<(&str, &str)> = about.chain(own).chain(SCOPE).collect();
            labels.sort_unstable();
            lines.push(written(&labels));
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

fn policy_of(known: &Known) -> Option<Policy> {
    known
        .compiled
        .as_ref()
        .map_or_else(|| Policy::read(&known.object), |one| Some(Policy::clone(&one.policy)))
}

fn type_of_rule(action: &Action) -> &'static str {
    match action {
        Action::Validate(_) => "validate",
        Action::Mutate(_) => "mutate",
        Action::Generate(_) => "generate",
        Action::VerifyImages(_) => "imageVerify",
        Action::None => "-",
    }
}

fn type_of_answer(rule_type: RuleType) -> &'static str {
    match rule_type {
        RuleType::Validation => "validate",
        RuleType::Mutation => "mutate",
        RuleType::Generation => "generate",
        RuleType::ImageVerify => "imageVerify",
    }
}

fn counts(out: &mut String, name: &str, help: &str, lines: &[(String, &u64)]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "# HELP kyverno_{name} {help}\n# TYPE kyverno_{name} counter");
    }
    for (labels, count) in lines {
        let _ = writeln!(out, "kyverno_{name}{labels} {count}");
    }
}

fn times(out: &mut String, name: &str, help: &str, lines: &[(String, &Times)]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "# HELP kyverno_{name} {help}\n# TYPE kyverno_{name} histogram");
    }
    for (labels, own) in lines {
        let inner = labels.trim_start_matches('{').trim_end_matches('}');
        let mut total = 0;
        for (place, count) in own.buckets.iter().enumerate() {
            total += count;
            let end = BUCKETS.get(place).map_or_else(|| "+Inf".to_owned(), ToString::to_string);
            let _ = writeln!(out, "kyverno_{name}_bucket{{{inner},le=\"{end}\"}} {total}");
        }
        let _ = writeln!(out, "kyverno_{name}_sum{labels} {}", own.sum.as_secs_f64());
        let _ = writeln!(out, "kyverno_{name}_count{labels} {total}");
    }
}

#[cfg(test)]
#[path = "kyverno_metrics_tests.rs"]
mod tests;
