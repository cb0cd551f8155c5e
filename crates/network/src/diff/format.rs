//! A difference as text, Markdown, CSV and JSON. The first three are byte for byte those of netpol-analyzer,
//! unless causes are asked for.

use std::fmt::Write as _;

use super::{Change, Decider, Diff, Edit, EditKind, Kind, PartyKind};
use crate::Format;
use crate::algebra::Conns;
use crate::engine::{Decision, Verdict};
use crate::json::Json;
use crate::list::csv_row;

/// What the two clusters are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headings<'a> {
    /// The old one: netpol-analyzer prints `dir1`, its library `ref1`.
    pub old: &'a str,
    /// The new one.
    pub new: &'a str,
}

struct Row<'d> {
    change: &'d Change,
    place: usize,
    from: &'d str,
    to: &'d str,
    old: String,
    new: String,
    info: String,
}

/// Writes the differences. What is only unsure is in JSON, and in text where causes are shown.
pub fn write(diff: &Diff, headings: Headings<'_>, format: Format, why: bool) -> String {
    if format == Format::Json {
        return json(diff, headings).pretty();
    }
    let mut shown = Vec::new();
    for (place, change) in diff.changes.iter().enumerate() {
        if change.kind != Kind::Unsure {
            shown.push(row(diff, place, change));
        }
    }
    // netpol-analyzer writes nothing at all.
    if shown.is_empty() {
        return String::new();
    }
    let line = |row: &Row<'_>| match format {
        Format::Markdown => format!(
            "| {} | {} | {} | {} | {} | {} |",
            row.change.kind.name(),
            row.from,
            row.to,
            row.old,
            row.new,
            row.info
        ),
        Format::Csv | Format::Json => {
            format!("{};{};{};{};{};{}", row.change.kind.name(), row.from, row.to, row.old, row.new, row.info)
        }
        Format::Text => text_line(row, headings),
    };
    let mut lines: Vec<(bool, Kind, String, &Row<'_>)> = shown
        .iter()
        .map(|row| {
            let (from, _) = diff.ends(row.change);
            (from.kind == PartyKind::Controller, row.change.kind, line(row), row)
        })
        .collect();
    lines.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    let mut out = String::new();
    match format {
        Format::Text => {
            out.push_str("Connectivity diff:\n");
            for (_, _, line, row) in &lines {
                out.push_str(line);
                out.push('\n');
                if why {
                    causes(&mut out, diff, row.place, headings);
                }
            }
            if why {
                edits(&mut out, diff);
            }
        }
        Format::Markdown => {
            let _ = write!(
                out,
                "| diff-type | source | destination | {} | {} | workloads-diff-info |{}\n\
                 |-----------|--------|-------------|------|------|---------------------|{}\n",
                headings.old,
                headings.new,
                if why { " because |" } else { "" },
                if why { "---------|" } else { "" },
            );
            for (_, _, line, row) in &lines {
                out.push_str(line);
                if why {
                    let _ = write!(out, " {} |", because(diff, row.place).join("; "));
                }
                out.push('\n');
            }
            out.pop();
        }
        Format::Csv | Format::Json => {
            let mut head =
                vec!["diff-type", "source", "destination", headings.old, headings.new, "workloads-diff-info"];
            head.extend(why.then_some("because"));
            csv_row(&mut out, &head);
            for (_, _, _, row) in &lines {
                let mut fields =
                    vec![row.change.kind.name(), row.from, row.to, &row.old, &row.new, &row.info];
                let because = why.then(|| because(diff, row.place).join("; "));
                fields.extend(because.as_deref());
                csv_row(&mut out, &fields);
            }
        }
    }
    out
}

fn text_line(row: &Row<'_>, headings: Headings<'_>) -> String {
    let mut line = format!(
        "diff-type: {}, source: {}, destination: {}, {}: {}, {}: {}",
        row.change.kind.name(),
        row.from,
        row.to,
        headings.old,
        row.old,
        headings.new,
        row.new
    );
    if !row.info.is_empty() {
        let _ = write!(line, ", workloads-diff-info: {}", row.info);
    }
    line
}

fn row<'d>(diff: &'d Diff, place: usize, change: &'d Change) -> Row<'d> {
    let (from, to) = diff.ends(change);
    Row {
        change,
        place,
        from: &from.title,
        to: &to.title,
        old: change.old.allowed.to_string(),
        new: change.new.allowed.to_string(),
        info: info(diff, change),
    }
}

/// Which of the ends came or went with the connections.
fn info(diff: &Diff, change: &Change) -> String {
    let missing = |kind: &PartyKind| match (kind, change.kind) {
        (PartyKind::Workload { in_old, .. }, Kind::Added) => !in_old,
        (PartyKind::Workload { in_new, .. }, Kind::Removed) => !in_new,
        _ => false,
    };
    let (from, to) = diff.ends(change);
    let named: Vec<&str> = [from, to]
        .into_iter()
        .filter(|party| missing(&party.kind))
        .map(|party| party.title.as_str())
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!("workload {} {}", named.join(" and "), change.kind.name())
    }
}

/// One phrase for each edit behind a change.
pub(super) fn because(diff: &Diff, place: usize) -> Vec<String> {
    let Some(why) = diff.why.get(place) else { return Vec::new() };
    why.edits.iter().filter_map(|number| diff.edits.get(*number as usize)).map(phrase).collect()
}

/// `NetworkPolicy shop/web was changed (ingress rules): old/np.yaml:12 -> new/np.yaml:14`.
pub(super) fn phrase(edit: &Edit) -> String {
    let mut out = format!("{} was {}", edit.title, edit.kind.name());
    if !edit.detail.is_empty() {
        let _ = write!(out, " ({})", edit.detail);
    }
    let places: Vec<String> = [&edit.old, &edit.new]
        .into_iter()
        .filter(|places| !places.is_empty())
        .map(|places| places.join(", "))
        .collect();
    if !places.is_empty() {
        let _ = write!(out, ": {}", places.join(" -> "));
    }
    out
}

fn causes(out: &mut String, diff: &Diff, place: usize, headings: Headings<'_>) {
    let Some(why) = diff.why.get(place) else { return };
    let intro = if why.tried || why.edits.len() < 2 { "because" } else { "together" };
    for phrase in because(diff, place) {
        let _ = writeln!(out, "    {intro}: {phrase}");
    }
    for (name, deciders) in [(headings.old, &why.old), (headings.new, &why.new)] {
        for decider in deciders {
            let _ = writeln!(out, "    {name}: {}", decided(decider));
        }
    }
}

fn decided(decider: &Decider) -> String {
    let direction = decider.direction.field();
    let verb = match decider.decision {
        Decision::Allowed => "allowed by",
        Decision::Denied => "denied by",
        Decision::Passed => "passed on by",
        Decision::Isolated => "not allowed by any rule; isolated by",
        Decision::Default => return format!("{direction} allowed: no policy says otherwise"),
    };
    match &decider.site {
        Some(site) => format!("{direction} {verb} {site}"),
        None => format!("{direction} {verb} a policy"),
    }
}

/// How many pairs each edit is behind.
fn edits(out: &mut String, diff: &Diff) {
    if diff.edits.is_empty() {
        return;
    }
    out.push_str("\nEdits:\n");
    for (number, edit) in (0u32..).zip(&diff.edits) {
        let counts = counts(diff, number);
        let _ = writeln!(out, "{}\n    {}", phrase(edit), counts_text(&counts));
    }
}

/// Changed, added, removed.
fn counts(diff: &Diff, number: u32) -> [usize; 3] {
    let mut counts = [0; 3];
    for (change, why) in diff.changes.iter().zip(&diff.why) {
        if why.edits.contains(&number) && change.kind != Kind::Unsure {
            counts[change.kind as usize] += 1;
        }
    }
    counts
}

fn counts_text(counts: &[usize; 3]) -> String {
    let parts: Vec<String> = [Kind::Changed, Kind::Added, Kind::Removed]
        .into_iter()
        .filter(|kind| counts[*kind as usize] > 0)
        .map(|kind| format!("{} {}", counts[kind as usize], kind.name()))
        .collect();
    if parts.is_empty() { "changes no connection by itself".to_owned() } else { parts.join(", ") }
}

fn json(diff: &Diff, headings: Headings<'_>) -> Json {
    let mut order: Vec<usize> = (0..diff.changes.len()).collect();
    order.sort_by_key(|&place| {
        let change = &diff.changes[place];
        let (from, to) = diff.ends(change);
        (from.kind == PartyKind::Controller, change.kind, from.title.as_str(), to.title.as_str())
    });
    let conns = |conns: &Conns| if conns.is_empty() { Json::Null } else { Json::text(conns.to_string()) };
    let verdict = |verdict: &Verdict| {
        Json::Map(vec![("allowed", conns(&verdict.allowed)), ("unknown", conns(&verdict.unknown))])
    };
    let decider = |decider: &Decider| {
        Json::Map(vec![
            ("direction", Json::text(decider.direction.field())),
            ("decision", Json::text(decision_name(decider.decision))),
            ("by", decider.site.as_ref().map_or(Json::Null, crate::Site::json)),
        ])
    };
    let changes = order
        .into_iter()
        .map(|place| {
            let change = &diff.changes[place];
            let (from, to) = diff.ends(change);
            let info = info(diff, change);
            let mut fields = vec![
                ("diff-type", Json::text(change.kind.name())),
                ("source", Json::text(from.title.clone())),
                ("destination", Json::text(to.title.clone())),
                ("old", verdict(&change.old)),
                ("new", verdict(&change.new)),
                ("workloads-diff-info", Json::maybe((!info.is_empty()).then_some(info))),
            ];
            if let Some(why) = diff.why.get(place) {
                fields.push((
                    "because",
                    Json::List(why.edits.iter().map(|number| Json::Number(u64::from(*number))).collect()),
                ));
                fields.push(("each-edit-by-itself", Json::Bool(why.tried)));
                fields.push(("decided-by-old", Json::List(why.old.iter().map(decider).collect())));
                fields.push(("decided-by-new", Json::List(why.new.iter().map(decider).collect())));
            }
            Json::Map(fields)
        })
        .collect();
    let edits = (0u32..)
        .zip(&diff.edits)
        .map(|(number, edit)| {
            let [changed, added, removed] = counts(diff, number);
            Json::Map(vec![
                ("number", Json::Number(u64::from(number))),
                ("edit", Json::text(EditKind::name(edit.kind))),
                ("object", Json::text(edit.title.clone())),
                ("what", Json::maybe((!edit.detail.is_empty()).then(|| edit.detail.clone()))),
                ("old", Json::texts(edit.old.iter().cloned())),
                ("new", Json::texts(edit.new.iter().cloned())),
                ("changed", Json::count(changed)),
                ("added", Json::count(added)),
                ("removed", Json::count(removed)),
            ])
        })
        .collect();
    Json::Map(vec![
        ("old", Json::text(headings.old)),
        ("new", Json::text(headings.new)),
        ("changes", Json::List(changes)),
        ("edits", Json::List(edits)),
    ])
}

/// The word for a decision in JSON.
pub(crate) fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::Denied => "denied",
        Decision::Passed => "passed",
        Decision::Isolated => "isolated",
        Decision::Default => "default",
    }
}
