//! Findings with one cause.

use std::collections::BTreeMap;

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
}

/// Groups findings. Two belong together when they are about the same object and container, and either
/// the same field, or fields of the same block that is missing as a whole.
///
/// Groups come in the order of their first member; every finding is in exactly one.
pub fn group(findings: &[Finding]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(ObjectRef, Option<String>, Path), usize> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let Some((path, missing)) = cause(finding) else {
            groups.push(Group { members: vec![index], severity: finding.severity(), missing: None });
            continue;
        };
        let object = &finding.evidence[0].object;
        let key = (object.key.clone(), finding.container().map(str::to_owned), path.clone());
        if let Some(at) = known.get(&key) {
            let group = &mut groups[*at];
            group.members.push(index);
            group.severity = group.severity.max(finding.severity());
        } else {
            known.insert(key, groups.len());
            let missing = missing.then_some(path);
            groups.push(Group { members: vec![index], severity: finding.severity(), missing });
        }
    }
    for group in &mut groups {
        group.members.sort_by_key(|index| (std::cmp::Reverse(findings[*index].severity()), *index));
        if group.members.len() == 1 {
            group.missing = None;
        }
    }
    groups
}

/// The field to blame: the first missing step on the way to an absent field, else the field itself.
fn cause(finding: &Finding) -> Option<(Path, bool)> {
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
