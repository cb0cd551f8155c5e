//! A blast radius as text, Markdown, CSV and JSON.

use std::fmt::Write as _;

use super::{Blast, EntryPoint, Reached};
use crate::Format;
use crate::json::Json;
use crate::list::csv_row;

/// Writes a blast radius.
pub fn write(blast: &Blast, format: Format) -> String {
    match format {
        Format::Text => text(blast),
        Format::Markdown => markdown(blast),
        Format::Csv => csv(blast),
        Format::Json => json(blast).pretty(),
    }
}

/// The titles from the start to this one, or from this one to the start.
fn way<'b>(list: &'b [Reached], one: &'b Reached, towards_start: bool) -> Vec<&'b str> {
    let mut titles = vec![one.title.as_str()];
    let mut at = one.via;
    while let Some(before) = at.and_then(|place| list.get(place as usize)) {
        titles.push(&before.title);
        at = before.via;
    }
    if !towards_start {
        titles.reverse();
    }
    titles
}

fn others(list: &[Reached]) -> impl Iterator<Item = &Reached> {
    list.iter().filter(|one| one.hops > 0)
}

fn summary(blast: &Blast) -> Vec<String> {
    let (all, direct) =
        (others(&blast.reaches).count(), others(&blast.reaches).filter(|one| one.hops == 1).count());
    let far = blast.reaches.iter().map(|one| one.hops).max().unwrap_or(0);
    let by = others(&blast.reached_by).count();
    let mut lines = vec![
        format!(
            "reaches {all} of {} other workloads, {direct} of them directly; the farthest is {} away",
            blast.workloads,
            hops(far)
        ),
        format!("is reached by {by} of {} other workloads", blast.workloads),
        match blast.entries.len() {
            0 => "no Service, Ingress, Route or Gateway leads to it, directly or through others".to_owned(),
            count => format!("{count} entry points lead to it, directly or through others"),
        },
        match blast.ways_out.len() {
            0 => "nothing leaves the cluster from it or from what it reaches".to_owned(),
            count => format!(
                "addresses outside of the cluster can be reached from {count} of these workloads, itself included"
            ),
        },
    ];
    let unsure = others(&blast.reaches).chain(others(&blast.reached_by)).filter(|one| !one.certain).count();
    if unsure > 0 {
        lines.push(format!("{unsure} of these hang on policies that are wrong or not modelled"));
    }
    lines
}

fn hops(count: u32) -> String {
    if count == 1 { "1 hop".to_owned() } else { format!("{count} hops") }
}

fn unsure(one: &Reached) -> &'static str {
    if one.certain { "" } else { " (not certain)" }
}

fn text(blast: &Blast) -> String {
    let mut out = format!("{}\n", blast.start);
    for line in summary(blast) {
        let _ = writeln!(out, "  {line}");
    }
    for (title, list, towards_start) in
        [("Reaches", &blast.reaches, false), ("Is reached by", &blast.reached_by, true)]
    {
        if others(list).next().is_none() {
            continue;
        }
        let _ = writeln!(out, "\n{title}");
        for one in others(list) {
            let way = way(list, one, towards_start).join(" > ");
            let _ = writeln!(out, "  {:>2}  {way}: {}{}", one.hops, one.conns, unsure(one));
        }
    }
    if !blast.entries.is_empty() {
        out.push_str("\nEntry points\n");
        for entry in &blast.entries {
            let (way, place) = entry_way(blast, entry);
            let _ = writeln!(out, "  {} {} ({place}) > {way}: {}", entry.kind, entry.object, entry.conns);
        }
    }
    if !blast.outside.is_empty() {
        out.push_str("\nReaches outside of the cluster\n");
        for outside in &blast.outside {
            let _ = writeln!(out, "  {}: {}", outside.title, outside.conns);
        }
    }
    out
}

fn entry_way(blast: &Blast, entry: &EntryPoint) -> (String, String) {
    let way = blast
        .reached_by
        .get(entry.workload as usize)
        .map(|one| way(&blast.reached_by, one, true).join(" > "));
    (way.unwrap_or_default(), entry.place.clone())
}

fn markdown(blast: &Blast) -> String {
    let mut out = format!("## Blast radius of {}\n\n", blast.start);
    for line in summary(blast) {
        let _ = writeln!(out, "- {line}");
    }
    for (title, list, towards_start) in
        [("Reaches", &blast.reaches, false), ("Is reached by", &blast.reached_by, true)]
    {
        if others(list).next().is_none() {
            continue;
        }
        let _ =
            write!(out, "\n### {title}\n\n| hops | workload | last connection | way |\n|---|---|---|---|\n");
        for one in others(list) {
            let way = way(list, one, towards_start).join(" > ");
            let _ = writeln!(out, "| {} | {} | {}{} | {way} |", one.hops, one.title, one.conns, unsure(one));
        }
    }
    if !blast.entries.is_empty() {
        out.push_str(
            "\n### Entry points\n\n| kind | object | place | way | connections |\n|---|---|---|---|---|\n",
        );
        for entry in &blast.entries {
            let (way, place) = entry_way(blast, entry);
            let _ =
                writeln!(out, "| {} | {} | {place} | {way} | {} |", entry.kind, entry.object, entry.conns);
        }
    }
    if !blast.outside.is_empty() {
        out.push_str("\n### Reaches outside of the cluster\n\n| what | connections |\n|---|---|\n");
        for outside in &blast.outside {
            let _ = writeln!(out, "| {} | {} |", outside.title, outside.conns);
        }
    }
    out
}

fn csv(blast: &Blast) -> String {
    let mut out = "direction,workload,hops,last connection,way,certain\n".to_owned();
    let mut line = |fields: [&str; 6]| csv_row(&mut out, &fields);
    for (name, list, towards_start) in
        [("reaches", &blast.reaches, false), ("reached by", &blast.reached_by, true)]
    {
        for one in others(list) {
            let way = way(list, one, towards_start).join(" > ");
            let certain = if one.certain { "yes" } else { "no" };
            line([name, &one.title, &one.hops.to_string(), &one.conns.to_string(), &way, certain]);
        }
    }
    for entry in &blast.entries {
        let (way, _) = entry_way(blast, entry);
        let hops = blast.reached_by.get(entry.workload as usize).map_or(0, |one| one.hops);
        line(["entry", &entry.object, &hops.to_string(), &entry.conns.to_string(), &way, "yes"]);
    }
    for outside in &blast.outside {
        line(["outside", &outside.title, "1", &outside.conns.to_string(), &blast.start, "yes"]);
    }
    out
}

fn json(blast: &Blast) -> Json {
    let list = |list: &[Reached], towards_start: bool| {
        let each = others(list).map(|one| {
            Json::Map(vec![
                ("workload", Json::text(one.title.clone())),
                ("hops", Json::Number(u64::from(one.hops))),
                ("connections", Json::text(one.conns.to_string())),
                ("way", Json::texts(way(list, one, towards_start))),
                ("certain", Json::Bool(one.certain)),
            ])
        });
        Json::List(each.collect())
    };
    let entries = blast.entries.iter().map(|entry| {
        let one = blast.reached_by.get(entry.workload as usize);
        Json::Map(vec![
            ("kind", Json::text(entry.kind)),
            ("object", Json::text(entry.object.clone())),
            ("place", Json::text(entry.place.clone())),
            ("connections", Json::text(entry.conns.to_string())),
            ("way", one.map_or(Json::Null, |one| Json::texts(way(&blast.reached_by, one, true)))),
        ])
    });
    let outside = blast.outside.iter().map(|outside| {
        Json::Map(vec![
            ("what", Json::text(outside.title.clone())),
            ("connections", Json::text(outside.conns.to_string())),
        ])
    });
    let out = blast
        .ways_out
        .iter()
        .filter_map(|place| blast.reaches.get(*place as usize))
        .map(|one| one.title.clone());
    Json::Map(vec![
        ("workload", Json::text(blast.start.clone())),
        ("other-workloads", Json::count(blast.workloads)),
        ("reaches", list(&blast.reaches, false)),
        ("reached-by", list(&blast.reached_by, true)),
        ("entries", Json::List(entries.collect())),
        ("outside", Json::List(outside.collect())),
        ("ways-out", Json::texts(out)),
    ])
}
