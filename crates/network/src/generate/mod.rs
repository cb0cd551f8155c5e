//! Least-privilege policies from observed flows and manifests, and the proof that they keep what was seen.
//!
//! - `evidence`, `manifest`, `mentions`: what is needed, and what says so
//! - `selector`, `blocks`: how ends are named so that the name stays right
//! - `draft`, `template`, `yaml`: the policies and their text
//! - `prove`: the text is read back and asked: every flow allowed, what is allowed beyond the evidence

mod blocks;
mod doors;
mod draft;
mod evidence;
mod manifest;
mod mentions;
mod picture;
mod prove;
mod report;
mod selector;
mod template;
#[cfg(test)]
mod tests;
mod yaml;

use compact_str::CompactString;
use ironhull_world::World;
use serde::Serialize;

pub use self::blocks::Aggregate;
pub use self::evidence::{Confidence, Evidence, Proof};
pub use self::picture::picture;
pub use self::prove::ProofError;
pub use self::report::write_report;
pub use self::selector::Chosen;
use crate::Profile;
use crate::flows::{FlowFile, Party, Services, resolve};
use crate::input::Input;
use crate::simulate::{Break, NotJudged};

/// Whole-namespace policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Nothing in, nothing out but DNS, for every pod of a namespace. Workloads have their own policies
    /// beside it.
    DefaultDeny,
    /// Everything inside of a namespace; across its border only what there is evidence for.
    NamespaceSegmentation,
}

/// What to generate.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Look for addresses in manifests.
    pub from_manifests: bool,
    /// Leave out what manifests make less likely than this.
    pub least: Confidence,
    /// Policies for whole namespaces.
    pub template: Option<Template>,
    /// Only policies of these namespaces; empty is all.
    pub namespaces: Vec<CompactString>,
    /// How addresses are joined.
    pub aggregate: Aggregate,
    /// The workload that is the ingress controller, as namespace and name.
    pub ingress_controller: Option<(CompactString, CompactString)>,
    /// Whose reading of the standard the proof follows.
    pub profile: Profile,
}

/// A need that NetworkPolicy cannot express, or of which too little is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Who needs it.
    pub workload: String,
    /// Where that was seen.
    pub at: String,
    /// What is in the way.
    pub reason: String,
}

/// A policy as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its namespace.
    pub namespace: CompactString,
    /// Its name.
    pub name: CompactString,
    /// The workload it is for; empty for a template's.
    pub workload: String,
    /// YAML, one document.
    pub text: String,
}

/// Policies with everything that is to be known before they are applied.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generated {
    /// The policies, by namespace and name.
    #[serde(skip)]
    pub policies: Vec<Written>,
    /// Whose reading of the standard the proof followed.
    pub profile: String,
    /// How many policies there are.
    pub policy_count: usize,
    /// How many flows were proven to be allowed.
    pub proven: u64,
    /// Observed flows that the policies would break. There must be none.
    pub broken: Vec<Break>,
    /// Flows that could not be judged.
    pub not_judged: Vec<NotJudged>,
    /// What is known of each workload.
    pub coverage: Vec<Coverage>,
    /// Workloads of which nothing is known: they have no policy of their own.
    pub without_evidence: Vec<String>,
    /// Needs that no rule covers.
    pub gaps: Vec<Gap>,
    /// What the policies allow beyond the evidence.
    pub excess: Vec<Allowed>,
    /// What they allow and there is evidence for. For the picture.
    #[serde(skip)]
    pub needed: Vec<Allowed>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

/// What is known of a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Its title.
    pub workload: String,
    /// The policy for it; empty if it has none.
    pub policy: String,
    /// Flows from or to it.
    pub flows: u64,
    /// Addresses in manifests that lead from or to it.
    pub addresses: u64,
    /// When it was first seen.
    pub first: Option<String>,
    /// When it was last seen.
    pub last: Option<String>,
    /// What may be missing.
    pub note: String,
}

/// Connections of a pair.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allowed {
    /// Who may begin them.
    pub from: String,
    /// Whom they may go to.
    pub to: String,
    /// `TCP 8080`.
    pub connections: String,
}

impl Generated {
    /// Whether something that is needed may be cut off: a workload without evidence, a need that no rule
    /// covers, a flow that the policies would break or that could not be judged.
    pub fn is_complete(&self) -> bool {
        self.without_evidence.is_empty() && self.gaps.is_empty() && self.not_judged.is_empty()
    }

    /// All policies as one stream.
    pub fn stream(&self) -> String {
        let texts: Vec<&str> = self.policies.iter().map(|policy| policy.text.as_str()).collect();
        texts.join("---\n")
    }
}

/// Generates policies for a cluster and proves them.
///
/// # Errors
/// When the text of the policies does not read back without a problem: then there is nothing to apply.
pub fn generate(
    world: &World,
    input: &Input,
    files: &[FlowFile],
    options: &Options,
) -> Result<Generated, ProofError> {
    let services = Services::of(world, input);
    let mut resolved = resolve(input, &services, files);
    if let Some(controller) = controller(input, options) {
        for flow in &mut resolved.flows {
            for party in [&mut flow.from, &mut flow.to] {
                if *party == Party::Controller {
                    *party = Party::Workload(controller);
                }
            }
        }
    }
    let mut gaps = Vec::new();
    let mut collected = Evidence::default();
    collected.add_flows(&resolved, files);
    if options.from_manifests {
        manifest::collect(world, input, &services, &mut collected, &mut gaps);
    }
    let mut evidence = Evidence::default();
    for (from, to, conns, proof) in
        collected.iter().filter(|(_, _, _, proof)| proof.confidence >= options.least)
    {
        let named = |party: &Party| match (party, controller(input, options)) {
            (Party::Controller, Some(index)) => Party::Workload(index),
            _ => party.clone(),
        };
        evidence.add(named(from), named(to), conns.clone(), proof.clone());
    }
    let mut drafted = draft::Drafter::new(&resolved.input, resolved.known, &evidence, options);
    let drafts = match options.template {
        Some(Template::NamespaceSegmentation) => template::segmentation(&mut drafted),
        Some(Template::DefaultDeny) => {
            let mut all = template::default_deny(&drafted);
            all.extend(drafted.workloads());
            all
        }
        None => drafted.workloads(),
    };
    gaps.append(&mut drafted.gaps);
    gaps.sort_unstable();
    gaps.dedup();
    let notes = std::mem::take(&mut drafted.notes);
    let policies: Vec<Written> = drafts.iter().map(|draft| draft.written(&resolved.input)).collect();
    let mut generated = Generated {
        profile: options.profile.name().to_owned(),
        policy_count: policies.len(),
        policies,
        gaps,
        notes,
        ..Generated::default()
    };
    prove::prove(&resolved, files, &evidence, options, &mut generated)?;
    Ok(generated)
}

fn controller(input: &Input, options: &Options) -> Option<usize> {
    let (namespace, name) = options.ingress_controller.as_ref()?;
    input.workloads.iter().position(|workload| workload.namespace == *namespace && workload.name == *name)
}
