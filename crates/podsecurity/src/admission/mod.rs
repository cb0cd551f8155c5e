//! Pod Security at admission: which request is judged by what, and how the answer reads.
//!
//! Semantics and texts: `kubernetes/pod-security-admission:admission/admission.go` and `response.go`. Beyond them
//! there are [`Waiver`]s, which upstream does not have.

mod namespaces;
mod pods;
mod significant;
#[cfg(test)]
mod tests;
mod waiver;

use ironhull_value::{CompactString, Key, Map, Value};
use ironhull_world::admission::{AdmissionRequest, AdmissionResponse, Refusal};

pub use self::waiver::{Waived, Waiver, evaluate_with};
use crate::{Exemptions, FieldError, LevelVersion, Policy, resolve_labels};

/// The beginning of labels that we read before those of the API server's own plugin. That plugin enforces what its
/// labels say and knows no exception, so that a level with exceptions has to stand elsewhere.
pub const OWN_LABELS: &str = "pod-security.ironhull.dev/";

const UPSTREAM_LABELS: &str = "pod-security.kubernetes.io/";

/// The labels of a namespace as they are judged by: where there is one of ours it stands for upstream's.
pub fn effective_labels(labels: &Map) -> Map {
    let own: Vec<(Key, Value)> = own_modes(labels)
        .map(|(mode, value)| (format!("{UPSTREAM_LABELS}{mode}").as_str().into(), value.clone()))
        .collect();
    if own.is_empty() {
        return labels.clone();
    }
    labels.iter().map(|(key, value)| (key.clone(), value.clone())).chain(own).collect()
}

/// Our labels, by what stands behind their beginning.
fn own_modes(labels: &Map) -> impl Iterator<Item = (&str, &Value)> {
    labels.iter().filter_map(|(key, value)| Some((key.as_str().strip_prefix(OWN_LABELS)?, value)))
}

/// The policy that labels ask for, and what is wrong with them, by the names that were written. `labels` is what
/// [`resolve_labels`] takes.
fn resolve(labels: &Value, defaults: &Policy) -> (Policy, Vec<FieldError>) {
    let Value::Map(map) = labels else { return resolve_labels(labels, defaults) };
    let (policy, mut errors) = resolve_labels(&Value::Map(effective_labels(map)), defaults);
    for error in &mut errors {
        let own = own_modes(map).find(|(mode, _)| error.field == field(UPSTREAM_LABELS, mode));
        if let Some((mode, _)) = own {
            error.field = field(OWN_LABELS, mode);
        }
    }
    (policy, errors)
}

fn field(prefix: &str, mode: &str) -> String {
    format!("metadata.labels[{prefix}{mode}]")
}

/// The configuration: a `PodSecurityConfiguration`.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// What holds where a namespace has no labels.
    pub defaults: Policy,
    /// Who is not judged.
    pub exemptions: Exemptions,
}

/// What is known beside the request.
pub struct Surroundings<'a> {
    /// The labels of the request's namespace: `None` if it has none, an error if the namespace is not known.
    pub namespace: Result<Option<&'a Map>, String>,
    /// The pods of a namespace, asked for when its labels become stricter.
    pub pods: &'a dyn Fn(&str) -> Result<Vec<Value>, String>,
    /// Whether the time for looking at them is over.
    pub is_over: &'a dyn Fn() -> bool,
    /// What is waived for the object of the request.
    pub waivers: &'a [Waiver],
}

/// What was counted, for the metrics that upstream has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A pod was judged.
    Evaluation {
        /// Whether it was allowed.
        allowed: bool,
        /// By what.
        level: LevelVersion,
        /// `enforce`, `audit` or `warn`.
        mode: &'static str,
    },
    /// A request was exempt.
    Exemption,
    /// Something could not be judged; fatal if the request is refused for it.
    Error {
        /// Whether the request is refused.
        fatal: bool,
    },
}

/// The answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What the API server is answered.
    pub response: AdmissionResponse,
    /// What was counted.
    pub counted: Vec<Counted>,
    /// The waivers that let something through.
    pub waived: Vec<Waived>,
}

impl Admission {
    /// Judges a request.
    pub fn judge(&self, request: &AdmissionRequest, around: &Surroundings<'_>) -> Verdict {
        match (request.resource.group.as_str(), request.resource.resource.as_str()) {
            ("", "namespaces") => self.namespace(request, around),
            ("", "pods") => self.pod(request, around),
            _ => self.controller(request, around),
        }
    }
}

impl Verdict {
    fn annotate(&mut self, key: &'static str, value: String) {
        self.response.annotations.push((CompactString::const_new(key), value));
    }

    fn refuse(&mut self, code: u16, reason: &'static str, message: String) {
        self.response.refusal = Some(Refusal { code: Some(code), reason, message });
    }

    /// A request that cannot be judged is refused, and the audit log says why.
    fn error(code: u16, reason: &'static str, message: String, cause: Option<&str>) -> Self {
        let mut verdict = Self::default();
        let detail = cause.map_or_else(|| message.clone(), |cause| format!("{message}: {cause}"));
        verdict.annotate("error", detail);
        verdict.refuse(code, reason, message);
        verdict
    }

    /// An error about something that is never refused.
    fn noted(message: String) -> Self {
        let mut verdict = Self::default();
        verdict.counted.push(Counted::Error { fatal: true });
        verdict.annotate("error", message);
        verdict
    }
}
