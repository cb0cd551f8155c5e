//! Markdown for the comment on a pull request: the numbers, then each file, folded.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ironhull_finding::Severity;

use crate::Report;
use crate::cause::{Cause, causes, subject};
use crate::plain::{clean, count, number};
use crate::remedy::remedy;
use crate::summary::{Summary, lines};

/// GitHub takes 65,536 characters. Bytes are counted, which are never fewer, and some room is left.
const MOST_BYTES: usize = 65_000;
/// Room for the numbers at the end and for saying what was left out.
const TAIL_BYTES: usize = 6_000;

/// The report as Markdown.
pub(crate) fn render(report: &Report) -> String {
    render_at_most(report, MOST_BYTES, TAIL_BYTES)
}

fn render_at_most(report: &Report, most: usize, tail: usize) -> String {
    let summary = Summary::of(report);
    let mut out = String::from("## Ironhull\n\n");
    let mut lines = lines(report, &summary).into_iter();
    if let Some((_, verdict)) = lines.next() {
        let _ = writeln!(out, "**{}**\n", text(&verdict));
    }
    if summary.findings > 0 {
        counts(&mut out, &summary);
    }
    let budget = most.saturating_sub(tail);
    let mut left = 0;
    let mut left_files = 0;
    for file in files(report) {
        let omitted = section(&mut out, &file, budget);
        left += omitted;
        left_files += usize::from(omitted > 0);
    }
    if left > 0 {
        let _ = writeln!(
            out,
            "**{} in {} left out here**: a comment holds 65,536 characters. `ironhull scan -o html=report.html` \
             writes all of them.\n",
            count(left, "finding"),
            count(left_files, "file"),
        );
    }
    let mut notes = String::new();
    for (label, line) in lines {
        let _ = writeln!(notes, "- {label}: {}", text(&line));
    }
    if out.len() + notes.len() > most {
        let mut end = most.saturating_sub(out.len() + "…\n".len());
        while end > 0 && !notes.is_char_boundary(end) {
            end -= 1;
        }
        notes.truncate(end);
        notes.push_str("…\n");
    }
    out.push_str(&notes);
    out
}

fn counts(out: &mut String, summary: &Summary) {
    let (mut head, mut rule, mut row) = (String::from("|"), String::from("|"), String::from("|"));
    for (severity, count) in &summary.by_severity {
        let _ = write!(head, " {severity} |");
        rule.push_str("---:|");
        let _ = write!(row, " {} |", number(*count));
    }
    let _ = writeln!(out, "{head}\n{rule}\n{row}\n");
}

/// The causes of one file, or of the objects without file.
struct File<'r> {
    name: String,
    causes: Vec<Cause<'r>>,
}

impl File<'_> {
    fn worst(&self) -> Severity {
        self.causes.iter().map(|cause| cause.lead.severity()).max().unwrap_or(Severity::Info)
    }
}

/// Files with the worst first, those of the platform last.
fn files(report: &Report) -> Vec<File<'_>> {
    let mut files: BTreeMap<(bool, Option<&str>), Vec<Cause<'_>>> = BTreeMap::new();
    for cause in causes(report) {
        let name = cause.lead.source_name().map(|name| &**name);
        files.entry((cause.is_platform(), name)).or_default().push(cause);
    }
    let mut files: Vec<_> = files
        .into_iter()
        .map(|((platform, name), causes)| {
            let name = name.unwrap_or("Objects of the cluster");
            let name =
                if platform { format!("{name} (namespaces of the platform)") } else { name.to_owned() };
            (platform, File { name, causes })
        })
        .collect();
    files.sort_by_key(|(platform, file)| (*platform, std::cmp::Reverse(file.worst())));
    files.into_iter().map(|(_, file)| file).collect()
}

/// Appends a file as long as there is room, and answers how many findings had none.
fn section(out: &mut String, file: &File<'_>, budget: usize) -> usize {
    const END: &str = "\n</details>\n\n";
    let findings = |causes: &[Cause<'_>]| causes.iter().map(|cause| cause.members.len()).sum::<usize>();
    let all = findings(&file.causes);
    let mut head = String::new();
    let _ = writeln!(
        head,
        "<details><summary><code>{}</code>: {}</summary>\n\n| Severity | Rule | Line | What is wrong | How to fix |\n\
         |---|---|---|---|---|",
        code(&file.name),
        severities(file),
    );
    if out.len() + head.len() + END.len() > budget {
        return all;
    }
    let before = out.len();
    out.push_str(&head);
    let mut written = 0;
    for cause in &file.causes {
        let row = row(cause);
        if out.len() + row.len() + END.len() > budget {
            break;
        }
        out.push_str(&row);
        written += cause.members.len();
    }
    if written == 0 {
        out.truncate(before);
    } else {
        out.push_str(END);
    }
    all - written
}

fn severities(file: &File<'_>) -> String {
    let parts = Severity::WORST_FIRST.into_iter().filter_map(|severity| {
        let members = file.causes.iter().flat_map(|cause| &cause.members);
        let count = members.filter(|finding| finding.severity() == severity).count();
        (count > 0).then(|| format!("{} {severity}", number(count)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn row(cause: &Cause<'_>) -> String {
    let lead = cause.lead;
    let line = lead.place().map_or_else(|| "–".to_owned(), |place| place.start.line.to_string());
    let others = cause.other_ids();
    let others = if others.is_empty() { others } else { format!(" (+{others})") };
    let steps: Vec<String> = remedy(&cause.members).steps.iter().map(|(step, _)| text(step)).collect();
    format!(
        "| {} | {}{others} | {line} | {}<br>{} | {} |\n",
        lead.severity(),
        &*lead.rule.id,
        text(&cause.headline()),
        text(&subject(lead)),
        steps.join("; "),
    )
}

/// Text inside of `<code>` on a line of raw HTML, where Markdown's own escapes do not count.
fn code(raw: &str) -> String {
    let mut out = String::new();
    crate::xml::escape_into(&mut out, &clean(raw));
    out.replace('@', "@<!-- -->").replace('#', "#<!-- -->").replace("&#<!-- -->", "&#")
}

/// Text that Markdown shows as it is: no markup, no table cell of its own, no mention that calls somebody.
pub(crate) fn text(raw: &str) -> String {
    let mut out = String::new();
    for c in clean(raw).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // GitHub makes links of `@name` and `#1`, escaped or not, but not across a comment.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.replace("://", ":<!-- -->//")
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
