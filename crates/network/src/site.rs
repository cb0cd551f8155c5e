//! Where a policy says what it says.

use ironhull_finding::Evidence;
use ironhull_value::Path;

use crate::engine::{Decision, Network, PolicyId};
use crate::json::Json;
use crate::policy::{Direction, Policy};

/// A policy, and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// `NetworkPolicy shop/web`.
    pub policy: String,
    /// The way to the part from the root of the object.
    pub path: Path,
    /// The file and its line, where the policy is written in one.
    pub written: Option<(String, u32)>,
}

impl Site {
    /// A part of a policy.
    pub fn new(policy: &Policy, path: Path) -> Self {
        let place = policy.object.as_ref().and_then(|object| Evidence::new(object, path.clone()).place());
        Self {
            policy: format!("{} {}", policy.kind, policy.full_name()),
            path,
            written: place.map(|place| (place.source.name().to_string(), place.start.line)),
        }
    }

    /// The place of a rule, counted from 0 in its direction; without one, of the choice of pods.
    pub fn of_rule(policy: &Policy, direction: Direction, rule: Option<usize>) -> Self {
        let found = rule.and_then(|rule| policy.side(direction)?.rules.get(rule));
        let path = found.map_or_else(|| subject_path(policy), |rule| rule.path.clone());
        Self::new(policy, path)
    }

    /// The place of what decided a step; none where no policy did.
    pub fn of_step(network: &Network, direction: Direction, step: &crate::engine::Step) -> Option<Self> {
        let policy = decided_by(network, step.decision, step.policy)?;
        Some(Self::of_rule(policy, direction, step.rule))
    }

    /// `netpol.yaml:12`; empty where there is no file.
    pub fn place(&self) -> String {
        self.written.as_ref().map(|(file, line)| format!("{file}:{line}")).unwrap_or_default()
    }

    /// Policy, path, file and line, as cells of a table.
    pub(crate) fn cells(&self) -> [String; 4] {
        let (file, line) = match &self.written {
            Some((file, line)) => (file.clone(), line.to_string()),
            None => Default::default(),
        };
        [self.policy.clone(), self.path.to_string(), file, line]
    }

    pub(crate) fn json(&self) -> Json {
        Json::Map(vec![
            ("policy", Json::text(self.policy.clone())),
            ("path", Json::text(self.path.to_string())),
            ("file", Json::maybe(self.written.as_ref().map(|(file, _)| file.clone()))),
            ("line", self.written.as_ref().map_or(Json::Null, |(_, line)| Json::Number(u64::from(*line)))),
        ])
    }
}

impl std::fmt::Display for Site {
    /// `NetworkPolicy shop/web, spec.ingress[0] (netpol.yaml:12)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.policy)?;
        if !self.path.segments().is_empty() {
            write!(f, ", {}", self.path)?;
        }
        match &self.written {
            Some((file, line)) => write!(f, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

fn decided_by(network: &Network, decision: Decision, id: PolicyId) -> Option<&Policy> {
    if decision == Decision::Default { None } else { network.policy(id).map(AsRef::as_ref) }
}

/// Where a policy says whom it selects, as the kinds write it.
pub(crate) fn subject_path(policy: &Policy) -> Path {
    let spec = Path::root().child("spec");
    let value = policy.object.as_ref().and_then(|object| object.value.get("spec"));
    let fields = ["podSelector", "subject", "endpointSelector", "selector", "nodeSelector"];
    match fields.into_iter().find(|field| value.is_some_and(|value| value.get(field).is_some())) {
        Some(field) => spec.child(field),
        None => spec,
    }
}
