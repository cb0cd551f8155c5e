//! What would make the findings of a group go away, put together.

use ironhull_finding::{Edit, EditKind, Finding, Fix, Safety};
use ironhull_value::Path;

use crate::mask::edit_value;
use crate::plain::clean;
use crate::snippet;

/// The fixes of a group.
#[derive(Debug)]
pub(crate) struct Remedy {
    /// What to do, each said once.
    pub(crate) steps: Vec<(String, Safety)>,
    /// All edits as one piece of YAML; empty when there is none.
    pub(crate) yaml: String,
}

/// Puts the fixes of findings about one object together.
pub(crate) fn remedy(members: &[&Finding]) -> Remedy {
    let fixes = || members.iter().filter_map(|finding| finding.fix.as_ref());
    let edited: Vec<&Fix> = fixes().filter(|fix| !fix.edits.is_empty()).collect();
    let mut steps: Vec<(String, Safety)> = Vec::new();
    let mut add = |text: String, safety: Safety| {
        if !steps.iter().any(|(known, _)| *known == text) {
            steps.push((text, safety));
        }
    };
    if edited.len() > 1 {
        // One change answers all of them; how careful to be is what the most delicate part asks for.
        let is_safe = edited.iter().all(|fix| fix.safety == Safety::Safe);
        let safety = if is_safe { Safety::Safe } else { Safety::Unsafe };
        add(together(members, &edited), safety);
    }
    for fix in fixes().filter(|fix| edited.len() <= 1 || fix.edits.is_empty()) {
        add(clean(&fix.summary).into_owned(), fix.safety);
    }
    Remedy { steps, yaml: snippet::yaml(members) }
}

/// `In spec.securityContext set runAsNonRoot: true, privileged: false`
fn together(members: &[&Finding], edited: &[&Fix]) -> String {
    /// A sentence with more fields is not read; they stand below.
    const MOST: usize = 5;
    let edits: Vec<&Edit> = edited.iter().flat_map(|fix| &fix.edits).collect();
    let Some(parent) = common_parent(&edits) else { return "Change these fields together".to_owned() };
    let depth = parent.segments().len();
    let mut changes: Vec<String> = Vec::new();
    for edit in &edits {
        let field: Path = edit.path.segments().iter().skip(depth).cloned().collect();
        let change = match (&edit.kind, members.first()) {
            (EditKind::Set(value), Some(member)) => {
                format!("{field}: {}", snippet::flat(&edit_value(member, edit, value)))
            }
            _ => format!("remove {field}"),
        };
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    if changes.len() > MOST {
        return format!("Change {} fields of {}", changes.len(), clean(&parent.to_string()));
    }
    let place = clean(&parent.to_string()).into_owned();
    format!("In {place} set {}", clean(&changes.join(", "))).replace("set remove ", "remove ")
}

/// The longest path that holds all edited fields; none when that is the object itself.
fn common_parent(edits: &[&Edit]) -> Option<Path> {
    let mut parent = edits.first()?.path.parent()?;
    while !edits.iter().all(|edit| parent.contains(&edit.path) && parent != edit.path) {
        parent = parent.parent()?;
    }
    (!parent.segments().is_empty()).then_some(parent)
}

/// How careful to be, in words.
pub(crate) fn safety(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "cannot change behaviour",
        Safety::Unsafe => "may change behaviour: test it",
        Safety::Manual => "by hand",
    }
}

/// The word in formats for machines.
pub(crate) fn safety_id(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
        Safety::Manual => "manual",
    }
}
