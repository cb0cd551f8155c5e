//! A list as text, Markdown, CSV and JSON, byte for byte as netpol-analyzer writes them.

use std::fmt::Write as _;

use super::List;
use crate::engine::Solver;

/// A form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `from => to : connections`, a line each.
    Text,
    /// A Markdown table.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// A JSON array.
    Json,
}

/// One row of an answer: from, to, connections.
pub(crate) type TextRow<'a> = (&'a str, &'a str, &'a str);

/// Writes the allowed connections. What is unknown is not among them.
pub fn write(list: &List, solver: &Solver, format: Format) -> String {
    let mut texts: rustc_hash::FxHashMap<u32, String> = rustc_hash::FxHashMap::default();
    for connection in &list.connections {
        texts.entry(connection.verdict).or_insert_with(|| {
            let allowed = &solver.verdict(connection.verdict).allowed;
            if allowed.is_empty() { String::new() } else { allowed.to_string() }
        });
    }
    let rows = list
        .connections
        .iter()
        .map(|connection| {
            (
                list.ends[connection.from as usize].title.as_str(),
                list.ends[connection.to as usize].title.as_str(),
                texts[&connection.verdict].as_str(),
            )
        })
        .filter(|(_, _, conns)| !conns.is_empty());
    let focus = list.connection.map(|(protocol, port)| format!("{protocol} {port}"));
    match format {
        Format::Text => text(rows, focus.as_deref()),
        Format::Markdown => markdown(rows, "src", "dst", focus.is_some()),
        Format::Csv => csv(rows, focus.is_some()),
        Format::Json => json(rows, focus.is_some()),
    }
}

fn text<'a>(rows: impl Iterator<Item = TextRow<'a>>, focus: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(focus) = focus {
        let _ = writeln!(out, "Permitted connections on {focus}:");
    }
    for (from, to, conns) in rows {
        out.push_str(from);
        out.push_str(" => ");
        out.push_str(to);
        if focus.is_none() {
            out.push_str(" : ");
            out.push_str(conns);
        }
        out.push('\n');
    }
    out
}

/// A table with this head; without connections where all rows are about one.
pub(crate) fn markdown<'a>(
    rows: impl Iterator<Item = TextRow<'a>>,
    first: &str,
    second: &str,
    focus: bool,
) -> String {
    let mut out = if focus {
        format!("| {first} | {second} |\n|-----|-----|\n")
    } else {
        format!("| {first} | {second} | conn |\n|-----|-----|------|\n")
    };
    for (from, to, conns) in rows {
        for part in ["| ", from, " | ", to] {
            out.push_str(part);
        }
        if !focus {
            out.push_str(" | ");
            out.push_str(conns);
        }
        out.push_str(" |\n");
    }
    out
}

fn csv<'a>(rows: impl Iterator<Item = TextRow<'a>>, focus: bool) -> String {
    let mut out = String::from(if focus { "src,dst\n" } else { "src,dst,conn\n" });
    for (from, to, conns) in rows {
        csv_field(&mut out, from);
        out.push(',');
        csv_field(&mut out, to);
        if !focus {
            out.push(',');
            csv_field(&mut out, conns);
        }
        out.push('\n');
    }
    out
}

/// A row as Go's `encoding/csv` writes it.
pub(crate) fn csv_row(out: &mut String, fields: &[&str]) {
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        csv_field(out, field);
    }
    out.push('\n');
}

/// A field as Go's `encoding/csv` writes it.
pub(crate) fn csv_field(out: &mut String, field: &str) {
    let quoted = field.contains([',', '"', '\n', '\r']) || field.starts_with([' ', '\t']) || field == "\\.";
    if !quoted {
        out.push_str(field);
        return;
    }
    out.push('"');
    for letter in field.chars() {
        if letter == '"' {
            out.push('"');
        }
        out.push(letter);
    }
    out.push('"');
}

fn json<'a>(rows: impl Iterator<Item = TextRow<'a>>, focus: bool) -> String {
    let mut out = String::new();
    json_array(&mut out, rows, focus, "");
    out
}

/// An array of rows, indented as `json.MarshalIndent` does, inside of something indented by `indent`.
pub(crate) fn json_array<'a>(
    out: &mut String,
    rows: impl Iterator<Item = TextRow<'a>>,
    focus: bool,
    indent: &str,
) {
    let mut first = true;
    out.push('[');
    for (from, to, conns) in rows {
        out.push_str(if first { "\n" } else { ",\n" });
        first = false;
        let _ = write!(out, "{indent}  {{\n{indent}    \"src\": ");
        json_text(out, from);
        let _ = write!(out, ",\n{indent}    \"dst\": ");
        json_text(out, to);
        if !focus {
            let _ = write!(out, ",\n{indent}    \"conn\": ");
            json_text(out, conns);
        }
        let _ = write!(out, "\n{indent}  }}");
    }
    if !first {
        out.push('\n');
        out.push_str(indent);
    }
    out.push(']');
}

/// A string as Go's `encoding/json` writes it: `<`, `>` and `&` escaped too.
pub(crate) fn json_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
