//! Expectations for the tests of single checks.

use ironhull_value::Value;

use crate::{CheckId, PodRef, Version, Violation, evaluate_check, find};

/// The pod in a JSON text.
pub(crate) fn pod(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// A pod with this spec.
pub(crate) fn spec(json: &str) -> Value {
    pod(&format!(r#"{{"spec": {json}}}"#))
}

/// One check at one version.
#[derive(Clone, Copy)]
pub(crate) struct Expect {
    check: CheckId,
    minor: u64,
}

impl Expect {
    pub(crate) fn new(check: CheckId) -> Self {
        Self { check, minor: 0 }
    }

    pub(crate) fn at(self, minor: u64) -> Self {
        Self { minor, ..self }
    }

    #[track_caller]
    pub(crate) fn allows(self, pod: &Value) {
        assert_eq!(self.run(pod), None, "at 1.{}", self.minor);
    }

    #[track_caller]
    pub(crate) fn refuses_some(self, pod: &Value) {
        assert!(self.run(pod).is_some(), "allowed at 1.{}", self.minor);
    }

    #[track_caller]
    pub(crate) fn refuses(self, pod: &Value, reason: &str, detail: &str, fields: &[&str]) {
        let violation = self.run(pod).unwrap_or_else(|| panic!("allowed at 1.{}", self.minor));
        assert_eq!(violation.check, self.check);
        assert_eq!(violation.reason, reason);
        assert_eq!(violation.detail, detail);
        let found: Vec<String> = violation.fields.iter().map(ToString::to_string).collect();
        assert_eq!(found, fields);
    }

    #[track_caller]
    fn run(self, pod: &Value) -> Option<Violation> {
        let check = find(self.check).expect("every check is in the table");
        evaluate_check(check, Version::Minor(self.minor), PodRef::of(pod).unwrap()).unwrap()
    }
}
