//! A difference as something to draw.

use super::format::{because, phrase};
use super::{Diff, Headings, Kind, PartyKind};
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};

/// The pairs whose connections are not the same, and the ends that came or went with them.
///
/// Edits are in the detail of an edge where [`Diff::explain`] was asked for them.
pub fn picture(diff: &Diff, headings: Headings<'_>) -> Picture {
    let mut sketch = Sketch::default();
    for (place, change) in diff.changes.iter().enumerate() {
        let (from, to) = diff.ends(change);
        let (old, new) = (&change.old.allowed, &change.new.allowed);
        let (mark, label) = match change.kind {
            Kind::Added => (EdgeMark::Added, new.to_string()),
            Kind::Removed => (EdgeMark::Removed, old.to_string()),
            Kind::Changed => (EdgeMark::Changed, format!("{old} → {new}")),
            Kind::Unsure => (EdgeMark::Unknown, change.delta().to_string()),
        };
        sketch.edge(Edge {
            from: from.title.clone(),
            to: to.title.clone(),
            label,
            mark,
            detail: because(diff, place),
        });
        for party in [from, to] {
            if let PartyKind::Workload { in_old, in_new, .. } = party.kind {
                sketch.end(&party.title).mark = match (in_old, in_new) {
                    (false, true) => Mark::Added,
                    (true, false) => Mark::Removed,
                    _ => Mark::None,
                };
            }
        }
    }
    let count = |kind: Kind| diff.changes.iter().filter(|change| change.kind == kind).count();
    let mut subtitle = format!(
        "{} added, {} removed, {} changed",
        count(Kind::Added),
        count(Kind::Removed),
        count(Kind::Changed)
    );
    if count(Kind::Unsure) > 0 {
        subtitle = format!("{subtitle}, {} not known", count(Kind::Unsure));
    }
    let mut notes: Vec<String> = diff.edits.iter().map(phrase).collect();
    notes.push("Only pairs whose connections differ are drawn.".to_owned());
    Picture {
        title: format!("Connections of {} and {}", headings.old, headings.new),
        subtitle,
        notes,
        ..sketch.done()
    }
}
