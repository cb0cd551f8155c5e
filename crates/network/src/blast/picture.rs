//! A blast radius as something to draw.

use super::{Blast, Reached};
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, NodeClass, Picture};

/// The workloads of both directions with a shortest way to each, and the doors that lead in.
pub fn picture(blast: &Blast) -> Picture {
    let mut sketch = Sketch::default();
    for (list, towards_start) in [(&blast.reaches, false), (&blast.reached_by, true)] {
        for one in list {
            let node = sketch.end(&one.title);
            // Who is in both directions is marked as reached.
            if node.mark == Mark::None {
                node.mark = mark(one, towards_start);
            }
            let Some(before) = one.via.and_then(|place| list.get(place as usize)) else { continue };
            let (from, to) = if towards_start { (one, before) } else { (before, one) };
            sketch.edge(Edge {
                from: from.title.clone(),
                to: to.title.clone(),
                label: one.conns.to_string(),
                mark: if one.certain { EdgeMark::Path } else { EdgeMark::Unknown },
                detail: Vec::new(),
            });
        }
    }
    for entry in &blast.entries {
        let Some(behind) = blast.reached_by.get(entry.workload as usize) else { continue };
        let door = sketch.end(&entry.object);
        (door.class, door.mark) = (NodeClass::Ingress, Mark::EntryPoint);
        entry.kind.clone_into(&mut door.kind);
        door.detail = vec![entry.place.clone()];
        sketch.edge(Edge {
            from: entry.object.clone(),
            to: behind.title.clone(),
            label: entry.conns.to_string(),
            mark: EdgeMark::Path,
            detail: Vec::new(),
        });
    }
    let start = blast.reaches.first().map_or(&blast.start, |start| &start.title);
    for one in &blast.outside {
        sketch.edge(Edge {
            from: start.clone(),
            to: one.title.clone(),
            label: one.conns.to_string(),
            mark: EdgeMark::Path,
            detail: Vec::new(),
        });
    }
    let away = |list: &[Reached]| list.iter().filter(|one| one.hops > 0).count();
    Picture {
        title: format!("Blast radius of {}", blast.start),
        subtitle: format!(
            "reaches {} and is reached by {} of {} other workloads",
            away(&blast.reaches),
            away(&blast.reached_by),
            blast.workloads
        ),
        notes: vec!["Each workload is drawn with one shortest way to it; there may be others.".to_owned()],
        ..sketch.done()
    }
}

fn mark(one: &Reached, towards_start: bool) -> Mark {
    match (one.hops, towards_start) {
        (0, _) => Mark::Focus,
        (hops, false) => Mark::Reached(hops),
        (_, true) => Mark::None,
    }
}
