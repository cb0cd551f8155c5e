//! A list as text, Markdown, CSV and JSON, byte for byte as netpol-analyzer writes them.

use std::fmt::Write as _;

use super::List;
use crate::Format;
use crate::engine::Solver;

/// One row of an answer: from, to, connections.
pub(crate) type TextRow<'a> = (&'a str, &'a str, &'a str);

/// Writes the allowed connections. What is unknown is not among them.
///
/// Titles and connections are written many times, so each is made once, in the form of the answer.
pub fn write(list: &List, solver: &Solver, format: Format) -> String {
    let quote = |text: String| {
        if format != Format::Json {
            return text;
        }
        let mut quoted = String::with_capacity(text.len() + 2);
        json_text(&mut quoted, &text);
        quoted
    };
    let titles: Vec<String> = list.ends.iter().map(|end| quote(end.title.clone())).collect();
    let mut texts: Vec<Option<String>> = Vec::new();
    let mut rows: Vec<(u32, u32, u32)> = Vec::with_capacity(list.connections.len());
    for connection in &list.connections {
        let place = connection.verdict as usize;
        if texts.len() <= place {
            texts.resize(place + 1, None);
        }
        let text = texts[place].get_or_insert_with(|| {
            let allowed = &solver.verdict(connection.verdict).allowed;
            if allowed.is_empty() { String::new() } else { quote(allowed.to_string()) }
        });
        if !text.is_empty() {
            rows.push((connection.from, connection.to, connection.verdict));
        }
    }
    let rows = rows.iter().map(|&(from, to, verdict)| {
        let text = texts[verdict as usize].as_deref().unwrap_or_default();
        (titles[from as usize].as_str(), titles[to as usize].as_str(), text)
    });
    let focus = list.connection.map(|(protocol, port)| format!("{protocol} {port}"));
    match format {
        Format::Text => text(rows, focus.as_deref()),
        Format::Markdown => markdown(rows, "src", "dst", focus.is_some()),
        Format::Csv => csv(rows, focus.is_some()),
        Format::Json => {
            // A row's own text, and what stands around it.
            let row = |(from, to, text): TextRow<'_>| from.len() + to.len() + text.len() + 48;
            let mut out = String::with_capacity(rows.clone().map(row).sum::<usize>() + 3);
            quoted_array(&mut out, rows, focus.is_some(), "");
            out
        }
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
fn csv_field(out: &mut String, field: &str) {
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

/// An array of rows, indented as `json.MarshalIndent` does, inside of something indented by `indent`.
pub(crate) fn json_array<'a>(
    out: &mut String,
    rows: impl Iterator<Item = TextRow<'a>>,
    focus: bool,
    indent: &str,
) {
    let quote = |text: &str| {
        let mut quoted = String::new();
        json_text(&mut quoted, text);
        quoted
    };
    let rows: Vec<[String; 3]> =
        rows.map(|(from, to, conns)| [quote(from), quote(to), quote(conns)]).collect();
    let rows = rows.iter().map(|[from, to, conns]| (from.as_str(), to.as_str(), conns.as_str()));
    quoted_array(out, rows, focus, indent);
}

/// The same of texts in quotes.
fn quoted_array<'a>(out: &mut String, rows: impl Iterator<Item = TextRow<'a>>, focus: bool, indent: &str) {
    let start = format!("\n{indent}  {{\n{indent}    \"src\": ");
    let dst = format!(",\n{indent}    \"dst\": ");
    let conn = format!(",\n{indent}    \"conn\": ");
    let end = format!("\n{indent}  }}");
    let mut first = true;
    out.push('[');
    for (from, to, conns) in rows {
        if !first {
            out.push(',');
        }
        first = false;
        for part in [&start, from, &dst, to] {
            out.push_str(part);
        }
        if !focus {
            out.push_str(&conn);
            out.push_str(conns);
        }
        out.push_str(&end);
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

/// Writes merged rows.
pub fn write_merged(rows: &[super::MergedRow], format: Format) -> String {
    let rows = rows.iter().map(|row| (row.from.as_str(), row.to.as_str(), row.conns.as_str()));
    match format {
        Format::Text => text(rows, None),
        Format::Markdown => markdown(rows, "src", "dst", false),
        Format::Csv => csv(rows, false),
        Format::Json => {
            let mut out = String::new();
            json_array(&mut out, rows, false, "");
            out
        }
    }
}
