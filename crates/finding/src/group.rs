//! Findings with one cause.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ironhull_value::Path;
use ironhull_world::ObjectRef;

use crate::{Finding, Severity};

/// Findings that one change would answer: checks of the same missing block, or of the same field.
#[derive(Clone, Debug)]
pub struct Group {
    /// Positions in the list that was grouped, worst first.
    pub members: Vec<usize>,
    /// The worst severity.
    pub severity: Severity,
    /// The missing block that they have in common; none when they stand for themselves.
    pub missing: Option<Path>,
    /// What they have in common when it is no field, as a sentence.
    pub shared: Option<String>,
}

/// What makes two findings one: the field to blame in one object, or what the rule says.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// Object, container, and field. Copies of an object in several files are one object.
    Field(ObjectRef, Option<String>, Path),
    Shared(String, String),
}

/// Groups findings. Two belong together when they are about the same object and container, and either
/// the same field, or fields of the same block that is missing as a whole; or when their rule names the
/// same cause for both.
///
/// Groups come in the order of their first member; every finding is in exactly one.
pub fn group(findings: &[Finding]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<Cause, usize> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let alone = Group { members: vec![index], severity: finding.severity(), missing: None, shared: None };
        let (cause, alone) = if let Some(shared) = &finding.cause {
            let cause = Cause::Shared(finding.rule.id.to_string(), shared.clone());
            (cause, Group { shared: Some(shared.clone()), ..alone })
        } else if let Some((path, _)) = field(finding) {
            let key = ObjectRef { copy: 0, ..finding.evidence[0].object.key.clone() };
            (Cause::Field(key, finding.container().map(str::to_owned), path), alone)
        } else {
            groups.push(alone);
            continue;
        };
        match known.entry(cause) {
            Entry::Occupied(at) => {
                let group = &mut groups[*at.get()];
                group.members.push(index);
                group.severity = group.severity.max(finding.severity());
            }
            Entry::Vacant(free) => {
                free.insert(groups.len());
                groups.push(alone);
            }
        }
    }
    for group in &mut groups {
        group.members.sort_by_key(|index| (std::cmp::Reverse(findings[*index].severity()), *index));
        if group.members.len() == 1 {
            group.shared = None;
        }
        // A block is worth naming when several rules miss it.
        let lead = &findings[group.members[0]];
        if group.shared.is_none()
            && group.members.iter().any(|member| findings[*member].rule.id != lead.rule.id)
        {
            group.missing = field(lead).and_then(|(path, missing)| missing.then_some(path));
        }
    }
    groups
}

/// The field to blame: the first missing step on the way to an absent field, else the field itself.
fn field(finding: &Finding) -> Option<(Path, bool)> {
    let evidence = finding.evidence.first()?;
    let root = &evidence.object.value;
    let length = evidence.path.segments().len();
    let present = (0..=length)
        .rev()
        .find(|depth| root.at(&evidence.path.prefix(*depth)).is_some_and(|value| !value.is_null()))?;
    Some(if present == length {
        (evidence.path.clone(), false)
    } else {
        (evidence.path.prefix(present + 1), true)
    })
}
