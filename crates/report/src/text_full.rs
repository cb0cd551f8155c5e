//! Each cause with the source that it stands in, what proves it, and what would make it go away.

use std::fmt::Write as _;

use ironhull_finding::{Evidence, Finding, Place};

use crate::cause::{Cause, aside, at, locator};
use crate::excerpt::{Excerpt, Extent, excerpt};
use crate::mask::evidence_value;
use crate::mask_text::HiddenText;
use crate::paint::Paint;
use crate::plain::{clean, cut, wrap};
use crate::remedy::{remedy, safety};
use crate::text::{footer, list};
use crate::{Report, Style};

/// The report as text to read from top to bottom.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let full =
        Full { hidden: HiddenText::of(report), paint: Paint { color: style.color }, width: style.width };
    let mut out = String::new();
    list(&mut out, report, full.paint, |out, cause| full.cause(out, cause));
    footer(&mut out, report, style);
    out
}

struct Full {
    hidden: HiddenText,
    paint: Paint,
    width: usize,
}

/// Columns of a value of an object without text.
const VALUE_COLUMNS: usize = 200;

impl Full {
    fn cause(&self, out: &mut String, cause: &Cause<'_>) {
        let (paint, lead) = (self.paint, cause.lead);
        let severity = lead.severity();
        let _ = write!(out, "{} {} ", paint.severity(severity, severity), paint.bold(lead.rule.id));
        let _ = writeln!(out, "{}", paint.bold(cause.headline()));
        let excerpts = Excerpts::of(self, lead);
        let gutter = excerpts.digits;
        let _ = write!(out, "{:gutter$}{} {}", "", paint.dim("-->"), locator(lead));
        let aside = aside(lead);
        let _ = writeln!(out, "{}", if aside.is_empty() { aside } else { format!(" [{aside}]") });
        self.main(out, lead, &excerpts);
        self.members(out, cause, gutter);
        self.further(out, lead, &excerpts);
        self.fixes(out, cause, gutter);
        out.push('\n');
    }

    fn main(&self, out: &mut String, lead: &Finding, excerpts: &Excerpts) {
        let gutter = excerpts.digits;
        let evidence = lead.evidence.first();
        match &excerpts.main {
            Some(main) if !main.lines.is_empty() => {
                let _ = writeln!(out, "{:gutter$} {}", "", self.paint.dim("|"));
                let note = evidence.and_then(|evidence| evidence.note.as_deref()).unwrap_or_default();
                self.excerpt(out, main, lead, gutter, note);
                let _ = writeln!(out, "{:gutter$} {}", "", self.paint.dim("|"));
            }
            _ => {
                if let Some(evidence) = evidence {
                    self.detail(out, gutter, &field_text(lead, evidence));
                }
            }
        }
    }

    fn excerpt(&self, out: &mut String, excerpt: &Excerpt, finding: &Finding, gutter: usize, note: &str) {
        let mut previous = None;
        let mut note = Some(note);
        for line in &excerpt.lines {
            if previous.is_some_and(|previous| previous + 1 != line.number) {
                let _ = writeln!(out, "{}", self.paint.dim("..."));
            }
            previous = Some(line.number);
            let head = format!("{:>gutter$} |", line.number);
            let text: String = line.parts.iter().map(|part| part.text.as_str()).collect();
            let _ = writeln!(out, "{}{}", self.paint.dim(head), prefixed(text.trim_end()));
            if let Some((before, columns)) = line.mark() {
                let marks = "^".repeat(columns);
                let note = note.take().unwrap_or_default();
                let marks = if note.is_empty() { marks } else { format!("{marks} {}", clean(note)) };
                let _ = writeln!(
                    out,
                    "{:gutter$} {} {:before$}{}",
                    "",
                    self.paint.dim("|"),
                    "",
                    self.paint.severity(finding.severity(), marks)
                );
            }
        }
    }

    /// The rule's name; in a group every rule with what it found.
    fn members(&self, out: &mut String, cause: &Cause<'_>, gutter: usize) {
        if let [only] = cause.members.as_slice() {
            self.detail(out, gutter, &format!("rule: {}", only.rule.name));
            return;
        }
        for finding in &cause.members {
            let message = clean(&finding.message);
            let severity = finding.severity();
            let text = format!("{severity} {} {}: {message}", finding.rule.id, finding.rule.name);
            self.detail(out, gutter, &text);
        }
    }

    /// The fields besides the deciding one.
    fn further(&self, out: &mut String, lead: &Finding, excerpts: &Excerpts) {
        for ((evidence, place), lines) in
            lead.evidence.iter().skip(1).zip(&excerpts.places).zip(&excerpts.further)
        {
            let note = evidence.note.as_deref().map_or_else(|| "see".into(), clean);
            if let (Some(place), Some(lines)) = (place, lines) {
                let text = format!("{note}: {} [{}]", at(place), clean(&evidence.object.key.to_string()));
                self.detail(out, excerpts.digits, &text);
                self.excerpt(out, lines, lead, excerpts.digits, "");
            } else {
                let field = field_text(lead, evidence);
                let object = clean(&evidence.object.key.to_string()).into_owned();
                self.detail(out, excerpts.digits, &format!("{note}: {object}, {field}"));
            }
        }
    }

    fn fixes(&self, out: &mut String, cause: &Cause<'_>, gutter: usize) {
        let remedy = remedy(&cause.members);
        for (summary, how) in &remedy.steps {
            let text = format!("fix ({}): {summary}", safety(*how));
            self.detail(out, gutter, &text);
        }
        for line in remedy.yaml.lines() {
            let _ = writeln!(out, "{:gutter$}       {}", "", self.paint.good(line));
        }
    }

    fn detail(&self, out: &mut String, gutter: usize, text: &str) {
        let mut sign = "=";
        for line in wrap(text, self.width.saturating_sub(gutter + 3).max(40)) {
            let _ = writeln!(out, "{:gutter$} {} {line}", "", self.paint.dim(sign));
            sign = " ";
        }
    }
}

/// The excerpts of a finding; made first, because the widest line number sets the margin of all.
struct Excerpts {
    main: Option<Excerpt>,
    places: Vec<Option<Place>>,
    further: Vec<Option<Excerpt>>,
    digits: usize,
}

impl Excerpts {
    fn of(full: &Full, finding: &Finding) -> Self {
        let columns = full.width.saturating_sub(8).max(40);
        let cut_out = |place: &Place, evidence: Option<&Evidence>, around: (u32, u32)| {
            let document =
                evidence.and_then(|evidence| evidence.object.document()).map(|(document, _)| &**document);
            excerpt(place, document, &full.hidden, Extent { before: around.0, after: around.1, columns })
        };
        let main = finding.place().map(|place| cut_out(&place, finding.evidence.first(), (2, 1)));
        let places: Vec<_> = finding.evidence.iter().skip(1).map(Evidence::place).collect();
        let further: Vec<_> = finding
            .evidence
            .iter()
            .skip(1)
            .zip(&places)
            .map(|(evidence, place)| place.as_ref().map(|place| cut_out(place, Some(evidence), (0, 0))))
            .collect();
        let all = main.iter().chain(further.iter().flatten());
        let last = all.flat_map(|excerpt| &excerpt.lines).map(|line| line.number).max().unwrap_or(1);
        Self { main, places, further, digits: last.to_string().len() }
    }
}

/// `spec.hostPID is true`, `spec.securityContext is not set`
pub(crate) fn field_text(finding: &Finding, evidence: &Evidence) -> String {
    let path = evidence.path.to_string();
    match evidence_value(finding.rule, evidence) {
        Some(value) => {
            let value = serde_json::to_string(&*value).unwrap_or_default();
            format!("{} is {}", clean(&path), cut(&clean(&value), VALUE_COLUMNS))
        }
        None => format!("{} is not set", clean(&path)),
    }
}

/// A blank before text, none on empty lines.
fn prefixed(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" {text}") }
}
