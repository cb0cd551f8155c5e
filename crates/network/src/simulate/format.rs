//! A simulation as text, Markdown, CSV and JSON.

use std::fmt::Write as _;

use super::{Break, Simulation};
use crate::Format;
use crate::list::csv_row;

/// Writes a simulation.
pub fn write(simulation: &Simulation, format: Format) -> String {
    match format {
        Format::Text => text(simulation),
        Format::Markdown => markdown(simulation),
        Format::Csv => csv(simulation),
        Format::Json => {
            let mut out = serde_json::to_string_pretty(simulation).unwrap_or_default();
            out.push('\n');
            out
        }
    }
}

/// `1 flow`, `2 flows`.
pub(crate) fn flows(count: u64) -> String {
    format!("{count} flow{}", if count == 1 { "" } else { "s" })
}

pub(super) fn headline(simulation: &Simulation) -> String {
    let counts = simulation.counts;
    let mut out = match (counts.denied, counts.unknown) {
        (0, 0) => {
            format!("{} of {} would still go through, none would break.", counts.allowed, flows(counts.flows))
        }
        (denied, 0) => format!("{denied} of {} would break.", flows(counts.flows)),
        (denied, unknown) => {
            format!("{denied} of {} would break, and of {unknown} it is not known.", flows(counts.flows))
        }
    };
    let mut add = |count: u64, what: &str| {
        if count > 0 {
            let _ = write!(out, " {}: {what}.", flows(count));
        }
    };
    add(counts.not_judged, "not judged, because an end is not known");
    add(counts.dropped_before, "dropped when seen, and would be again");
    add(counts.opened, "dropped when seen, and would go through now");
    out
}

fn text(simulation: &Simulation) -> String {
    let mut out = headline(simulation);
    out.push('\n');
    let mut last: Option<(&str, &str)> = None;
    for one in &simulation.breaks {
        if last != Some((&one.workload, one.direction)) {
            let _ = writeln!(out, "\n{} {}", one.workload, one.direction);
            last = Some((&one.workload, one.direction));
        }
        let (arrow, other) = if one.direction == "ingress" { ("<=", &one.from) } else { ("=>", &one.to) };
        let _ =
            writeln!(out, "  {arrow} {other} : {} ({}, {})", one.connections, flows(one.flows), one.seen_at);
        let _ = writeln!(out, "     {}", why(one));
    }
    if !simulation.not_judged.is_empty() {
        out.push_str("\nNot judged:\n");
        for one in &simulation.not_judged {
            let _ = writeln!(out, "  {} ({}): {}", one.seen_at, flows(one.flows), one.reason);
        }
    }
    out
}

/// Which policy is in the way, as a sentence.
pub(super) fn why(one: &Break) -> String {
    let place = if one.written_at.is_empty() { String::new() } else { format!(" ({})", one.written_at) };
    let now = if one.also_now { "; the present policies break it too" } else { "" };
    match (one.rule, one.fate) {
        (Some(rule), "unknown") => {
            format!("{}: {} rule {rule} could not be decided{place}{now}", one.policy, one.direction)
        }
        (Some(rule), _) => format!("{}: {} rule {rule} denies it{place}{now}", one.policy, one.direction),
        (None, _) => format!("{} isolates it and no rule allows this{place}{now}", one.policy),
    }
}

fn markdown(simulation: &Simulation) -> String {
    let mut out = headline(simulation);
    out.push('\n');
    if !simulation.breaks.is_empty() {
        out.push_str("\n| workload | direction | from | to | connections | flows | because |\n");
        out.push_str("|---|---|---|---|---|---|---|\n");
    }
    for one in &simulation.breaks {
        let (flows, because) = (one.flows.to_string(), why(one));
        let cells =
            [one.workload.as_str(), one.direction, &one.from, &one.to, &one.connections, &flows, &because];
        out.push('|');
        for cell in cells {
            let _ = write!(out, " {} |", cell.replace('|', "\\|").replace(['\n', '\r'], " "));
        }
        out.push('\n');
    }
    out
}

fn csv(simulation: &Simulation) -> String {
    let mut out = String::from(
        "workload,direction,from,to,connections,flows,seen_at,policy,rule,written_at,fate,also_now\n",
    );
    for one in &simulation.breaks {
        let rule = one.rule.map_or_else(String::new, |rule| rule.to_string());
        let (flows, now) = (one.flows.to_string(), one.also_now.to_string());
        let fields = [
            one.workload.as_str(),
            one.direction,
            &one.from,
            &one.to,
            &one.connections,
            &flows,
            &one.seen_at,
            &one.policy,
            &rule,
            &one.written_at,
            one.fate,
            &now,
        ];
        csv_row(&mut out, &fields);
    }
    out
}
