//! The findings: a card for each cause, under the file that it stands in.

use std::collections::{BTreeMap, BTreeSet};

use ironhull_finding::{Evidence, Finding, Severity};

use super::markup::Html;
use crate::Report;
use crate::cause::{Cause, aside, at, causes, locator, subject};
use crate::excerpt::{Excerpt, Extent, excerpt};
use crate::mask_text::HiddenText;
use crate::plain::{count, number};
use crate::remedy::{remedy, safety};
use crate::summary::Summary;
use crate::text::platform_heading;
use crate::text_full::field_text;

/// Few enough to show them opened.
const FEW: usize = 6;
/// More cards make a page that no browser scrolls well.
const MOST: usize = 10_000;
const COLUMNS: usize = 150;

pub(super) fn findings(html: &mut Html, report: &Report, summary: &Summary, hidden: &HiddenText) {
    html.raw("<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings</h2>\n");
    if report.groups.is_empty() {
        html.classed("p", "empty", &crate::summary::verdict(report, summary)).raw("\n</section>\n");
        return;
    }
    if report.groups.len() > MOST {
        let left = report.groups.len() - MOST;
        html.raw("<p class=\"left\">The worst ")
            .text(&number(MOST))
            .raw(" causes are shown, ")
            .text(&number(left));
        html.raw(" are left out: a browser has its limits. The JSON report has all of them.</p>\n");
    }
    filters(html, report, summary);
    let cards = Cards { hidden, open: report.groups.len() <= FEW };
    let mut file: Option<String> = None;
    let mut in_platform = false;
    let shown = shown(report);
    for cause in
        causes(report).filter(|cause| shown.as_ref().is_none_or(|shown| shown.contains(&cause.number)))
    {
        let name = file_name(&cause);
        let enters_platform = cause.is_platform() && !in_platform;
        if file.as_deref() != Some(name.as_str()) || enters_platform {
            if file.is_some() {
                html.raw("</section>\n");
            }
            if enters_platform {
                in_platform = true;
                html.classed("h3", "platform", &platform_heading(report)).raw("\n");
            }
            html.raw("<section class=\"file\">\n").classed("h4", "path", &name).raw("\n");
            file = Some(name);
        }
        cards.card(html, &cause);
    }
    html.raw(
        "</section>\n<section id=\"worst\" class=\"file\" aria-label=\"Worst first\" hidden></section>\n<p id=\"none\" class=\"empty\" hidden>Nothing matches these filters.</p>\n</section>\n",
    );
}

/// The numbers of the causes to show; none when all are.
fn shown(report: &Report) -> Option<BTreeSet<usize>> {
    if report.groups.len() <= MOST {
        return None;
    }
    let mut worst: Vec<usize> = (0..report.groups.len()).collect();
    worst.sort_by_key(|index| std::cmp::Reverse(report.groups.get(*index).map(|group| group.severity)));
    Some(worst.into_iter().take(MOST).map(|index| index + 1).collect())
}

/// The file, or for objects without text their namespace.
fn file_name(cause: &Cause<'_>) -> String {
    match cause.lead.source_name() {
        Some(name) => name.to_string(),
        None => match cause.lead.namespace() {
            "" => "Cluster".to_owned(),
            namespace => format!("Namespace {namespace}"),
        },
    }
}

/// Shown by the script, which is what they need to work.
fn filters(html: &mut Html, report: &Report, summary: &Summary) {
    html.raw(
        "<form id=\"filters\" role=\"search\" aria-label=\"Filter the findings\" hidden>\n\
         <div class=\"line\">\n<label class=\"search\"><span class=\"sr\">Search</span>\
         <input id=\"q\" name=\"q\" type=\"search\" placeholder=\"Search names, messages, paths (press /)\" \
         autocomplete=\"off\" spellcheck=\"false\"></label>\n\
         <fieldset class=\"chips\"><legend class=\"sr\">Severities</legend>\n",
    );
    for (severity, count) in summary.by_severity.iter().filter(|(_, count)| *count > 0) {
        let name = severity.name();
        html.raw("<label class=\"chip\"><input type=\"checkbox\" name=\"severity\" checked value=\"")
            .raw(name);
        html.raw("\"><span><i class=\"dot ").raw(name).raw("\"></i>").raw(name).raw(" <b>");
        html.text(&number(*count)).raw("</b></span></label>\n");
    }
    html.raw("</fieldset>\n</div>\n<div class=\"line\">\n");
    select(html, "namespace", "Namespace", &counted(report, |finding| vec![namespace(finding)]));
    select(html, "kind", "Kind", &counted(report, |finding| vec![kind(finding)]));
    select(html, "rule", "Rule", &counted(report, |finding| vec![(finding.rule.id, rule_title(finding))]));
    framework_select(html, report);
    html.raw(
        "<label class=\"select\"><span class=\"sr\">Order</span><select id=\"order\">\
         <option value=\"file\">Order: by file</option><option value=\"worst\">Order: worst first</option>\
         </select></label>\n<span class=\"acts\"><output id=\"shown\" aria-live=\"polite\"></output>\n\
         <button type=\"button\" id=\"expand\">Expand all</button>\n<button type=\"reset\">Reset</button></span>\n</div>\n</form>\n",
    );
}

fn namespace(finding: &Finding) -> (&str, String) {
    match finding.namespace() {
        "" => ("-", "(none)".to_owned()),
        namespace => (namespace, namespace.to_owned()),
    }
}

fn kind(finding: &Finding) -> (&str, String) {
    finding
        .object()
        .map_or(("-", "(no object)".to_owned()), |object| (&object.key.kind, object.key.kind.to_string()))
}

fn rule_title(finding: &Finding) -> String {
    format!("{} {}", finding.rule.id, finding.rule.name)
}

type Options<'r> = BTreeMap<&'r str, (String, usize)>;

fn counted<'r>(report: &'r Report, of: impl Fn(&'r Finding) -> Vec<(&'r str, String)>) -> Options<'r> {
    let mut options = Options::new();
    for (value, title) in report.findings.iter().flat_map(of) {
        options.entry(value).or_insert((title, 0)).1 += 1;
    }
    options
}

fn select(html: &mut Html, name: &str, title: &str, options: &Options<'_>) {
    if options.len() < 2 {
        return;
    }
    html.raw("<label class=\"select\"><span class=\"sr\">")
        .text(title)
        .raw("</span><select name=\"")
        .raw(name);
    html.raw("\"><option value=\"\">").text(title).raw(": all</option>");
    for (value, (title, count)) in options {
        html.raw("<option").attribute("value", value).raw(">");
        html.text(title).raw(" (").text(&number(*count)).raw(")</option>");
    }
    html.raw("</select></label>\n");
}

fn framework_select(html: &mut Html, report: &Report) {
    let mut frameworks: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for control in report.findings.iter().flat_map(|finding| finding.rule.controls) {
        frameworks.entry(control.framework).or_default().insert(control.id);
    }
    if frameworks.is_empty() {
        return;
    }
    html.raw("<label class=\"select\"><span class=\"sr\">Framework</span><select name=\"framework\">");
    html.raw("<option value=\"\">Framework: all</option>");
    for score in &report.scores {
        let Some(failing) = frameworks.get(&score.framework) else { continue };
        html.raw("<optgroup").attribute("label", score.framework.title()).raw("><option");
        html.attribute("value", score.framework.id())
            .raw(">")
            .text(score.framework.id())
            .raw(": any control</option>");
        for control in score.controls.iter().filter(|control| failing.contains(control.id)) {
            html.raw("<option").attribute("value", &format!("{}/{}", score.framework.id(), control.id));
            html.raw(">").text(control.id).raw("</option>");
        }
        html.raw("</optgroup>");
    }
    html.raw("</select></label>\n");
}

struct Cards<'r> {
    hidden: &'r HiddenText,
    open: bool,
}

impl Cards<'_> {
    fn card(&self, html: &mut Html, cause: &Cause<'_>) {
        let lead = cause.lead;
        let severity = lead.severity();
        html.raw("<details class=\"card ").raw(severity.name()).raw("\"");
        data(html, cause);
        html.raw(if self.open { " open>\n" } else { ">\n" });
        html.raw("<summary>");
        pill(html, severity);
        html.raw("<span class=\"what\"><span class=\"message\">").text(&cause.headline());
        html.raw("</span><span class=\"meta\"><a href=\"#rule-")
            .raw(lead.rule.id)
            .raw("\">")
            .raw(lead.rule.id);
        html.raw("</a>");
        let others = cause.other_ids();
        if !others.is_empty() {
            html.raw(" +").text(&others);
        }
        html.raw("<span class=\"sep\"></span>").text(&subject(lead));
        if let Some(place) = lead.place() {
            // The file stands above the card, but not when the worst come first.
            html.raw("<span class=\"sep\"></span><span class=\"where\">").text(place.source.name());
            html.raw(" </span>line ").text(&place.start.line.to_string());
        }
        html.raw("</span></span></summary>\n<div class=\"body\">\n");
        self.proof(html, lead);
        members(html, cause);
        self.further(html, lead);
        fixes(html, cause);
        html.raw("</div>\n</details>\n");
    }

    fn proof(&self, html: &mut Html, lead: &Finding) {
        html.raw("<p class=\"at\"><code>").text(&locator(lead)).raw("</code>");
        let aside = aside(lead);
        if !aside.is_empty() && aside != subject(lead) {
            html.raw(" ").text(&aside);
        }
        html.raw("</p>\n");
        let evidence = lead.evidence.first();
        match self.source(lead, evidence, (2, 2)) {
            Some(excerpt) => lines(html, &excerpt),
            None => {
                if let Some(evidence) = evidence {
                    html.raw("<p class=\"field\"><code>")
                        .text(&field_text(lead, evidence))
                        .raw("</code></p>\n");
                }
            }
        }
        if let Some(note) = evidence.and_then(|evidence| evidence.note.as_deref()) {
            html.classed("p", "note", note).raw("\n");
        }
    }

    fn source(&self, finding: &Finding, evidence: Option<&Evidence>, around: (u32, u32)) -> Option<Excerpt> {
        let place = match evidence {
            Some(evidence) => evidence.place()?,
            None => finding.place()?,
        };
        let document =
            evidence.and_then(|evidence| evidence.object.document()).map(|(document, _)| &**document);
        let extent = Extent { before: around.0, after: around.1, columns: COLUMNS };
        Some(excerpt(&place, document, self.hidden, extent)).filter(|excerpt| !excerpt.lines.is_empty())
    }

    fn further(&self, html: &mut Html, lead: &Finding) {
        for evidence in lead.evidence.iter().skip(1) {
            html.raw("<p class=\"at\">").text(evidence.note.as_deref().unwrap_or("See")).raw(": <code>");
            match evidence.place() {
                Some(place) => html.text(&at(&place)).raw("</code> "),
                None => html.text(&field_text(lead, evidence)).raw("</code> "),
            };
            html.text(&evidence.object.key.to_string()).raw("</p>\n");
            if let Some(excerpt) = self.source(lead, Some(evidence), (0, 0)) {
                lines(html, &excerpt);
            }
        }
    }
}

/// What the filters look at.
fn data(html: &mut Html, cause: &Cause<'_>) {
    let set = |of: &dyn Fn(&Finding) -> String| {
        cause.members.iter().map(|finding| of(finding)).collect::<BTreeSet<_>>()
    };
    let joined = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(" ");
    html.attribute("data-severity", &joined(set(&|finding| finding.severity().to_string())));
    html.attribute("data-namespace", namespace(cause.lead).0);
    html.attribute("data-kind", kind(cause.lead).0);
    html.attribute("data-rule", &joined(set(&|finding| finding.rule.id.to_owned())));
    let mut controls = BTreeSet::new();
    for control in cause.members.iter().flat_map(|finding| finding.rule.controls) {
        controls.insert(control.framework.id().to_owned());
        controls.insert(format!("{}/{}", control.framework.id(), control.id));
    }
    html.attribute("data-framework", &joined(controls));
    html.attribute("data-findings", &cause.members.len().to_string());
}

pub(super) fn pill(html: &mut Html, severity: Severity) {
    html.raw("<span class=\"pill ").raw(severity.name()).raw("\">").raw(severity.name()).raw("</span>");
}

fn lines(html: &mut Html, excerpt: &Excerpt) {
    html.raw("<pre class=\"source\" tabindex=\"0\">");
    for line in &excerpt.lines {
        let class = if line.mark().is_some() { "l hit" } else { "l" };
        html.raw("<span class=\"").raw(class).raw("\"><i>").text(&line.number.to_string()).raw("</i>");
        for part in &line.parts {
            if part.marked {
                html.element("mark", &part.text);
            } else {
                html.text(&part.text);
            }
        }
        html.raw("</span>\n");
    }
    html.raw("</pre>\n");
}

/// In a group, every rule with what it found; else the rule's controls alone.
fn members(html: &mut Html, cause: &Cause<'_>) {
    if cause.members.len() > 1 {
        html.classed("p", "label", &count(cause.members.len(), "finding")).raw("\n<ul class=\"members\">\n");
        for finding in &cause.members {
            html.raw("<li>");
            pill(html, finding.severity());
            html.raw("<span><a href=\"#rule-")
                .raw(finding.rule.id)
                .raw("\">")
                .raw(finding.rule.id)
                .raw("</a> ");
            html.text(&finding.message).raw("</span></li>\n");
        }
        html.raw("</ul>\n");
    }
}

fn fixes(html: &mut Html, cause: &Cause<'_>) {
    let remedy = remedy(&cause.members);
    if remedy.steps.is_empty() {
        return;
    }
    html.classed("p", "label", "How to fix").raw("\n<ul class=\"fixes\">\n");
    for (step, how) in &remedy.steps {
        html.raw("<li>").text(step).raw(" ").classed("span", "safety", safety(*how)).raw("</li>\n");
    }
    html.raw("</ul>\n");
    if !remedy.yaml.is_empty() {
        html.raw("<pre class=\"fix\" tabindex=\"0\">");
        for line in remedy.yaml.lines() {
            html.text(line).raw("\n");
        }
        html.raw("</pre>\n");
    }
}
