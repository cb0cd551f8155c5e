//! The rules of all domains as one table, and what they say as one answer. Domains know nothing of each
//! other; here they meet.

use std::sync::LazyLock;

use ironhull_finding::{Finding, Outcome, RuleMeta, Tally};
use ironhull_network::lint::{self, Lint};
use ironhull_network::{Profile, kinds_read};
use ironhull_policy::kyverno::lint as policy_lint;
use ironhull_posture::Evaluation;
use ironhull_world::{GroupKind, ObjectRef, World};

/// A rule of some domain.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    Posture(&'static ironhull_posture::Rule),
    Network(&'static lint::Rule),
    Policy(&'static policy_lint::Rule),
}

/// How the network is read where the standard leaves a choice and nobody says which.
pub(crate) const PROFILE: Profile = Profile::Upstream;

static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let posture = ironhull_posture::ALL.iter().map(|rule| Rule::Posture(rule));
    let network = lint::ALL.iter().map(|rule| Rule::Network(rule));
    let policy = policy_lint::ALL.iter().map(|rule| Rule::Policy(rule));
    let mut all: Vec<Rule> = posture.chain(network).chain(policy).collect();
    all.sort_by(|a, b| a.meta().id.cmp(&b.meta().id));
    all
});

/// Every rule, sorted by id.
pub(crate) fn all() -> &'static [Rule] {
    &ALL
}

/// The rule that `text` names: by id, by name, or by an id of a peer.
pub(crate) fn find(text: &str) -> Option<Rule> {
    let network = || lint::find(text).map(Rule::Network);
    let policy = || policy_lint::find(text).map(Rule::Policy);
    ironhull_posture::find(text).map(Rule::Posture).or_else(network).or_else(policy)
}

impl Rule {
    pub(crate) fn meta(self) -> &'static RuleMeta {
        match self {
            Self::Posture(rule) => &rule.meta,
            Self::Network(rule) => &rule.meta,
            Self::Policy(rule) => &rule.meta,
        }
    }

    /// Whether it is about the inputs themselves, so that it holds whatever rules are named.
    pub(crate) fn is_of_inputs(self) -> bool {
        matches!(self, Self::Posture(rule) if matches!(rule.check, ironhull_posture::Check::Input))
    }

    /// Whether a scan asks for it. Policies are judged by `policy lint` alone, which sees their resources.
    pub(crate) fn is_scanned(self) -> bool {
        match self {
            Self::Posture(_) => true,
            Self::Network(rule) => !matches!(rule.check, lint::Check::Assertion),
            Self::Policy(_) => false,
        }
    }

    /// The kinds that it reads beside everything that carries pods.
    pub(crate) fn reads(self) -> Vec<GroupKind<'static>> {
        match self {
            Self::Posture(rule) => {
                let judged =
                    if let ironhull_posture::Check::Object(kinds, _) = rule.check { kinds } else { &[] };
                rule.needs.iter().chain(judged).copied().collect()
            }
            Self::Network(_) => kinds_read(),
            Self::Policy(_) => Vec::new(),
        }
    }
}

/// What the rules of all domains say of a world.
pub(crate) struct Judged {
    posture: Evaluation,
    network: Lint,
    policy: policy_lint::Lint,
}

/// Judges a world, reading its network by a profile.
pub(crate) fn judge(world: &World, rules: &[Rule], profile: Profile) -> Judged {
    let (mut posture, mut network, mut policy) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        match rule {
            Rule::Posture(rule) => posture.push(*rule),
            Rule::Network(rule) => network.push(*rule),
            Rule::Policy(rule) => policy.push(*rule),
        }
    }
    Judged {
        posture: ironhull_posture::evaluate(world, &posture),
        network: lint::lint(world, profile, &network),
        policy: policy_lint::lint(world, &policy),
    }
}

impl Judged {
    /// Every outcome with its object and rule.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (&ObjectRef, &'static RuleMeta, &Outcome)> {
        let posture = self.posture.results().flat_map(|result| {
            result.outcomes.iter().map(move |(rule, outcome)| (&result.object.key, &rule.meta, outcome))
        });
        let network = self.network.results.iter();
        let network = network.map(|result| (&result.object.key, result.rule, &result.outcome));
        let policy = self.policy.results.iter();
        let policy = policy.map(|result| (&result.object.key, result.rule, &result.outcome));
        posture.chain(network).chain(policy)
    }

    /// Counts per rule.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.posture.tally();
        self.network.count(&mut tally);
        self.policy.count(&mut tally);
        tally
    }

    /// Moves all findings out; outcomes stay what they are, without them.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        let mut findings = self.posture.take_findings();
        findings.append(&mut self.network.take_findings());
        findings.append(&mut self.policy.take_findings());
        findings
    }
}
