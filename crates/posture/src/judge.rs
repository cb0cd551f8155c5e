//! What a check talks to.

use std::sync::Arc;

use ironhull_finding::{Evidence, Finding, Outcome, Reason, RuleMeta, Subject};
use ironhull_value::{CompactString, Path, Segment};
use ironhull_world::{Object, Pod, World};

/// Takes down what a check says about one object. Silence is a pass.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The snapshot, for checks that look at other objects.
    pub world: &'a World,
    rule: &'static RuleMeta,
    object: &'a Arc<Object>,
    container: Option<CompactString>,
    /// Only containers of the pod are known: what could be inherited is then not known either.
    partial: bool,
    findings: Vec<Finding>,
    calls: usize,
    skips: usize,
    skip: Option<Reason>,
    unknown: Option<Reason>,
    error: Option<Reason>,
}

/// Fields that a container inherits from its pod.
const INHERITED: &[&str] = &[
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "seLinuxOptions",
    "windowsOptions",
    "seccompProfile",
    "appArmorProfile",
];

impl<'a> Judge<'a> {
    pub(crate) fn new(world: &'a World, rule: &'static RuleMeta, object: &'a Arc<Object>) -> Self {
        Self {
            world,
            rule,
            object,
            container: None,
            partial: false,
            findings: Vec::new(),
            calls: 0,
            skips: 0,
            skip: None,
            unknown: None,
            error: None,
        }
    }

    /// The object that is judged.
    pub fn object(&self) -> &'a Arc<Object> {
        self.object
    }

    /// Something is wrong with the field at `path`, be it absent. `message` is one sentence without full
    /// stop that names the container.
    pub fn fail(&mut self, path: Path, message: impl Into<String>) -> &mut Finding {
        let finding = Finding {
            rule: self.rule.into(),
            subject: Subject::Object { object: self.object.clone(), container: self.container.clone() },
            message: message.into(),
            evidence: vec![Evidence::new(self.object, path)],
            fix: None,
            cause: None,
        };
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// The rule does not apply here.
    pub fn skip(&mut self, reason: impl Into<Reason>) {
        self.skips += 1;
        self.skip = Some(reason.into());
    }

    /// Something that decides is not in the input.
    pub fn unknown(&mut self, missing: impl Into<Reason>) {
        self.unknown = Some(missing.into());
    }

    /// It could not be decided.
    pub fn error(&mut self, reason: impl Into<Reason>) {
        self.error = Some(reason.into());
    }

    /// Skips pods that say they run on Windows, and answers whether it did: fields of Linux do not apply.
    pub fn skip_windows(&mut self, pod: &Pod<'_>) -> bool {
        let windows = pod.is_windows();
        if windows {
            self.skip("the pod runs on Windows, where this field of Linux does not apply");
        }
        windows
    }

    pub(crate) fn begin(&mut self, container: Option<&str>, partial: bool) {
        self.calls += 1;
        self.container = container.filter(|name| !name.is_empty()).map(CompactString::from);
        self.partial = partial;
    }

    /// After a call: what a partial view cannot know is not a fault.
    pub(crate) fn end(&mut self, before: usize) {
        if !self.partial {
            return;
        }
        let value = &self.object.value;
        let mut dropped = false;
        let mut index = 0;
        self.findings.retain(|finding| {
            index += 1;
            let guess = index > before
                && finding.evidence.first().is_some_and(|evidence| {
                    value.at(&evidence.path).is_none()
                        && evidence.path.segments().iter().any(|segment| {
                            matches!(segment, Segment::Key(key) if INHERITED.contains(&key.as_str()))
                        })
                });
            dropped |= guess;
            !guess
        });
        if dropped {
            self.unknown("this kind sets the pod's security context in a way that is not modelled");
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.findings.len()
    }

    /// The outcome of all calls: a fault outweighs an error, an error what is unknown. It is a skip only
    /// when every call skipped, or none was made.
    pub(crate) fn finish(self) -> Outcome {
        if !self.findings.is_empty() {
            return Outcome::Fail(self.findings);
        }
        if let Some(reason) = self.error {
            return Outcome::Error(reason);
        }
        if let Some(reason) = self.unknown {
            return Outcome::Unknown(reason);
        }
        if self.calls == 0 {
            return Outcome::Skip("there is nothing that the rule speaks of".into());
        }
        match self.skip {
            Some(reason) if self.skips >= self.calls => Outcome::Skip(reason),
            _ => Outcome::Pass,
        }
    }
}
