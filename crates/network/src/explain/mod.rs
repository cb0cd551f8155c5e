//! Why a pair may or may not talk, and the smallest change that would turn it.
//!
//! [`explain`] follows both directions step by step. [`Plan`]s are proposals of edits; each was made to the
//! cluster in memory, and the connections were decided again, before it is shown.

mod bench;
mod candidates;
mod change;
mod format;
mod make;
mod picture;
mod plan;
mod yaml;

pub use self::bench::Others;
pub use self::change::{Change, Op, ValueEdit};
pub use self::format::write;
pub use self::picture::picture;
pub(crate) use self::picture::words;
pub(crate) use self::plan::smallest;
pub use self::plan::{Plan, Proposal};
pub use self::yaml::yaml;
use crate::algebra::Conns;
use crate::engine::{ClassId, Decision, IpFamily, Network, Solver, Verdict};
use crate::input::Input;
use crate::policy::{Context, Direction, Problem};
use crate::site::Site;
use crate::who::{Who, WhoKind};

/// How many pairs of variants are explained at most, where pods of a workload differ.
const MOST_VARIANTS: usize = 8;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where the connection starts.
    pub from: Who,
    /// Where it ends.
    pub to: Who,
    /// Which connections; every one if `None`.
    pub conns: Option<Conns>,
    /// How many plans to look for at most; 0 for none.
    pub plans: usize,
}

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Everything that was asked is allowed.
    Allowed,
    /// Some of it is.
    Partly,
    /// None of it is.
    Denied,
    /// It hangs on something that is wrong or not modelled.
    Unknown,
}

impl Answer {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Partly => "partly allowed",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }

    /// For these connections.
    pub fn of(verdict: &Verdict, asked: &Conns) -> Self {
        let allowed = verdict.allowed.intersection(asked);
        if verdict.allowed.includes(asked) {
            Self::Allowed
        } else if !verdict.unknown.intersection(asked).is_empty() {
            Self::Unknown
        } else if allowed.is_empty() {
            Self::Denied
        } else {
            Self::Partly
        }
    }
}

/// One step of a decision.
#[derive(Clone, Debug)]
pub struct Step {
    /// The policy and the rule; none where no policy had anything to say.
    pub site: Option<Site>,
    /// The rule's name, where the API gives it one.
    pub name: String,
    /// What happened.
    pub decision: Decision,
    /// To which of the connections that were asked about.
    pub conns: Conns,
    /// Why it is not certain; empty if it is.
    pub doubts: Vec<Doubt>,
    /// Over which family of addresses it happened, where that makes a difference.
    pub family: Option<IpFamily>,
}

/// Something in a policy that was not understood.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// Where.
    pub site: String,
    /// What.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// One direction of the decision.
#[derive(Clone, Debug)]
pub struct Way {
    /// The direction, seen from the end that is asked.
    pub direction: Direction,
    /// The end that is asked.
    pub subject: String,
    /// Whether the end can be selected by policies at all: one outside of the cluster cannot.
    pub inside: bool,
    /// The policies that select it, in the order in which they are asked.
    pub policies: Vec<Site>,
    /// What they did, in order.
    pub steps: Vec<Step>,
    /// What this direction allows.
    pub verdict: Verdict,
}

/// The decision for one pair.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it starts.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// The verdict on everything, whatever was asked.
    pub verdict: Verdict,
    /// The answer to what was asked.
    pub answer: Answer,
    /// What the source may send.
    pub egress: Way,
    /// What the destination may receive.
    pub ingress: Way,
    /// What would turn the answer, best first.
    pub plans: Vec<Plan>,
    /// The connections that the plans are about.
    pub aim: Conns,
}

/// Everything about a pair.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What was asked about.
    pub conns: Option<Conns>,
    /// One entry a pair; several where the pods of a workload differ in what policies can tell apart.
    pub parts: Vec<Part>,
    /// How the names were understood, and what else to know.
    pub notes: Vec<String>,
    /// The choices of the profile.
    pub assumptions: &'static [&'static str],
    /// The profile's name.
    pub profile: &'static str,
}

/// Explains. `context` is made of the same objects as `input`.
pub fn explain(network: &Network, input: &Input, context: &Context, question: &Question) -> Explanation {
    let (from, to) = (&question.from, &question.to);
    let mut notes: Vec<String> = from.note.iter().chain(&to.note).cloned().collect();
    if from.workload().is_some() && from.workload() == to.workload() {
        notes.push(match (&from.kind, &to.kind) {
            (WhoKind::Pod(_, a), WhoKind::Pod(_, b)) if a == b => {
                "a pod always reaches itself by its own address, whatever the policies say".to_owned()
            }
            _ => "between pods of one workload; a pod always reaches itself by its own address".to_owned(),
        });
    }
    let mut pairs: Vec<(Option<ClassId>, Option<ClassId>)> = Vec::new();
    for from in from.variants() {
        pairs.extend(to.variants().into_iter().map(|to| (from, to)));
    }
    if pairs.len() > MOST_VARIANTS {
        notes.push(format!(
            "the pods differ in what policies can tell apart: {MOST_VARIANTS} of {} pairs are shown; name pods to see others",
            pairs.len()
        ));
        pairs.truncate(MOST_VARIANTS);
    }
    let mut solver = Solver::default();
    let parts =
        pairs.into_iter().map(|pair| part(network, (input, context), &mut solver, question, pair)).collect();
    let profile = network.profile();
    Explanation {
        conns: question.conns.clone(),
        parts,
        notes,
        assumptions: profile.assumptions(),
        profile: profile.name(),
    }
}

fn part(
    network: &Network,
    (input, context): (&Input, &Context),
    solver: &mut Solver,
    question: &Question,
    (from_class, to_class): (Option<ClassId>, Option<ClassId>),
) -> Part {
    let (from, to) = (&question.from, &question.to);
    let (source, destination) = (from.end(from_class), to.end(to_class));
    let verdict = solver.between(network, &source, &destination);
    let verdict = solver.verdict(verdict).clone();
    let asked = question.conns.clone().unwrap_or_else(Conns::all);
    let ways = [
        (Direction::Egress, from_class, &from.title, &destination),
        (Direction::Ingress, to_class, &to.title, &source),
    ];
    let [egress, ingress] = ways.map(|(direction, class, title, other)| {
        let Some(class) = class else {
            let verdict = Verdict::all();
            let subject = title.clone();
            return Way {
                direction,
                subject,
                inside: false,
                policies: Vec::new(),
                steps: Vec::new(),
                verdict,
            };
        };
        let (verdict, steps) = network.steps(class, direction, other);
        let steps = steps
            .iter()
            .filter(|step| !step.conns.intersection(&asked).is_empty())
            .map(|step| shown(network, input, direction, step, &asked))
            .collect();
        let policies = network
            .selecting(class, direction)
            .into_iter()
            .filter_map(|id| network.policy(id))
            .map(|policy| Site::of_rule(policy, direction, None))
            .collect();
        Way { direction, subject: title.clone(), inside: true, policies, steps, verdict }
    });
    let mut answer = Answer::of(&verdict, &asked);
    if question.conns.is_none() && answer == Answer::Unknown && !verdict.allowed.is_empty() {
        answer = Answer::Partly;
    }
    let aim = plan::aim(network, question, to_class, &verdict, answer);
    let plans = if question.plans == 0 {
        Vec::new()
    } else {
        let pair = plan::Pair { source, destination, from: from_class, to: to_class };
        plan::find(network, context, &pair, answer, question.conns.is_some(), &aim, question.plans)
    };
    Part { from: from.title.clone(), to: to.title.clone(), verdict, answer, egress, ingress, plans, aim }
}

fn shown(
    network: &Network,
    input: &Input,
    direction: Direction,
    step: &crate::engine::Step,
    asked: &Conns,
) -> Step {
    let policy = network.policy(step.policy).filter(|_| step.decision != Decision::Default);
    let rule = policy.zip(step.rule).and_then(|(policy, rule)| policy.side(direction)?.rules.get(rule));
    let mut doubts = Vec::new();
    if !step.certain
        && let Some(object) = policy.and_then(|policy| policy.object.as_ref())
    {
        let own = |problem: &&Problem| std::sync::Arc::ptr_eq(&problem.object, object);
        doubts.extend(input.problems.iter().filter(own).map(|problem| Doubt {
            site: crate::place(&problem.object, &problem.path),
            message: problem.message.clone(),
            fix: problem.fix.clone(),
        }));
    }
    Step {
        site: Site::of_step(network, direction, step),
        name: rule.map(|rule| rule.name.to_string()).unwrap_or_default(),
        decision: step.decision,
        conns: step.conns.intersection(asked),
        doubts,
        family: step.family,
    }
}
