//! A group of findings with one cause, in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ironhull_finding::{Finding, Place, Subject};
use ironhull_value::{Path, Segment};
use ironhull_world::Origin;

use crate::Report;
use crate::plain::clean;

/// A group, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Cause<'r> {
    /// Its number in all outputs, from 1.
    pub(crate) number: usize,
    /// The worst finding, which speaks for the others.
    pub(crate) lead: &'r Finding,
    /// All findings, the worst first.
    pub(crate) members: Vec<&'r Finding>,
    /// The block that is missing.
    pub(crate) missing: Option<&'r Path>,
    /// What the findings have in common when it is no field.
    pub(crate) shared: Option<&'r str>,
}

/// All groups, in the order of the report.
pub(crate) fn causes(report: &Report) -> impl Iterator<Item = Cause<'_>> {
    report.groups.iter().enumerate().filter_map(|(index, group)| {
        let members: Vec<&Finding> =
            group.members.iter().filter_map(|member| report.findings.get(*member)).collect();
        let lead = *members.first()?;
        let (missing, shared) = (group.missing.as_ref(), group.shared.as_deref());
        Some(Cause { number: index + 1, lead, members, missing, shared })
    })
}

impl Cause<'_> {
    /// Whether it belongs to a namespace of the platform.
    pub(crate) fn is_platform(&self) -> bool {
        Report::is_platform(self.lead)
    }

    /// The rules besides the lead's: `WL007, WL011 ×2`; empty when it stands alone.
    pub(crate) fn other_ids(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        if self.shared.is_some() {
            return String::new();
        }
        for finding in self.members.iter().skip(1).filter(|finding| copy(finding) == copy(self.lead)) {
            *counts.entry(finding.rule.id).or_default() += 1;
        }
        let mut text = String::new();
        for (id, count) in counts {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(id);
            if count > 1 {
                let _ = write!(text, " ×{count}");
            }
        }
        text
    }

    /// Where the same object is written again, with the same fault: `also in b.yaml:9:7`; mostly empty.
    pub(crate) fn copies(&self) -> String {
        if self.shared.is_some() {
            return String::new();
        }
        let mut seen = vec![copy(self.lead)];
        let mut places = Vec::new();
        for finding in &self.members {
            if !seen.contains(&copy(finding)) {
                seen.push(copy(finding));
                places.push(locator(finding));
            }
        }
        if places.is_empty() { String::new() } else { format!("also in {}", places.join(", ")) }
    }

    /// What is wrong, in one line: the lead's message, behind the block whose absence all have in common.
    pub(crate) fn headline(&self) -> String {
        let message = clean(&self.lead.message);
        if let Some(shared) = self.shared {
            return format!("{} {}, the first: {message}", self.members.len(), clean(shared));
        }
        let Some(missing) = self.missing else { return message.into_owned() };
        if let Some(label) = container_label(self.lead, &message) {
            let rest = message.strip_prefix(label.as_str()).map_or(&*message, str::trim_start);
            format!("{label} has no {}: {rest}", clean(&below_container(missing)))
        } else {
            let kind = self.lead.object().map_or("object", |object| object.key.kind.as_str());
            format!("the {} has no {}: {message}", clean(kind), clean(&missing.to_string()))
        }
    }
}

/// Which of several equal objects a finding is about.
fn copy(finding: &Finding) -> u16 {
    finding.object().map_or(0, |object| object.key.copy)
}

/// How the message names its container: `init container "setup"`.
fn container_label(finding: &Finding, message: &str) -> Option<String> {
    let name = format!("container {:?}", finding.container()?);
    let label = ["", "init ", "sidecar ", "ephemeral "]
        .into_iter()
        .map(|kind| format!("{kind}{name}"))
        .find(|label| message.starts_with(label.as_str()));
    Some(label.unwrap_or(name))
}

/// The path behind `containers[0]`; all of it when there is none.
fn below_container(path: &Path) -> String {
    let segments = path.segments();
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let list = segments
        .iter()
        .position(|segment| matches!(segment, Segment::Key(key) if lists.contains(&key.as_str())));
    let below = list.and_then(|list| segments.get(list + 2..)).filter(|below| !below.is_empty());
    below.unwrap_or(segments).iter().cloned().collect::<Path>().to_string()
}

/// `deploy/web.yaml:12:9`, or the object when it has no text.
pub(crate) fn locator(finding: &Finding) -> String {
    match finding.place() {
        Some(place) => at(&place),
        None => clean(&object_text(finding)).into_owned(),
    }
}

/// `deploy/web.yaml:12:9`
pub(crate) fn at(place: &Place) -> String {
    format!("{}:{}:{}", clean(place.source.name()), place.start.line, place.start.column)
}

fn object_text(finding: &Finding) -> String {
    finding.object().map_or_else(String::new, |object| object.key.to_string())
}

/// What stands in brackets behind a finding: the object where the line begins with a file, else the field.
pub(crate) fn aside(finding: &Finding) -> String {
    let Some(object) = finding.object() else { return String::new() };
    let text = match &object.origin {
        Origin::Rendered { from, .. } => format!("{}, rendered from {from}", object.key),
        Origin::File { .. } => object.key.to_string(),
        Origin::Dump { .. } => object.key.to_string(),
        Origin::Cluster { .. } | Origin::Request => {
            finding.evidence.first().map_or_else(String::new, |evidence| evidence.path.to_string())
        }
    };
    clean(&text).into_owned()
}

/// What a finding is about, without its container: `Deployment shop/web`, or the name of the input.
pub(crate) fn subject(finding: &Finding) -> String {
    match &finding.subject {
        Subject::Object { object, .. } => clean(&object.key.to_string()).into_owned(),
        Subject::Input { source, .. } => clean(source.name()).into_owned(),
    }
}
