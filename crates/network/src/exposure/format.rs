//! Exposure behind a list, byte for byte as netpol-analyzer writes it.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::{Exposure, SideExposure};
use crate::Format;
use crate::engine::Solver;
use crate::list;
use crate::list::format::{csv_row, json_array, json_text, markdown};
use crate::policy::Direction;

/// From, to, connections.
type Row = (String, String, String);

/// One direction: its name and its rows.
struct Section {
    direction: Direction,
    rows: Vec<Row>,
}

impl Section {
    fn title(&self) -> &'static str {
        match self.direction {
            Direction::Ingress => "Ingress Exposure:",
            Direction::Egress => "Egress Exposure:",
        }
    }

    /// The rows as they are shown in tables: on the way in the workload stands first.
    fn columns(&self) -> (&'static str, &'static str, Vec<(&str, &str, &str)>) {
        let rows = self.rows.iter().map(|(from, to, conns)| (from.as_str(), to.as_str(), conns.as_str()));
        match self.direction {
            Direction::Egress => ("src", "dst", rows.collect()),
            Direction::Ingress => ("dst", "src", rows.map(|(from, to, conns)| (to, from, conns)).collect()),
        }
    }
}

/// Writes the list and what the workloads are exposed to.
pub fn write(exposure: &Exposure, solver: &Solver, format: Format) -> String {
    let focus = exposure.list.connection.map(|(protocol, port)| format!("{protocol} {port}"));
    let sections =
        [Direction::Egress, Direction::Ingress].map(|direction| section(exposure, solver, direction));
    let listed = |format| list::write(&exposure.list, solver, format);
    match format {
        Format::Text => text(&listed(format), exposure, &sections, focus.as_deref()),
        Format::Markdown => tables(&listed(format), &sections, focus.as_deref()),
        Format::Csv => rows(listed(format), &sections, focus.as_deref()),
        Format::Json => json(&indented(&listed(format)), &sections, focus.is_some()),
    }
}

fn section(exposure: &Exposure, solver: &Solver, direction: Direction) -> Section {
    // What a list says of addresses outside belongs to the exposure too.
    let listed = &exposure.list;
    let mut outside: FxHashMap<&str, Vec<(&str, String)>> = FxHashMap::default();
    for connection in &listed.connections {
        let (Some(from), Some(to)) =
            (listed.ends.get(connection.from as usize), listed.ends.get(connection.to as usize))
        else {
            continue;
        };
        let (own, other) = if direction == Direction::Egress { (from, to) } else { (to, from) };
        let allowed = &solver.verdict(connection.verdict).allowed;
        if other.is_outside() && !allowed.is_empty() {
            outside.entry(&own.title).or_default().push((&other.title, allowed.to_string()));
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    for exposed in &exposure.exposed {
        let side: &SideExposure =
            if direction == Direction::Egress { &exposed.egress } else { &exposed.ingress };
        let mut add = |other: &str, conns: String| {
            let (own, other) = (exposed.title.clone(), other.to_owned());
            rows.push(if direction == Direction::Egress { (own, other, conns) } else { (other, own, conns) });
        };
        if !side.protected {
            add("entire-cluster", "All Connections".to_owned());
        }
        for potential in &side.potentials {
            add(potential.pods.as_deref().unwrap_or("entire-cluster"), potential.conns.to_string());
        }
        for (other, conns) in outside.remove(exposed.title.as_str()).unwrap_or_default() {
            add(other, conns);
        }
    }
    match direction {
        Direction::Egress => rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1))),
        Direction::Ingress => rows.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0))),
    }
    Section { direction, rows }
}

fn heading(focus: Option<&str>) -> String {
    focus.map_or_else(
        || "Exposure Analysis Result:".to_owned(),
        |focus| format!("Exposure Analysis Result On {focus}:"),
    )
}

fn text(listed: &str, exposure: &Exposure, sections: &[Section; 2], focus: Option<&str>) -> String {
    let mut out = listed.to_owned();
    if !out.is_empty() && out != "\n" {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", heading(focus));
    let width = exposure.exposed.iter().map(|exposed| exposed.title.len()).max().unwrap_or(0);
    let mut first = true;
    for section in sections.iter().filter(|section| !section.rows.is_empty()) {
        if !first {
            out.push('\n');
        }
        first = false;
        let _ = writeln!(out, "{}", section.title());
        let arrow = if section.direction == Direction::Egress { "=>" } else { "<=" };
        for (own, other, conns) in section.columns().2 {
            let _ = write!(out, "{own:width$} \t{arrow} \t{other}");
            if focus.is_none() {
                let _ = write!(out, " : {conns}");
            }
            out.push('\n');
        }
    }
    let mut unprotected: Vec<String> = Vec::new();
    for exposed in &exposure.exposed {
        for (side, direction) in
            [(&exposed.ingress, Direction::Ingress), (&exposed.egress, Direction::Egress)]
        {
            if !side.protected {
                unprotected.push(format!("{} is not protected on {}", exposed.title, direction.name()));
            }
        }
    }
    unprotected.sort();
    if focus.is_none() && !unprotected.is_empty() {
        let _ = writeln!(out, "\nWorkloads not protected by network policies:\n{}", unprotected.join("\n"));
    }
    out
}

fn tables(listed: &str, sections: &[Section; 2], focus: Option<&str>) -> String {
    let mut out = listed.to_owned();
    let _ = write!(out, "## {}", heading(focus));
    for section in sections {
        out.push('\n');
        if section.rows.is_empty() {
            continue;
        }
        let (first, second, rows) = section.columns();
        let _ = write!(
            out,
            "### {}\n{}",
            section.title(),
            markdown(rows.into_iter(), first, second, focus.is_some())
        );
    }
    out
}

fn rows(listed: String, sections: &[Section; 2], focus: Option<&str>) -> String {
    let mut out = listed;
    csv_row(&mut out, &[&heading(focus), "", ""]);
    for section in sections.iter().filter(|section| !section.rows.is_empty()) {
        csv_row(&mut out, &[section.title(), "", ""]);
        let (first, second, rows) = section.columns();
        for (own, other, conns) in std::iter::once((first, second, "conn")).chain(rows) {
            let fields = [own, other, conns];
            csv_row(&mut out, if focus.is_some() { &fields[..2] } else { &fields });
        }
    }
    out
}

/// A list as JSON, moved to the right as a part of something.
fn indented(listed: &str) -> String {
    listed.replace('\n', "\n  ")
}

fn json(listed: &str, sections: &[Section; 2], focus: bool) -> String {
    let [list_key, exposure_key] = if focus {
        ["connlist_conn_focus_results", "exposure_conn_focus_results"]
    } else {
        ["connlist_results", "exposure_results"]
    };
    let mut out = String::from("{\n  ");
    json_text(&mut out, list_key);
    let _ = write!(out, ": {listed},\n  ");
    json_text(&mut out, exposure_key);
    out.push_str(": {");
    for (place, (section, key)) in sections.iter().zip(["egress_exposure", "ingress_exposure"]).enumerate() {
        out.push_str(if place == 0 { "\n    " } else { ",\n    " });
        json_text(&mut out, key);
        out.push_str(": ");
        // What was never filled is null to Go; narrowed to a connection it is a new, empty list.
        if section.rows.is_empty() && !focus {
            out.push_str("null");
            continue;
        }
        let rows = section.rows.iter().map(|(from, to, conns)| (from.as_str(), to.as_str(), conns.as_str()));
        json_array(&mut out, rows, focus, "    ");
    }
    out.push_str("\n  }\n}");
    out
}
