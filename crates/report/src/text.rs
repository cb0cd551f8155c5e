//! One line for each cause, then the numbers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::cause::{Cause, aside, causes, locator};
use crate::paint::Paint;
use crate::plain::{clean, count, wrap};
use crate::summary::{Summary, lines};
use crate::{Report, Style};

/// The report as lines that editors and people can jump along.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let paint = Paint { color: style.color };
    let mut out = String::new();
    list(&mut out, report, paint, |out, cause| line(out, cause, paint));
    if !report.groups.is_empty() {
        out.push('\n');
    }
    footer(&mut out, report, style);
    out
}

/// Every cause, those of the platform behind a heading.
pub(crate) fn list(
    out: &mut String,
    report: &Report,
    paint: Paint,
    mut each: impl FnMut(&mut String, &Cause<'_>),
) {
    let mut in_platform = false;
    for cause in causes(report) {
        if cause.is_platform() && !in_platform {
            in_platform = true;
            if cause.number > 1 {
                out.push('\n');
            }
            let _ = writeln!(out, "{}", paint.bold(platform_heading(report)));
        }
        each(out, &cause);
    }
}

/// `Namespaces of the platform (kube-system): 2 findings`
pub(crate) fn platform_heading(report: &Report) -> String {
    let findings: Vec<_> = report.findings.iter().filter(|finding| Report::is_platform(finding)).collect();
    let names: BTreeSet<&str> = findings.iter().map(|finding| finding.namespace()).collect();
    let names: Vec<_> = names.into_iter().map(clean).collect();
    format!("Namespaces of the platform ({}): {}", names.join(", "), count(findings.len(), "finding"))
}

fn line(out: &mut String, cause: &Cause<'_>, paint: Paint) {
    let lead = cause.lead;
    let _ = write!(
        out,
        "{} {} {}",
        paint.bold(format_args!("{}:", locator(lead))),
        paint.severity(lead.severity(), lead.severity()),
        paint.bold(lead.rule.id),
    );
    let others = cause.other_ids();
    if !others.is_empty() {
        let _ = write!(out, " {}", paint.dim(format_args!("(+{others})")));
    }
    let _ = write!(out, " {}", cause.headline());
    for aside in [aside(lead), cause.copies()].iter().filter(|aside| !aside.is_empty()) {
        let _ = write!(out, " {}", paint.dim(format_args!("[{aside}]")));
    }
    out.push('\n');
}

/// The numbers. Labels stand in a column of their own, so that the eye finds what was not judged.
pub(crate) fn footer(out: &mut String, report: &Report, style: Style) {
    const LABEL: usize = 15;
    let paint = Paint { color: style.color };
    let summary = Summary::of(report);
    let mut previous = "";
    for (label, text) in lines(report, &summary) {
        if label.is_empty() {
            for text in wrap(&text, style.width) {
                let _ = writeln!(out, "{}", paint.bold(text));
            }
            continue;
        }
        // A label is not said twice.
        let mut shown = if label == previous { "" } else { label };
        for text in wrap(&text, style.width.saturating_sub(LABEL).max(20)) {
            let _ = writeln!(out, "{}{text}", paint.dim(format_args!("{shown:LABEL$}")));
            shown = "";
        }
        previous = label;
    }
}
