//! What is to be known before generated policies are applied.

use std::fmt::Write as _;

use super::{Coverage, Generated};
use crate::Format;
use crate::simulate::flows;

/// More lines than this of one sort are counted, not shown, in the text.
const MOST: usize = 20;

/// Writes the report.
pub fn write_report(generated: &Generated, format: Format) -> String {
    match format {
        Format::Text => text(generated, "", MOST),
        Format::Markdown => markdown(generated),
        Format::Json => {
            let mut out = serde_json::to_string_pretty(generated).unwrap_or_default();
            out.push('\n');
            out
        }
        Format::Csv => csv(generated),
    }
}

fn text(generated: &Generated, bullet: &str, most: usize) -> String {
    let count = generated.policy_count;
    let mut out = format!("{count} polic{} written. ", if count == 1 { "y" } else { "ies" });
    if generated.proven == 0 && generated.broken.is_empty() {
        let _ = writeln!(out, "No flow was given that could prove them (profile {}).", generated.profile);
    } else if generated.broken.is_empty() {
        let _ = writeln!(
            out,
            "Proven: {} observed, all allowed (profile {}).",
            flows(generated.proven),
            generated.profile
        );
    } else {
        let _ = writeln!(out, "NOT PROVEN: observed flows would break.");
    }
    let broken = generated.broken.iter().map(|one| {
        format!(
            "{} => {} : {} ({}, {}), by {}",
            one.from,
            one.to,
            one.connections,
            flows(one.flows),
            one.seen_at,
            one.policy
        )
    });
    section(&mut out, bullet, most, "Observed flows that would break", broken);
    let not_judged = generated
        .not_judged
        .iter()
        .map(|one| format!("{} ({}): {}", one.seen_at, flows(one.flows), one.reason));
    section(&mut out, bullet, most, "Flows that could not be judged", not_judged);
    let without = generated.without_evidence.iter().cloned();
    section(
        &mut out,
        bullet,
        most,
        "Workloads without evidence, left without a policy of their own",
        without,
    );
    let gaps = generated.gaps.iter().map(|gap| format!("{}: {} ({})", gap.workload, gap.reason, gap.at));
    section(&mut out, bullet, most, "Needs that no rule covers", gaps);
    let excess =
        generated.excess.iter().map(|one| format!("{} => {} : {}", one.from, one.to, one.connections));
    section(&mut out, bullet, most, "Allowed beyond the evidence", excess);
    let noted = generated.coverage.iter().filter(|row| !row.note.is_empty());
    let noted = noted.map(|row| format!("{}: {}", row.workload, row.note));
    section(&mut out, bullet, most, "Notes", noted.chain(generated.notes.iter().cloned()));
    out
}

fn section(out: &mut String, bullet: &str, most: usize, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title} ({}):", lines.len());
    if !bullet.is_empty() {
        out.push('\n');
    }
    for line in lines.iter().take(most) {
        let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
        let _ = writeln!(out, "{}{line}", if bullet.is_empty() { "  " } else { bullet });
    }
    if let Some(more) = lines.len().checked_sub(most).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more; `-o json` shows all");
    }
}

fn cells(row: &Coverage) -> [String; 7] {
    [
        row.workload.clone(),
        row.policy.clone(),
        row.flows.to_string(),
        row.addresses.to_string(),
        row.first.clone().unwrap_or_default(),
        row.last.clone().unwrap_or_default(),
        row.note.clone(),
    ]
}

fn markdown(generated: &Generated) -> String {
    let mut out = text(generated, "- ", usize::MAX);
    out.push_str(
        "\n| workload | policy | flows | addresses | first | last | note |\n|---|---|---|---|---|---|---|\n",
    );
    for row in &generated.coverage {
        let cells = cells(row).map(|cell| cell.replace('|', "\\|").replace(['\n', '\r'], " "));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

fn csv(generated: &Generated) -> String {
    let mut out = String::from("workload,policy,flows,addresses,first,last,note\n");
    for row in &generated.coverage {
        let cells = cells(row);
        crate::list::csv_row(&mut out, &cells.each_ref().map(|cell| &**cell));
    }
    out
}
